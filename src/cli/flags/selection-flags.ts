/** Which databases a verb that reads several is about. */
import type { Command } from "commander";
import type { Problems } from "../problems.ts";

export interface SelectionFlags {
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly namespace?: string;
}

export interface SelectionOptions {
  readonly allNamespaces: boolean;
  readonly labelSelector?: string;
}

export function declareSelectionFlags(command: Command): void {
  command
    .option("-A, --all-namespaces", "In all namespaces")
    .option("-l, --selector <labels>", "Only those with these labels, such as team=core,env!=test");
}

/** `name`: the one asked for, with which none of these flags goes. */
export function toSelectionOptions(
  flags: SelectionFlags,
  name: string | undefined,
  problems: Problems,
): SelectionOptions {
  const { allNamespaces = false, selector } = flags;
  if (name !== undefined && allNamespaces) problems.add("a NAME can't be given together with --all-namespaces");
  if (name !== undefined && selector !== undefined) problems.add("a NAME can't be given together with --selector");
  if (selector === "") problems.add("--selector must not be empty");
  return { allNamespaces, ...(selector !== undefined && { labelSelector: selector }) };
}
