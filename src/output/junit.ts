/** Reports as JUnit XML, as Jenkins, GitLab and GitHub's actions read it: a suite for each level of each database, a case for each check. */
import { levelNames, type Answer, type Evidence } from "../checks/finding.ts";
import type { CheckReport } from "../checks/report.ts";
import type { Failing } from "./failing.ts";
import { sanitize } from "./sanitize.ts";

export function junit(reports: readonly CheckReport[], failing: Failing): string {
  const suites = reports.flatMap((report) =>
    report.levels.flatMap(({ level }) => {
      const answers = report.checks.filter((answer) => answer.level === level);
      return answers.length === 0
        ? []
        : [suiteOf(report, { name: `level ${level}: ${levelNames[level]}`, answers, failing })];
    }),
  );
  const all = reports.flatMap(({ checks }) => checks);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="kubectl dbop check" ${countsOf(all, failing)}>`,
    ...suites.flat(),
    "</testsuites>",
    "",
  ].join("\n");
}

interface Suite {
  readonly name: string;
  readonly answers: readonly Answer[];
  readonly failing: Failing;
}

function suiteOf({ metadata, observedAt }: CheckReport, { name, answers, failing }: Suite): readonly string[] {
  const database = metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
  const head = `  <testsuite name="${escape(`${database} ${name}`)}" ${countsOf(answers, failing)} timestamp="${observedAt.slice(0, 19)}">`;
  return [head, ...answers.flatMap((answer) => caseOf(database, answer, failing)), "  </testsuite>"];
}

type Ending = "passed" | "failure" | "error" | "skipped";

function endingOf({ result }: Answer, failing: Failing): Ending {
  if (result === "unknown") return failing.has(result) ? "error" : "skipped";
  if (result === "not-applicable") return "skipped";
  return failing.has(result) ? "failure" : "passed";
}

function countsOf(answers: readonly Answer[], failing: Failing): string {
  const count = (ending: Ending): number => answers.filter((answer) => endingOf(answer, failing) === ending).length;
  return `tests="${answers.length}" failures="${count("failure")}" errors="${count("error")}" skipped="${count("skipped")}" time="0"`;
}

function caseOf(database: string, answer: Answer, failing: Failing): readonly string[] {
  const head = `    <testcase classname="${escape(database.replace("/", "."))}.L${answer.level}" name="${escape(`${answer.id} ${answer.title}`)}" time="0"`;
  const message = `${answer.result}: ${answer.message}`;
  const ending = endingOf(answer, failing);
  const out = `      <system-out>${escape(detailsOf(answer))}</system-out>`;
  if (ending === "passed") return [`${head}>`, out, "    </testcase>"];
  if (ending === "skipped")
    return [`${head}>`, `      <skipped message="${escape(message)}"/>`, out, "    </testcase>"];
  const body = `      <${ending} message="${escape(message)}" type="${answer.result}">${escape(detailsOf(answer))}</${ending}>`;
  return [`${head}>`, body, "    </testcase>"];
}

function detailsOf({ question, why, fix, missing, message, evidence }: Answer): string {
  const labelled = [
    ["missing", missing],
    ["why", why],
    ["fix", fix],
  ] as const;
  return [
    question,
    message,
    ...evidence.map(line),
    ...labelled.flatMap(([label, text]) => (text === undefined ? [] : [`${label}: ${text}`])),
  ].join("\n");
}

function line({ object, field, value }: Evidence): string {
  return `${object}: ${field} = ${value}`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
};

/** For attributes and text alike. Characters that XML 1.0 does not have at all are left out. */
function escape(text: string): string {
  return sanitize(text)
    .replaceAll(/[\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu, "")
    .replaceAll(/[&<>"\n]/gu, (character) => entities[character] ?? character);
}
