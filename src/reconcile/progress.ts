/** Tells a run's progress: which step of how many, what is waited for, and when the cluster is not where the plan expected it. */
import type { Clock } from "./clock.ts";
import type { Report, StepSummary } from "./report.ts";

export class Progress {
  readonly #report: Report;
  readonly #clock: Clock;
  #expected: readonly string[] | undefined;
  #remaining = 0;
  #finished = 0;
  #current: { readonly step: StepSummary; readonly since: number } | undefined;
  #waiting = "";

  constructor(report: Report, clock: Clock) {
    this.#report = report;
    this.#clock = clock;
  }

  planned(steps: readonly StepSummary[]): void {
    const [first] = steps;
    const acts = first !== undefined && !first.id.startsWith("wait/");
    if (acts && this.#expected?.includes(first.id) === false) {
      this.#report({ type: "replanned", why: `${first.title}: ${first.why}` });
    }
    this.#expected = steps.map((step) => step.id);
    this.#remaining = steps.length;
  }

  /** A step that is tried again is still the same step. */
  begin(step: StepSummary): void {
    if (this.#current?.step.id === step.id) return;
    this.#current = { step, since: this.#clock.now().getTime() };
    this.#report({ type: "step", index: this.#finished + 1, total: this.#finished + this.#remaining, step });
  }

  done(): void {
    if (this.#current === undefined) return;
    const seconds = (this.#clock.now().getTime() - this.#current.since) / 1000;
    this.#report({ type: "step-done", step: this.#current.step, seconds });
    this.#finished += 1;
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
