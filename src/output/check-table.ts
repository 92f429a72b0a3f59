/** Reports as rows: each check of one database, or one line for each of many. */
import { countResults } from "../checks/grade.ts";
import type { CheckReport } from "../checks/report.ts";
import { order } from "./check-view.ts";
import { table, type Cell } from "./table.ts";

/** One row for each value that was read, so that it can be searched for; a check without any has one row. */
export function checkTable({ checks }: CheckReport): string {
  const sorted = checks.toSorted((a, b) => order.indexOf(a.result) - order.indexOf(b.result));
  const rows = sorted.flatMap(({ id, result, title, message, evidence }): Cell[][] => {
    const start = [id, result, title, message];
    if (evidence.length === 0) return [[...start, undefined, undefined, undefined]];
    return evidence.map(({ object, field, value }) => [...start, object, field, value]);
  });
  return table(["ID", "RESULT", "CHECK", "MESSAGE", "OBJECT", "FIELD", "VALUE"], rows);
}

export interface SummaryOptions {
  readonly withNamespace: boolean;
  /** What blocks each level. */
  readonly wide: boolean;
}

export function summaryTable(reports: readonly CheckReport[], { withNamespace, wide }: SummaryOptions): string {
  const levels = ["L1", "L2", "L3", "L4", "L5"];
  const headings = [
    ...(withNamespace ? ["NAMESPACE"] : []),
    "NAME",
    "LEVEL",
    ...levels,
    "FAIL",
    "WARN",
    "UNKNOWN",
    ...(wide ? ["BLOCKED-BY"] : []),
  ];
  const rows = reports.map((report): Cell[] => {
    const counts = countResults(report.checks);
    return [
      ...(withNamespace ? [report.metadata.namespace] : []),
      report.metadata.name,
      report.highestContiguousLevel,
      ...report.levels.map(({ counts: { pass, warn, fail, unknown } }) => `${pass}/${pass + warn + fail + unknown}`),
      counts.fail,
      counts.warn,
      counts.unknown,
      ...(wide ? [report.levels.flatMap(({ blockedBy }) => blockedBy).join(",")] : []),
    ];
  });
  return table(headings, rows);
}
