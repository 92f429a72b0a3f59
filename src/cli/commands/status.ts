/** `status`: looks at databases now, engine included. Changes nothing. */
import { palette, wantsColour } from "../../output/colour.ts";
import { renderStatus, statusReport, statusTable, type ClusterReport } from "../../output/status-view.ts";
import { isStructured, listOf, names, structured } from "../../output/structured.ts";
import { optionalName } from "../arguments.ts";
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
import { printObjects } from "../run-verb.ts";

export interface StatusFlags extends ClusterFlags, OutputFlags, SelectionFlags {
  readonly printRbac?: boolean;
  readonly namespace?: string;
}

export interface StatusOptions {
  readonly name?: string;
  readonly cluster: ClusterOptions;
  readonly output: OutputOptions;
  readonly selection: SelectionOptions;
  readonly printRbac: boolean;
}

const formats = ["json", "yaml", "name"] as const;

export const statusSpec: CommandSpec = {
  name: "status",
  summary: "Show how databases are now",
  usage: "[NAME]",
  description: `Show how databases are now: members, roles, versions, the operation in flight.

Asks the engine itself, not only what the last pass recorded. Without NAME one
line for each database.`,
  examples: `# One database in full
kubectl dbop status demo

# All of them, for a script
kubectl dbop status -A -o json`,
  declare: (command) => {
    declareSelectionFlags(command);
    command.option("--print-rbac", "Print the smallest Role for this verb and stop");
    declareOutputFlags(command, formats);
    declareClusterFlags(command);
  },
  act: (command, deps) => runStatus(toStatusOptions(command.opts<StatusFlags>(), command.args), deps),
};

export function toStatusOptions(flags: StatusFlags, args: readonly string[]): StatusOptions {
  const problems = collectProblems();
  const name = optionalName(args, problems);
  const options = {
    ...(name !== undefined && { name }),
    cluster: toClusterOptions(flags, problems),
    output: toOutputOptions(flags, formats, problems),
    selection: toSelectionOptions(flags, name, problems),
    printRbac: flags.printRbac ?? false,
  };
  problems.throwIfAny("status");
  return options;
}

export async function runStatus(options: StatusOptions, deps: Deps): Promise<ExitCode> {
  const { name, selection, cluster } = options;
  if (options.printRbac) {
    return printObjects(await deps.verbs.rbac("status", cluster.access.namespace ?? "default"), deps);
  }
  return withReading(cluster, deps, async (reading) => {
    const query = {
      ...(name !== undefined && { name }),
      ...(!selection.allNamespaces && { namespace: reading.session.namespace }),
      ...(selection.labelSelector !== undefined && { labelSelector: selection.labelSelector }),
    };
    await print(await deps.verbs.status(query, reading), options, deps);
    return ExitCode.Done;
  });
}

async function print(reports: readonly ClusterReport[], options: StatusOptions, deps: Deps): Promise<void> {
  const { stdout, stderr } = deps.streams;
  const { format, colour } = options.output;
  const now = deps.clock.now();
  const [only] = reports;
  if (isStructured(format)) {
    const one = options.name !== undefined && only !== undefined;
    stdout.write(await structured(format, one ? statusReport(only) : listOf(reports.map(statusReport))));
  } else if (format === "name") stdout.write(names(reports.map(({ object }) => object)));
  else if (only === undefined) stderr.write(nothingFound(options.selection));
  else if (options.name === undefined) stdout.write(statusTable(reports, now, options.selection.allNamespaces));
  else {
    const colours = await palette(wantsColour(colour, stdout.isTTY, deps.env));
    stdout.write(renderStatus(only, { now, colours }));
  }
}

/** kubectl's way to say that a list is empty. */
export function nothingFound({ allNamespaces }: SelectionOptions): string {
  return allNamespaces ? "No databases found\n" : "No databases found in this namespace\n";
}
