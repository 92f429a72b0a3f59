/** The words of a command line that are not flags. */
import { forms, type Problems } from "./problems.ts";

const typePrefix = /^(?:databaseclusters?(?:\.dbop\.dev)?|dbc)\//;

/** The one NAME a verb takes; `dbc/NAME`, as `-o name` prints it, will do. */
export function requiredName(args: readonly string[], problems: Problems): string {
  if (args.length === 0) problems.add("NAME is required");
  return optionalName(args, problems) ?? "";
}

/** As {@link requiredName}, but none is fine. */
export function optionalName(args: readonly string[], problems: Problems): string | undefined {
  const [first, ...others] = args;
  for (const other of others) problems.add(`unexpected argument "${other}": one NAME at most`);
  return problems.matching("NAME", first?.replace(typePrefix, ""), forms.name);
}

/** For verbs that take none. */
export function noArguments(args: readonly string[], problems: Problems): void {
  for (const argument of args) problems.add(`unexpected argument "${argument}"`);
}
