/** The report of one database as a person likes to read it: a bar for each level, then what stands in the way, failures first. */
import type { Answer, Evidence, Result } from "../checks/finding.ts";
import type { LevelGrade } from "../checks/grade.ts";
import { describeSubject, type CheckReport } from "../checks/report.ts";
import type { Palette } from "./colour.ts";
import { sanitize } from "./sanitize.ts";
import { wrap } from "./wrap.ts";

export interface CheckViewOptions {
  readonly colours: Palette;
  /** Nothing is wider, but a word that is so by itself. */
  readonly columns: number;
  /** What passes too, and all of the evidence: asked for by naming levels or checks. */
  readonly zoomed: boolean;
}

/** The worst first. */
export const order: readonly Result[] = ["fail", "warn", "unknown", "pass", "not-applicable"];

const marks: Readonly<Record<Result, string>> = { pass: "#", warn: "!", fail: "x", unknown: "?", "not-applicable": "" };
const words: Readonly<Record<Result, string>> = {
  pass: "PASS",
  warn: "WARN",
  fail: "FAIL",
  unknown: "UNKNOWN",
  "not-applicable": "N/A",
};

export function renderCheck(report: CheckReport, options: CheckViewOptions): string {
  const shown = report.checks
    .filter(({ result }) => options.zoomed || (result !== "pass" && result !== "not-applicable"))
    .toSorted((a, b) => order.indexOf(a.result) - order.indexOf(b.result));
  return [
    ...headOf(report, options),
    "",
    ...barsOf(report, options.colours),
    "",
    ...shown.flatMap((answer) => [...renderAnswer(answer, options), ""]),
    ...lastLine(report, options),
  ]
    .map((line) => `${line}\n`)
    .join("");
}

function headOf(report: CheckReport, { colours, columns }: CheckViewOptions): readonly string[] {
  const { metadata, manager, subject } = report;
  const who = manager.kind === "operator" ? operatorOf(manager) : "run by kubectl-dbop";
  const facts = [
    `in namespace ${metadata.namespace ?? "<none>"}`,
    ...(subject.engine === undefined ? [] : [subject.engine]),
    who,
  ];
  const text = sanitize(`${describeSubject(report)} ${facts.join(", ")}`);
  const [first = "", ...rest] = wrap(text, { columns, indent: "" });
  return [colours.strong(first), ...rest];
}

function operatorOf({ claimedLevel, deployments = [] }: CheckReport["manager"]): string {
  const claim =
    claimedLevel === null || claimedLevel === undefined ? "claims no level" : `claims level ${claimedLevel}`;
  return deployments.length === 0 ? "no operator seen" : `run by ${deployments.join(", ")}, which ${claim}`;
}

function barsOf({ levels, highestContiguousLevel: highest }: CheckReport, colours: Palette): readonly string[] {
  const names = Math.max(...levels.map(({ name }) => name.length));
  const longest = Math.max(...levels.map(({ counts }) => applicable(counts)));
  const bars = levels.map((grade) => {
    const { level, name, counts } = grade;
    const bar = barOf(grade, colours);
    const gap = " ".repeat(longest - applicable(counts));
    const share = `${counts.pass}/${applicable(counts)}`.padStart(5);
    return `  ${level}  ${name.padEnd(names)}  [${bar}]${gap}  ${share}  ${verdictOf(grade, colours)}`;
  });
  const legend = `     ${order
    .slice(0, 4)
    .toReversed()
    .map((result) => `${marks[result]} ${result}`)
    .join("   ")}`;
  const contiguous =
    highest === 0 ? "Not even level 1 is demonstrated." : `Demonstrated without a gap: up to level ${highest}.`;
  return [...bars, colours.faint(legend), "", contiguous];
}

function applicable(counts: LevelGrade["counts"]): number {
  return counts.pass + counts.warn + counts.fail + counts.unknown;
}

/** A mark for each check of the level that applies, good ones first. */
function barOf({ counts }: LevelGrade, colours: Palette): string {
  const parts: readonly Result[] = ["pass", "unknown", "warn", "fail"];
  return parts.map((result) => paint(colours, result)(marks[result].repeat(counts[result]))).join("");
}

function verdictOf({ demonstrated, counts }: LevelGrade, colours: Palette): string {
  if (demonstrated) return colours.good("demonstrated");
  const parts = order
    .slice(0, 3)
    .flatMap((result) => (counts[result] === 0 ? [] : [paint(colours, result)(`${counts[result]} ${result}`)]));
  return parts.length === 0 ? "nothing applies" : parts.join(", ");
}

function paint(colours: Palette, result: Result): (text: string) => string {
  switch (result) {
    case "pass":
      return colours.good;
    case "fail":
      return colours.danger;
    case "not-applicable":
      return colours.faint;
    default:
      return colours.caution;
  }
}

/** As many lines of evidence as a person reads without being asked to. */
const fewLines = 4;

function renderAnswer(answer: Answer, options: CheckViewOptions): readonly string[] {
  const { colours, columns, zoomed } = options;
  const word = words[answer.result];
  const [first = "", ...rest] = wrap(sanitize(`${answer.id} ${answer.title}: ${answer.message}`), {
    columns: columns - word.length - 2,
    indent: "  ",
  });
  const evidence = zoomed ? answer.evidence : answer.evidence.slice(0, fewLines);
  const more = answer.evidence.length - evidence.length;
  const lines = [...evidence.map(evidenceLine), ...(more > 0 ? [`and ${more} more: --id ${answer.id} shows all`] : [])];
  const labelled = [
    ["missing", answer.missing],
    ["why", answer.result === "pass" || answer.result === "not-applicable" ? undefined : answer.why],
    ["fix", answer.fix],
  ] as const;
  return [
    `${paint(colours, answer.result)(word)}  ${first}`,
    ...rest.map((line) => `      ${line.trimStart()}`),
    ...lines.flatMap((line) => wrap(sanitize(line), { columns, indent: "      " })).map(colours.faint),
    ...labelled.flatMap(([label, text]) =>
      text === undefined
        ? []
        : wrap(sanitize(`${label}: ${text}`), {
            columns: text.startsWith("kubectl ") ? Infinity : columns,
            indent: "      ",
          }),
    ),
  ];
}

function evidenceLine({ object, field, value }: Evidence): string {
  return `${object}: ${field} = ${value}`;
}

function lastLine(report: CheckReport, { zoomed }: CheckViewOptions): readonly string[] {
  if (zoomed) return [];
  const { checks, metadata, manager } = report;
  const count = (result: Result): number => checks.filter((answer) => answer.result === result).length;
  const what = manager.kind === "operator" ? describeSubject(report) : metadata.name;
  const namespace = metadata.namespace === undefined ? "" : ` -n ${metadata.namespace}`;
  return [
    `${count("pass")} pass, ${count("not-applicable")} do not apply: kubectl dbop check ${what}${namespace} --level LEVEL shows them too.`,
  ];
}
