/** Time as a parameter, so that tests run hours of waiting in no time. */
import { DbopError } from "../errors.ts";

export interface Clock {
  now(): Date;
  /** Resolves after `ms` milliseconds; rejects with reason `Interrupted` as soon as `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const interrupt = (): void => {
        clearTimeout(timer);
        reject(new DbopError("Interrupted", "interrupted while waiting"));
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", interrupt);
        resolve();
      }, ms);
      if (signal?.aborted === true) interrupt();
      else signal?.addEventListener("abort", interrupt, { once: true });
    }),
};
