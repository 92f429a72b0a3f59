/** A plan as a person likes to read it: numbered steps, why each, dangers in words, warnings, the hash to pin it with. */
import type { StepSummary } from "../reconcile/report.ts";
import type { Verdict } from "../plan/step.ts";
import { plain, type Palette } from "./colour.ts";
import { sanitize } from "./sanitize.ts";

/** What is shown of a plan. */
export interface PlanView {
  readonly steps: readonly StepSummary[];
  readonly hash: string;
  readonly warnings: readonly Verdict[];
}

const dangerWords = { moderate: "may interrupt service", severe: "can lose data" } as const;

/** Lines ending with a newline. */
export function renderPlan(plan: PlanView, colours: Palette = plain): string {
  const width = String(plan.steps.length).length;
  const steps = plan.steps.flatMap((step, index) => renderStep(step, String(index + 1).padStart(width), colours));
  const head = plan.steps.length === 0 ? "Nothing to do." : `Plan ${colours.strong(plan.hash)}:`;
  const warnings = plan.warnings.map((verdict) => renderVerdict(verdict, colours.caution("warning")));
  return [head, ...steps, ...warnings].map((line) => `${line}\n`).join("");
}

/** A verdict in one or two lines: what is wrong, what was read, what lifts it. */
export function renderVerdict(verdict: Verdict, label: string): string {
  const lift = verdict.lift === undefined ? "" : `\n  to go on: ${verdict.lift}`;
  return `${label}: ${sanitize(`${verdict.message} [${verdict.guard}: ${verdict.observed}]${lift}`)}`;
}

function renderStep(step: StepSummary, number: string, colours: Palette): string[] {
  const danger = step.danger === undefined ? "" : ` ${mark(step.danger, colours)}`;
  const indent = " ".repeat(number.length + 4);
  return [`  ${number}. ${sanitize(step.title)}${danger}`, colours.faint(`${indent}${sanitize(step.why)}`)];
}

function mark(danger: keyof typeof dangerWords, colours: Palette): string {
  const text = `(${danger.toUpperCase()}: ${dangerWords[danger]})`;
  return danger === "severe" ? colours.danger(text) : colours.caution(text);
}
