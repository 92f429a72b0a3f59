/** Wakes a pass when something it waits for may have changed: a watch tells at once, a poll makes up for what no watch can see. */
import type { KubeClient, Query } from "../kube/kube-client.ts";
import type { ResourceType } from "../kube/objects.ts";
import type { Clock } from "./clock.ts";

export interface Watched {
  readonly type: ResourceType;
  readonly query: Query;
}

/** Events that come together are looked at together. */
const gatherMs = 30;

export class Waker {
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #changed = false;
  #wake: (() => void) | undefined;

  /** Starts watching at once. A watch that is refused leaves the poll. */
  constructor(kube: KubeClient, clock: Clock, watched: readonly Watched[]) {
    this.#clock = clock;
    for (const { type, query } of watched)
      void kube
        .watch(
          type,
          query,
          () => {
            this.#note();
          },
          this.#stop.signal,
        )
        .catch(() => undefined);
  }

  /** Forgets what has been noticed so far: call before looking, so that a change during the look counts. */
  reset(): void {
    this.#changed = false;
  }

  /** Resolves when something changed since {@link reset}, or after `pollMs`. Rejects with `Interrupted` when `signal` aborts. */
  async next(pollMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#changed) await this.#sleepOrWake(pollMs, signal);
    if (this.#changed) await this.#clock.sleep(gatherMs, signal);
  }

  close(): void {
    this.#stop.abort();
  }

  #note(): void {
    this.#changed = true;
    this.#wake?.();
  }

  async #sleepOrWake(pollMs: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const sleep = this.#clock.sleep(pollMs, AbortSignal.any([signal, woken.signal])).catch((error: unknown) => {
      if (!woken.signal.aborted) throw error;
    });
    this.#wake = () => {
      woken.abort();
    };
    try {
      await sleep;
    } finally {
      this.#wake = undefined;
    }
  }
}
