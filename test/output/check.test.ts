import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { describe, expect, it } from "vitest";
import type { Result } from "../../src/checks/finding.ts";
import { reportList } from "../../src/checks/report.ts";
import { checkTable, summaryTable } from "../../src/output/check-table.ts";
import { renderCheck } from "../../src/output/check-view.ts";
import { palette, plain } from "../../src/output/colour.ts";
import { failingResults } from "../../src/output/failing.ts";
import { junit } from "../../src/output/junit.ts";
import { scorecard } from "../../src/output/scorecard.ts";
import { structured } from "../../src/output/structured.ts";
import { field, listField, textField } from "../../src/kube/fields.ts";
import { anAnswer, aReport } from "../support/checks/a-report.ts";
import { parseXml } from "../support/strict-xml.ts";

const golden = join(import.meta.dirname, "../golden/check");
// Golden files change only when asked: UPDATE_GOLDEN=1 npx vitest run --project unit test/output/check
const update = process.env["UPDATE_GOLDEN"] === "1";
const report = aReport();
const failing = failingResults("fail");

function readsAs(name: string, text: string): void {
  const file = join(golden, name);
  if (update) writeFileSync(file, text);
  expect(text).toBe(existsSync(file) ? readFileSync(file, "utf8") : "");
}

const view = { colours: plain, columns: 80, zoomed: false };

describe("a report", () => {
  it("reads as in its golden file", () => {
    readsAs("report.txt", renderCheck(report, view));
  });

  it("reads as in its golden file when it is asked for in full", () => {
    readsAs("zoomed.txt", renderCheck(report, { ...view, zoomed: true }));
  });

  it("reads as in its golden file with -o wide", () => {
    readsAs("wide.txt", checkTable(report));
  });

  it("of many reads as in its golden file", () => {
    readsAs("summary.txt", summaryTable([report, report], { withNamespace: true, wide: true }));
  });

  it("reads as in its golden file with -o json", async () => {
    readsAs("report.json", await structured("json", report));
  });

  it("reads as in its golden file with -o scorecard", async () => {
    readsAs("scorecard.json", await structured("json", scorecard([report], failing)));
  });

  it("reads as in its golden file with -o junit", () => {
    readsAs("junit.xml", junit([report], failing));
  });

  it.each([40, 60, 80, 120])("is no wider than %i columns, but for words and commands that are", (columns) => {
    const long = renderCheck(report, { ...view, columns })
      .split("\n")
      .filter((line) => line.length > columns);
    for (const line of long) expect(line).toMatch(/fix: kubectl|^\s*\S+$|^ {2}\d {2}|^\d+ pass|^Demonstrated|^ {5}#/u);
  });

  it("says without colour all that it says with", async () => {
    const coloured = renderCheck(report, { ...view, colours: await palette(true) });
    expect(coloured).toContain("\u001b[");

    expect(coloured.replaceAll(/\u001b\[[0-9;]*m/gu, "")).toBe(renderCheck(report, view));
  });

  it("keeps what a server said from driving the terminal", () => {
    const evil = aReport([anAnswer("L3.4", "fail", { message: "gone\u001b[2J" })]);
    expect(renderCheck(evil, view)).not.toContain("\u001b");
  });
});

describe("the JSON of a report", () => {
  const schema = JSON.parse(
    readFileSync(join(import.meta.dirname, "../../docs/check-report.schema.json"), "utf8"),
  ) as object;
  const validate = new Ajv({ allErrors: true }).compile(schema);
  const errorsOf = (value: unknown): unknown =>
    validate(JSON.parse(JSON.stringify(value))) === true ? [] : validate.errors;

  it.each([
    ["one", report],
    ["a list", reportList([report, report])],
    ["an empty list", reportList([])],
  ])("is as its schema has it: %s", (_what, value) => {
    expect(errorsOf(value)).toEqual([]);
  });

  it.each([
    ["a result that there is not", { ...report, checks: [{ ...anAnswer("L3.4", "pass"), result: "good" }] }],
    ["a check without evidence", { ...report, checks: [{ ...anAnswer("L3.4", "pass"), evidence: undefined }] }],
    ["a field that nobody knows", { ...report, colour: "red" }],
    ["another version", { ...report, apiVersion: "report.dbop.dev/v1" }],
    ["four levels", { ...report, levels: report.levels.slice(1) }],
  ])("is not: %s", (_what, value) => {
    expect(errorsOf(value)).not.toEqual([]);
  });
});

describe("a scorecard", () => {
  const statesOf = (list: unknown): Readonly<Record<string, string>> =>
    Object.fromEntries(
      listField(list, "items").map((test) => {
        const labels = field(field(test, "spec"), "labels");
        const [result] = listField(field(test, "status"), "results");
        return [textField(labels, "test"), textField(result, "state")];
      }),
    );

  it("has the three states of its own", () => {
    const list = scorecard([report], failing);
    expect(list).toMatchObject({ apiVersion: "scorecard.operatorframework.io/v1alpha3", kind: "TestList" });
    expect(statesOf(list)).toMatchObject({
      "L1.1": "pass",
      "L1.8": "pass",
      "L2.3": "pass",
      "L3.4": "fail",
      "L4.2": "error",
    });
    expect(statesOf(scorecard([report], failingResults("warn")))).toMatchObject({ "L2.3": "fail" });
  });

  it("names suite and database", () => {
    expect(listField(scorecard([report], failing), "items")[0]).toMatchObject({
      kind: "Test",
      spec: { labels: { suite: "capability-level-1", test: "L1.1", database: "shop.demo" } },
    });
  });
});

describe("JUnit", () => {
  const endings = (text: string): Readonly<Record<string, string>> =>
    Object.fromEntries(
      parseXml(text)
        .children.flatMap(({ children }) => children)
        .map(({ attributes, children }) => [attributes["name"]?.split(" ")[0] ?? "", children[0]?.name ?? ""]),
    );

  it.each<readonly [wish: "fail" | "warn" | "unknown", endings: Readonly<Record<string, string>>]>([
    ["fail", { "L2.3": "system-out", "L3.4": "failure", "L4.2": "skipped", "L1.8": "skipped", "L1.1": "system-out" }],
    ["warn", { "L2.3": "failure", "L3.4": "failure", "L4.2": "skipped" }],
    ["unknown", { "L2.3": "failure", "L3.4": "failure", "L4.2": "error" }],
  ])("ends as the exit code does with --fail-on=%s", (wish, expected) => {
    expect(endings(junit([report], failingResults(wish)))).toMatchObject(expected);
  });

  it("counts what it holds", () => {
    const root = parseXml(junit([report, report], failing));
    const cases = root.children.flatMap(({ children }) => children);
    const having = (name: string): string =>
      String(cases.filter(({ children }) => children.some((one) => one.name === name)).length);
    expect(root.attributes).toMatchObject({
      tests: String(cases.length),
      failures: having("failure"),
      skipped: having("skipped"),
      errors: "0",
    });
  });

  it("is well-formed whatever a server said", () => {
    const evil = aReport([
      anAnswer("L3.4", "fail", { message: `a<b & "c" ]]> \u0000\ufffe\ud800 \u001b[31m\nnext`, evidence: [] }),
    ]);
    const [failure] = parseXml(junit([evil], failing)).children[0]?.children[0]?.children ?? [];
    expect(failure?.attributes["message"]).toMatch(/^fail: a<b & "c" \]\]> .*\nnext$/u);
  });
});

describe("levels", () => {
  const highest = (...found: readonly (readonly [string, Result])[]): number =>
    aReport(found.map(([id, result]) => anAnswer(id, result, { level: Number(id[1]) as 1 }))).highestContiguousLevel;

  it.each<readonly [what: string, found: readonly (readonly [string, Result])[], level: number]>([
    ["none without a pass", [["L1.1", "not-applicable"]], 0],
    [
      "one that passes",
      [
        ["L1.1", "pass"],
        ["L1.8", "not-applicable"],
        ["L2.1", "fail"],
      ],
      1,
    ],
    [
      "not over a gap",
      [
        ["L1.1", "pass"],
        ["L2.1", "unknown"],
        ["L3.1", "pass"],
      ],
      1,
    ],
    ["not with a warning", [["L1.1", "warn"]], 0],
    [
      "all five",
      [
        ["L1.1", "pass"],
        ["L2.1", "pass"],
        ["L3.1", "pass"],
        ["L4.1", "pass"],
        ["L5.1", "pass"],
      ],
      5,
    ],
  ])("count: %s", (_what, found, level) => {
    expect(highest(...found)).toBe(level);
  });

  it("stand by themselves", () => {
    const { levels } = aReport([anAnswer("L1.1", "fail", { level: 1 }), anAnswer("L3.1", "pass")]);
    expect(levels.map(({ demonstrated }) => demonstrated)).toEqual([false, false, true, false, false]);
    expect(levels[0]?.blockedBy).toEqual(["L1.1"]);
  });
});
