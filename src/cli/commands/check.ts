/** `check`: grades databases against the five capability levels, each answer with what it was read from. Changes nothing. */
import { levels, type Answer, type Level } from "../../checks/finding.ts";
import { reportList, type CheckReport } from "../../checks/report.ts";
import { checkTable, summaryTable } from "../../output/check-table.ts";
import { renderCheck } from "../../output/check-view.ts";
import { palette, wantsColour } from "../../output/colour.ts";
import { failingResults, failOn, type FailOn } from "../../output/failing.ts";
import { junit } from "../../output/junit.ts";
import { scorecard } from "../../output/scorecard.ts";
import { structured } from "../../output/structured.ts";
import { optionalName } from "../arguments.ts";
import type { CommandSpec } from "../command-spec.ts";
import type { Deps, Reading } from "../deps.ts";
import { ExitCode } from "../exit-code.ts";
import {
  declareClusterFlags,
  repeated,
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
import { collectProblems, forms, type Problems } from "../problems.ts";
import { withReading } from "../read-verb.ts";
import { printObjects } from "../run-verb.ts";
import { nothingFound } from "./status.ts";

export interface CheckFlags extends ClusterFlags, OutputFlags, SelectionFlags {
  readonly level?: string;
  readonly id?: string[];
  readonly failOn?: string;
  readonly printRbac?: boolean;
  readonly namespace?: string;
}

export interface CheckOptions {
  readonly name?: string;
  /** Of a custom resource that is none of this program's. */
  readonly kind?: string;
  readonly cluster: ClusterOptions;
  readonly output: OutputOptions;
  readonly selection: SelectionOptions;
  /** Empty: all. */
  readonly levels: readonly Level[];
  readonly ids: readonly string[];
  readonly failOn: FailOn;
  readonly printRbac: boolean;
}

const formats = ["table", "wide", "json", "yaml", "scorecard", "junit"] as const;

export const checkSpec: CommandSpec = {
  name: "check",
  summary: "Grade databases, with evidence, against the five capability levels",
  usage: "[NAME | KIND/NAME]",
  description: `Grade databases against the five capability levels of the Operator Framework:
Basic Install, Seamless Upgrades, Full Lifecycle, Deep Insights, Auto Pilot.

Every answer names the object, the field and the value it was read from, why it
matters, and what would make it pass. What could not be observed is unknown,
and says which right or endpoint is missing. A level is demonstrated when every
check of it that applies passes and none is unknown. Nothing is changed: objects
are read, and the engine is asked through exec.

KIND/NAME grades any other custom resource and what belongs to it, by its
objects alone. Without a name: one line for each database.`,
  examples: `# What stands in the way, failures first
kubectl dbop check demo

# One level in full, or one check
kubectl dbop check demo --level 3
kubectl dbop check demo --id L3.4

# For CI: ends with 10 when a check of these levels fails, with 11 on warnings
kubectl dbop check demo --level 1-3 --fail-on=warn -o junit

# A database that another operator runs
kubectl dbop check cluster.postgresql.cnpg.io/orders

# All of them
kubectl dbop check -A`,
  declare: (command) => {
    command
      .option("--level <levels>", "Only these: a level, a list such as 1,3 or a range such as 1-3")
      .option("--id <check>", "Only this check, such as L3.4; may be repeated", repeated)
      .option("--fail-on <result>", `One of ${failOn.join(", ")}, each stricter than the one before; default fail`);
    declareSelectionFlags(command);
    command.option("--print-rbac", "Print the smallest Roles for this verb and stop");
    declareOutputFlags(command, formats);
    declareClusterFlags(command);
  },
  act: (command, deps) => runCheck(toCheckOptions(command.opts<CheckFlags>(), command.args), deps),
};

export function toCheckOptions(flags: CheckFlags, args: readonly string[]): CheckOptions {
  const problems = collectProblems();
  const subject = subjectOf(args, problems);
  const options = {
    ...subject,
    cluster: toClusterOptions(flags, problems),
    output: toOutputOptions(flags, formats, problems),
    selection: toSelectionOptions(flags, subject.name, problems),
    levels: levelsOf(flags.level, problems),
    ids: (flags.id ?? []).map((id) => problems.matching("--id", id, idForm) ?? ""),
    failOn: problems.oneOf("--fail-on", flags.failOn, failOn) ?? "fail",
    printRbac: flags.printRbac ?? false,
  };
  problems.throwIfAny("check");
  return options;
}

const idForm = { pattern: /^L[1-5]\.(?:\d+|[a-z]+\.[a-z-]+)$/, description: "the id of a check such as L3.4" };
const ownKind = /^(?:databaseclusters?(?:\.dbop\.dev)?|dbc)$/iu;

function subjectOf(args: readonly string[], problems: Problems): Pick<CheckOptions, "name" | "kind"> {
  const [kind = "", ...rest] = (args[0] ?? "").split("/");
  if (rest.length === 1 && !ownKind.test(kind)) {
    if (args.length > 1) problems.add("one KIND/NAME at most");
    const name = problems.matching("NAME", rest[0], forms.objectName) ?? "";
    return { kind: problems.matching("KIND", kind, kindForm) ?? "", name };
  }
  const name = optionalName(args, problems);
  return name === undefined ? {} : { name };
}

const kindForm = {
  pattern: /^[A-Za-z][A-Za-z0-9.-]*$/,
  description: "a kind such as Cluster or clusters.postgresql.cnpg.io",
};

function levelsOf(text: string | undefined, problems: Problems): readonly Level[] {
  const parts = text === undefined ? [] : text.split(",");
  return parts.flatMap((part) => {
    const [, first, last = first] = /^([1-5])(?:-([1-5]))?$/u.exec(part) ?? [];
    const found = levels.filter((level) => level >= Number(first) && level <= Number(last));
    if (found.length === 0)
      problems.add(`invalid value "${text ?? ""}" for --level: must be levels from 1 to 5, such as 3, 1,3 or 1-3`);
    return found;
  });
}

export async function runCheck(options: CheckOptions, deps: Deps): Promise<ExitCode> {
  const { cluster } = options;
  if (options.printRbac)
    return printObjects(await deps.verbs.rbac("check", cluster.access.namespace ?? "default"), deps);
  return withReading(cluster, deps, async (reading) => {
    const found = await reportsFor(options, deps, reading);
    const reports = found.map((report) => ({
      ...report,
      checks: report.checks.filter((answer) => isWanted(answer, options)),
    }));
    await print(reports, options, deps);
    return exitCodeFor(
      reports.flatMap(({ checks }) => checks),
      options,
    );
  });
}

async function reportsFor(
  { kind, name, selection }: CheckOptions,
  { verbs }: Deps,
  reading: Reading,
): Promise<readonly CheckReport[]> {
  const { namespace } = reading.session;
  if (kind !== undefined) return [await verbs.checkForeign({ kind, name: name ?? "", namespace }, reading)];
  const query = {
    ...(name !== undefined && { name }),
    ...(!selection.allNamespaces && { namespace }),
    ...(selection.labelSelector !== undefined && { labelSelector: selection.labelSelector }),
  };
  return verbs.check(query, reading);
}

function isWanted(answer: Answer, { levels: wanted, ids }: CheckOptions): boolean {
  return (wanted.length === 0 || wanted.includes(answer.level)) && (ids.length === 0 || ids.includes(answer.id));
}

function exitCodeFor(answers: readonly Answer[], { failOn: wish }: CheckOptions): ExitCode {
  const failing = failingResults(wish);
  if (answers.some(({ result }) => result === "fail")) return ExitCode.ChecksFailed;
  return answers.some(({ result }) => failing.has(result)) ? ExitCode.ChecksDoubtful : ExitCode.Done;
}

async function print(reports: readonly CheckReport[], options: CheckOptions, deps: Deps): Promise<void> {
  const { stdout, stderr } = deps.streams;
  const { format } = options.output;
  const failing = failingResults(options.failOn);
  const [only] = reports;
  if (format === "scorecard") stdout.write(await structured("json", scorecard(reports, failing)));
  else if (format === "junit") stdout.write(junit(reports, failing));
  else if (format === "json" || format === "yaml")
    stdout.write(
      await structured(format, options.name !== undefined && only !== undefined ? only : reportList(reports)),
    );
  else if (only === undefined) stderr.write(nothingFound(options.selection));
  else if (options.name === undefined)
    stdout.write(summaryTable(reports, { withNamespace: options.selection.allNamespaces, wide: format === "wide" }));
  else stdout.write(format === "wide" ? checkTable(only) : await forPeople(only, options, deps));
}

async function forPeople(
  report: CheckReport,
  { output, levels: wanted, ids }: CheckOptions,
  { streams: { stdout }, env }: Deps,
): Promise<string> {
  const colours = await palette(wantsColour(output.colour, stdout.isTTY, env));
  return renderCheck(report, { colours, columns: stdout.columns, zoomed: wanted.length + ids.length > 0 });
}
