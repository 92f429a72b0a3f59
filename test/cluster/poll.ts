import { setTimeout as sleep } from "node:timers/promises";

export interface PollOptions {
  /** What is awaited, for the message. */
  readonly what: string;
  readonly timeoutMs: number;
  readonly everyMs?: number;
  /** Called before each try; a reason given ends the wait at once, because it cannot succeed any more. */
  readonly hopeless?: () => string | undefined;
  /** What was seen last, added to the message when the time is over. */
  readonly explain?: () => string;
}

/** Tries until `attempt` returns a value and returns that. Throws when the time is over or all hope lost. */
export async function poll<T>(options: PollOptions, attempt: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + options.timeoutMs;
  for (;;) {
    const reason = options.hopeless?.();
    if (reason !== undefined) throw new Error(`${options.what}: ${reason}`);
    const value = await attempt();
    if (value !== undefined) return value;
    if (Date.now() > deadline) {
      const seen = options.explain === undefined ? "" : `; seen last: ${options.explain()}`;
      throw new Error(`${options.what}: not within ${String(Math.round(options.timeoutMs / 1000))} s${seen}`);
    }
    await sleep(options.everyMs ?? 100);
  }
}
