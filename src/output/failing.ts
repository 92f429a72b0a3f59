/** Which results count as a failure: the choice of `--fail-on`, in the exit code and in what CI reads. */
import type { Result } from "../checks/finding.ts";

export const failOn = ["fail", "warn", "unknown"] as const;
export type FailOn = (typeof failOn)[number];
export type Failing = ReadonlySet<Result>;

/** Each is stricter than the one before: who fails on what is not known fails on warnings too. */
export function failingResults(wish: FailOn): Failing {
  return new Set(failOn.slice(0, failOn.indexOf(wish) + 1));
}
