/** Tables of checks: what is different from a database that is well, and what a check then says. */
import { describe, expect, it } from "vitest";
import { ask, type Result } from "../../../src/checks/finding.ts";
import { checks } from "../../../src/checks/index.ts";
import type { Observation } from "../../../src/checks/observation.ts";
import { anObservation } from "./an-observation.ts";

export type Row = readonly [what: string, changes: Partial<Observation>, result: Result, message: RegExp];

export function judges(id: string, rows: readonly Row[]): void {
  const check = checks.find((one) => one.id === id);
  if (check === undefined) throw new Error(`there is no check ${id}`);
  describe(`${id} ${check.title}`, () => {
    it.each(rows)("%s", (_what, changes, result, message) => {
      const answer = ask(check, anObservation(changes));
      expect({ result: answer.result, message: answer.message }).toEqual({
        result,
        message: expect.stringMatching(message) as unknown,
      });
      // Whoever is told that something is amiss is told what was read, and what to do.
      if (result === "fail" || result === "warn") {
        expect(answer.evidence).not.toEqual([]);
        expect(answer.fix ?? "").not.toBe("");
      }
      if (result === "unknown") expect(answer.missing ?? "").not.toBe("");
      if (result === "pass") expect(answer.evidence).not.toEqual([]);
    });
  });
}
