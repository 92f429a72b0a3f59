/** `list`: the databases there are, from what is recorded in them. Asks no engine. */
import { clusterTable } from "../../output/cluster-table.ts";
import { isStructured, listOf, names, structured } from "../../output/structured.ts";
import type { KubeObject } from "../../kube/objects.ts";
import { noArguments } from "../arguments.ts";
import type { CommandSpec } from "../command-spec.ts";
import type { Deps } from "../deps.ts";
import { ExitCode } from "../exit-code.ts";
import {
  declareClusterFlags,
  toClusterOptions,
  type ClusterFlags,
  type ClusterOptions,
} from "../flags/cluster-flags.ts";
import { declareOutputFlags, toOutputOptions, type OutputFlags, type OutputOptions } from "../flags/output-flags.ts";
import {
  declareSelectionFlags,
  toSelectionOptions,
  type SelectionFlags,
  type SelectionOptions,
} from "../flags/selection-flags.ts";
import { collectProblems } from "../problems.ts";
import { withReading } from "../read-verb.ts";
import { nothingFound } from "./status.ts";

export type ListFlags = ClusterFlags & OutputFlags & SelectionFlags;

export interface ListOptions {
  readonly cluster: ClusterOptions;
  readonly output: OutputOptions;
  readonly selection: SelectionOptions;
}

const formats = ["wide", "json", "yaml", "name"] as const;

export const listSpec: CommandSpec = {
  name: "list",
  summary: "List the databases there are",
  usage: "",
  description: `List the databases there are, as recorded by their last pass.

One request, no engine is asked: 'kubectl dbop status' looks closer.`,
  examples: `# Here
kubectl dbop list

# Everywhere, with storage, service and operation
kubectl dbop list -A -o wide`,
  declare: (command) => {
    declareSelectionFlags(command);
    declareOutputFlags(command, formats);
    declareClusterFlags(command);
  },
  act: (command, deps) => runList(toListOptions(command.opts<ListFlags>(), command.args), deps),
};

export function toListOptions(flags: ListFlags, args: readonly string[]): ListOptions {
  const problems = collectProblems();
  noArguments(args, problems);
  const options = {
    cluster: toClusterOptions(flags, problems),
    output: toOutputOptions(flags, formats, problems),
    selection: toSelectionOptions(flags, undefined, problems),
  };
  problems.throwIfAny("list");
  return options;
}

export async function runList({ cluster, output, selection }: ListOptions, deps: Deps): Promise<ExitCode> {
  return withReading(cluster, deps, async (reading) => {
    const query = {
      ...(!selection.allNamespaces && { namespace: reading.session.namespace }),
      ...(selection.labelSelector !== undefined && { labelSelector: selection.labelSelector }),
    };
    const clusters = await deps.verbs.list(query, reading);
    if (clusters.length === 0 && !isStructured(output.format)) deps.streams.stderr.write(nothingFound(selection));
    else deps.streams.stdout.write(await render(clusters, { output, selection, now: deps.clock.now() }));
    return ExitCode.Done;
  });
}

async function render(
  clusters: readonly KubeObject[],
  { output, selection, now }: Pick<ListOptions, "output" | "selection"> & { readonly now: Date },
): Promise<string> {
  const { format } = output;
  if (isStructured(format)) return structured(format, listOf(clusters));
  if (format === "name") return names(clusters);
  return clusterTable(clusters, { now, withNamespace: selection.allNamespaces, wide: format === "wide" });
}
