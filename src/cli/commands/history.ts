/** `history`: what was done to a database, newest first. */
import { historyReport, historyTable } from "../../output/history-table.ts";
import { isStructured, structured } from "../../output/structured.ts";
import { requiredName } from "../arguments.ts";
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
import { collectProblems } from "../problems.ts";
import { withReading } from "../read-verb.ts";

export type HistoryFlags = ClusterFlags & OutputFlags;

export interface HistoryOptions {
  readonly name: string;
  readonly cluster: ClusterOptions;
  readonly output: OutputOptions;
}

const formats = ["wide", "json", "yaml"] as const;

export const historySpec: CommandSpec = {
  name: "history",
  summary: "Show what was done to a database",
  usage: "NAME",
  description: `Show what was done to a database: the operation in flight, then those that
ended. The database itself keeps the last twenty.`,
  examples: `# What, when, how it ended
kubectl dbop history demo

# And by whom
kubectl dbop history demo -o wide`,
  declare: (command) => {
    declareOutputFlags(command, formats);
    declareClusterFlags(command);
  },
  act: (command, deps) => runHistory(toHistoryOptions(command.opts<HistoryFlags>(), command.args), deps),
};

export function toHistoryOptions(flags: HistoryFlags, args: readonly string[]): HistoryOptions {
  const problems = collectProblems();
  const options = {
    name: requiredName(args, problems),
    cluster: toClusterOptions(flags, problems),
    output: toOutputOptions(flags, formats, problems),
  };
  problems.throwIfAny("history");
  return options;
}

export async function runHistory({ name, cluster, output }: HistoryOptions, deps: Deps): Promise<ExitCode> {
  return withReading(cluster, deps, async (reading) => {
    const object = await deps.verbs.history({ name, namespace: reading.session.namespace }, reading);
    const { format } = output;
    const text = isStructured(format)
      ? await structured(format, historyReport(object))
      : historyTable(object, { now: deps.clock.now(), wide: format === "wide" });
    deps.streams.stdout.write(text);
    return ExitCode.Done;
  });
}
