import { describe, expect, it } from "vitest";
import { readTally, tally } from "./vitest-report.ts";

const test = (status: string): object => ({ status, fullName: `a test that ${status}` });
const report = (...files: object[]): string => JSON.stringify({ testResults: files });
const file = (status: string, ...tests: object[]): object => ({
  name: "some.test.ts",
  status,
  assertionResults: tests,
});

describe("tally", () => {
  it("counts what passed, failed and was skipped", () => {
    const json = report(file("failed", test("passed"), test("failed")), file("passed", test("pending"), test("todo")));
    expect(tally(json, 1)).toMatchObject({ passed: 1, failed: 1, skipped: 2, trouble: [] });
  });

  it.each([
    ["a file does not load", report(file("passed", test("passed")), file("failed")), 1, "some.test.ts"],
    ["a hook fails and its tests never ran", report(file("failed", test("pending"))), 1, "some.test.ts"],
    ["vitest fails though every test passed", report(file("passed", test("passed"))), 1, "exit code 1"],
    ["there are no tests", report(), 0, "no tests"],
    ["the report was cut off", "{", 0, "not readable"],
  ])("counts a failure when %s", (_, json, exitCode, trouble) => {
    const counted = tally(json, exitCode);
    expect(counted.failed).toBe(1);
    expect(counted.trouble.join()).toContain(trouble);
  });

  it("counts a failure when there is no report", () => {
    expect(readTally("/nowhere/report.json", 0)).toMatchObject({ passed: 0, failed: 1 });
  });
});
