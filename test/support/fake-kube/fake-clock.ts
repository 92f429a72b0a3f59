/** Virtual time: sleeping takes none. */
import { DbopError } from "../../../src/errors.ts";
import type { Clock } from "../../../src/reconcile/clock.ts";

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly fire: () => void;
}

export interface FakeClockOptions {
  readonly start?: string;
  /** Default true: when nothing has stirred for a few turns of the event loop, time jumps to the next timer. */
  readonly autoAdvance?: boolean;
}

/** Turns of the event loop without a stir before time jumps: promise chains and watch deliveries need fewer. */
const QUIET_TURNS = 4;

export class FakeClock implements Clock {
  #now: number;
  #order = 0;
  #timers: Timer[] = [];
  #quiet = 0;
  #turning = false;
  #holds = 0;
  readonly #auto: boolean;

  constructor(options: FakeClockOptions = {}) {
    this.#now = Date.parse(options.start ?? "2026-01-01T00:00:00Z");
    this.#auto = options.autoAdvance ?? true;
  }

  now(): Date {
    return new Date(this.#now);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const interrupt = (): void => {
        cancel();
        reject(new DbopError("Interrupted", "interrupted while waiting"));
      };
      const cancel = this.schedule(ms, () => {
        signal?.removeEventListener("abort", interrupt);
        resolve();
      });
      if (signal?.aborted === true) interrupt();
      else signal?.addEventListener("abort", interrupt, { once: true });
    });
  }

  /** Calls `fire` when `ms` have passed. Returns how to take it back. */
  schedule(ms: number, fire: () => void): () => void {
    const timer: Timer = { due: this.#now + Math.max(0, ms), order: this.#order++, fire };
    this.#timers.push(timer);
    this.stir();
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves time on by `ms`, firing what falls due on the way in its order, with a turn of the event loop after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (let next = this.#next(); next !== undefined && next.due <= end; next = this.#next()) {
      this.#fire(next);
      await turn();
    }
    this.#now = Math.max(this.#now, end);
    await turn();
  }

  /** Something happened: time waits a few more turns. */
  stir(): void {
    this.#quiet = 0;
    if (!this.#auto || this.#turning) return;
    this.#turning = true;
    setImmediate(() => {
      this.#turn();
    });
  }

  /** Keeps time still while `work` waits for something real (a key being generated, a file). */
  async hold<T>(work: Promise<T>): Promise<T> {
    this.#holds += 1;
    try {
      return await work;
    } finally {
      this.#holds -= 1;
      this.stir();
    }
  }

  #turn(): void {
    this.#turning = false;
    const next = this.#next();
    if (next === undefined || this.#holds > 0) return;
    this.#quiet += 1;
    const quiet = this.#quiet;
    if (quiet > QUIET_TURNS) this.#fire(next);
    this.stir();
    if (quiet <= QUIET_TURNS) this.#quiet = quiet;
  }

  #next(): Timer | undefined {
    return this.#timers.reduce<Timer | undefined>(
      (first, timer) =>
        first === undefined || timer.due < first.due || (timer.due === first.due && timer.order < first.order)
          ? timer
          : first,
      undefined,
    );
  }

  #fire(timer: Timer): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
    this.#now = Math.max(this.#now, timer.due);
    timer.fire();
  }
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
