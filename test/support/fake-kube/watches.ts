/** Watches: existing objects first, then every change, delivered in order and never from inside a write. */
import type { Query, WatchEvent } from "../../../src/kube/kube-client.ts";
import type { ResourceType } from "../../../src/kube/objects.ts";
import { resourceOf } from "./api-errors.ts";
import { testOf } from "./selectors.ts";
import type { Change, Store } from "./store.ts";

export interface WatchJob {
  readonly store: Store;
  readonly type: ResourceType;
  readonly query: Query;
  readonly onEvent: (event: WatchEvent) => void;
  readonly signal: AbortSignal;
  /** Asked before each delivery: true loses the event and gives RESYNC in its place. */
  readonly isCut: () => boolean;
}

export interface Watch {
  /** Resolves when the signal is aborted or the watch is ended. */
  readonly done: Promise<void>;
  /** Loses everything not delivered yet and gives RESYNC. */
  cut(): void;
  /** Ends it with an error, as when its process is killed. */
  end(error: Error): void;
}

export function startWatch({ store, type, query, onEvent, signal, isCut }: WatchJob): Watch {
  const test = testOf(query);
  let queue: WatchEvent[] = store.list(type).filter(test).map((object) => ({ type: "ADDED", object }));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let ended = false;
  let delivering = false;
  const deliver = (): void => {
    delivering = false;
    while (!ended && queue.length > 0) {
      const event = queue.shift();
      if (event !== undefined) onEvent(event.type !== "RESYNC" && isCut() ? { type: "RESYNC" } : event);
    }
  };
  const wake = (): void => {
    if (delivering || ended || queue.length === 0) return;
    delivering = true;
    setImmediate(deliver);
  };
  const stop = store.onChange((change) => {
    if (resourceOf(change.type) !== resourceOf(type)) return;
    queue = [...queue, ...eventsOf(change, test)];
    wake();
  });
  const finish = (settle: () => void): void => {
    if (ended) return;
    ended = true;
    stop();
    signal.removeEventListener("abort", abort);
    settle();
  };
  const abort = (): void => {
    finish(resolve);
  };
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  wake();
  return {
    done: promise,
    cut: () => {
      queue = [{ type: "RESYNC" }];
      wake();
    },
    end: (error) => {
      finish(() => {
        reject(error);
      });
    },
  };
}

/** What a change is to a watch with a selector: an object that stops matching is DELETED for it. */
function eventsOf({ before, after, revision }: Change, test: ReturnType<typeof testOf>): WatchEvent[] {
  const was = before !== undefined && test(before);
  if (after !== undefined && test(after)) return [{ type: was ? "MODIFIED" : "ADDED", object: after }];
  if (!was) return [];
  const metadata = { ...(after ?? before).metadata, resourceVersion: String(revision) };
  return [{ type: "DELETED", object: { ...before, metadata } }];
}
