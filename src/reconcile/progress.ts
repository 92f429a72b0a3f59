/** Tells a run's progress: which step of how many, what is waited for, and when the cluster is not where the plan expected it. */
import type { Clock } from "./clock.ts";
import type { Report, StepSummary } from "./report.ts";

/** Counts as the plan does that was told: a wait is a step, also when what was to be waited for has come to pass already. */
export class Progress {
  readonly #report: Report;
  readonly #clock: Clock;
  /** What was left to do when last planned. */
  #expected: readonly string[] | undefined;
  /** Steps before those of `#expected`. */
  #behind = 0;
  #doneOne = false;
  #current: { readonly step: StepSummary; readonly since: number } | undefined;
  #waiting = "";

  constructor(report: Report, clock: Clock) {
    this.#report = report;
    this.#clock = clock;
  }

  planned(steps: readonly StepSummary[]): void {
    const [first] = steps;
    const reached = this.#expected?.indexOf(first?.id ?? "") ?? -1;
    const acts = first !== undefined && !first.id.startsWith("wait/");
    if (acts && reached < 0 && this.#expected !== undefined) {
      this.#report({ type: "replanned", why: `${first.title}: ${first.why}` });
    }
    this.#behind += reached >= 0 ? reached : Number(this.#doneOne);
    this.#doneOne = false;
    this.#expected = steps.map((step) => step.id);
  }

  /** A step that is tried again is still the same step. */
  begin(step: StepSummary): void {
    if (this.#current?.step.id === step.id) return;
    this.#current = { step, since: this.#clock.now().getTime() };
    const total = this.#behind + (this.#expected?.length ?? 1);
    this.#report({ type: "step", index: this.#behind + 1, total, step });
  }

  done(): void {
    if (this.#current === undefined) return;
    const seconds = (this.#clock.now().getTime() - this.#current.since) / 1000;
    this.#report({ type: "step-done", step: this.#current.step, seconds });
    this.#doneOne = true;
    this.#current = undefined;
    this.#waiting = "";
  }

  waiting(until: string, seen: string): void {
    const text = `${until}\n${seen}`;
    if (text === this.#waiting) return;
    this.#waiting = text;
    this.#report({ type: "waiting", until, seen });
  }
}
