/** Counts what vitest's JSON reporter wrote, together with how vitest ended: a crash must never look like success. */
import { existsSync, readFileSync } from "node:fs";

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What was skipped, by full name. */
  readonly skippedNames: readonly string[];
  /** What failed without being a test: a file that did not load, vitest itself. */
  readonly trouble: readonly string[];
}

interface Report {
  readonly testResults: readonly FileResult[];
}

interface FileResult {
  readonly name: string;
  readonly status: string;
  readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
}

/** The tally of the report in `file`, of a vitest that ended with `exitCode`. At least one failed when that is not 0. */
export function readTally(file: string, exitCode: number): Tally {
  if (!existsSync(file)) return broken(`vitest wrote no report and ended with exit code ${String(exitCode)}`);
  return tally(readFileSync(file, "utf8"), exitCode);
}

export function tally(json: string, exitCode: number): Tally {
  const report = parse(json);
  if (report === undefined) return broken("vitest's report is not readable");
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  if (tests.length === 0) return broken("vitest found no tests");
  const failed = tests.filter(({ status }) => status === "failed").length;
  const trouble = report.testResults.filter(didNotRun).map(({ name }) => `${name} failed outside its tests`);
  if (exitCode !== 0 && failed + trouble.length === 0)
    trouble.push(`vitest ended with exit code ${String(exitCode)} though no test failed`);
  const skipped = tests.filter(({ status }) => status !== "failed" && status !== "passed");
  return {
    passed: tests.length - failed - skipped.length,
    failed: failed + trouble.length,
    skipped: skipped.length,
    skippedNames: skipped.map(({ fullName }) => fullName.trim()),
    trouble,
  };
}

const broken = (why: string): Tally => ({ passed: 0, failed: 1, skipped: 0, skippedNames: [], trouble: [why] });

/** It could not be loaded, or a hook failed. */
function didNotRun({ status, assertionResults }: FileResult): boolean {
  return status === "failed" && assertionResults.every((test) => test.status !== "failed");
}

function parse(json: string): Report | undefined {
  try {
    const report = JSON.parse(json) as Partial<Report>;
    return Array.isArray(report.testResults) ? { testResults: report.testResults } : undefined;
  } catch {
    return undefined;
  }
}
