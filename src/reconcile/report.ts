/** What a pass tells whoever watches it: plain events, rendered by `output/`. */
import type { Danger, Verdict } from "../plan/step.ts";

export interface StepSummary {
  readonly id: string;
  readonly title: string;
  readonly why: string;
  readonly danger?: Danger;
}

export type PassEvent =
  /** Said once the plan of this run is known. */
  | {
      readonly type: "plan";
      readonly steps: readonly StepSummary[];
      readonly hash: string;
      readonly warnings: readonly Verdict[];
    }
  /** A step begins: `index` of about `total`, counted over the whole run. */
  | { readonly type: "step"; readonly index: number; readonly total: number; readonly step: StepSummary }
  | { readonly type: "step-done"; readonly step: StepSummary; readonly seconds: number }
  /** Said again whenever what is seen changes. */
  | { readonly type: "waiting"; readonly until: string; readonly seen: string }
  /** The cluster is not where the last plan expected it: somebody or something else acted. */
  | { readonly type: "replanned"; readonly why: string }
  | { readonly type: "note"; readonly text: string }
  | { readonly type: "warning"; readonly text: string };

export type Report = (event: PassEvent) => void;
