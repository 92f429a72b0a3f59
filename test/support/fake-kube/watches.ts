/** Watches: existing objects first, then every change, delivered in order and never from inside a write. */
import type { Query, WatchEvent } from "../../../src/kube/kube-client.ts";
import type { KubeObject, ResourceType } from "../../../src/kube/objects.ts";
import { resourceOf } from "./api-errors.ts";
import { testOf } from "./selectors.ts";
import type { Change, Store } from "./store.ts";

export interface WatchJob {
  readonly store: Store;
  readonly type: ResourceType;
  readonly query: Query;
  readonly onEvent: (event: WatchEvent) => void;
  readonly signal: AbortSignal;
  /** Asked before each MODIFIED event: true loses it, as a cut does. */
  readonly isCut: () => boolean;
}

export interface Watch {
  /** Resolves when the signal is aborted; rejects with what `onEvent` threw, or what it was ended with. */
  readonly done: Promise<unknown>;
  /** Loses everything not delivered yet: RESYNC, then DELETED for what has gone and ADDED for all that is there. */
  cut(): void;
  /** Ends it with an error, as when its process is killed. */
  end(error: unknown): void;
}

export function startWatch({ store, type, query, onEvent, signal, isCut }: WatchJob): Watch {
  const test = testOf(query);
  const told = new Map<string, KubeObject>();
  const present = (): WatchEvent[] =>
    store
      .list(type)
      .filter(test)
      .map((object) => ({ type: "ADDED", object }));
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  let queue = present();
  let ended = false;
  let delivering = false;

  const resync = (): void => {
    const now = present();
    const alive = new Set(now.map((event) => keyOf(event)));
    const gone = [...told]
      .filter(([key]) => !alive.has(key))
      .map(([, object]): WatchEvent => ({ type: "DELETED", object }));
    queue = [{ type: "RESYNC" }, ...gone, ...now];
    wake();
  };
  const tell = (event: WatchEvent): void => {
    if (event.type === "DELETED") told.delete(keyOf(event));
    else if (event.type !== "RESYNC") told.set(keyOf(event), event.object);
    onEvent(event);
  };
  const deliver = (): void => {
    delivering = false;
    try {
      while (!ended && queue.length > 0) {
        const event = queue.shift();
        if (event?.type === "MODIFIED" && isCut()) resync();
        else if (event !== undefined) tell(event);
      }
    } catch (error) {
      finish(() => {
        reject(error);
      });
    }
  };
  const wake = (): void => {
    if (delivering || ended || queue.length === 0) return;
    delivering = true;
    setImmediate(deliver);
  };
  const stop = store.onChange((change) => {
    if (resourceOf(change.type) !== resourceOf(type)) return;
    queue.push(...eventsOf(change, test));
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
    finish(() => {
      resolve(undefined);
    });
  };
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  wake();
  return {
    done: promise,
    cut: resync,
    end: (error) => {
      finish(() => {
        reject(error);
      });
    },
  };
}

function keyOf(event: WatchEvent): string {
  if (event.type === "RESYNC") return "";
  const { namespace = "", name, uid = "" } = event.object.metadata;
  return `${namespace}/${name}/${uid}`;
}

/** What a change is to a watch with a selector: an object that stops matching is DELETED for it. */
function eventsOf({ before, after, revision }: Change, test: ReturnType<typeof testOf>): WatchEvent[] {
  const was = before !== undefined && test(before);
  if (after !== undefined && test(after)) return [{ type: was ? "MODIFIED" : "ADDED", object: after }];
  if (!was) return [];
  const metadata = { ...(after ?? before).metadata, resourceVersion: String(revision) };
  return [{ type: "DELETED", object: { ...before, metadata } }];
}
