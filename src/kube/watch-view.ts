/** What the receiver of a watch has been told so far, so that a fresh list can be told as the difference to it. No IO. */
import type { WatchEvent } from "./kube-client.ts";
import type { KubeObject } from "./objects.ts";

export interface WatchView {
  /** An event of the stream. */
  readonly change: (type: "ADDED" | "MODIFIED" | "DELETED", object: KubeObject) => void;
  /** The first list: everything is ADDED. After an interruption: RESYNC, DELETED for what has gone, ADDED for all that is there. */
  readonly restart: (items: readonly KubeObject[]) => void;
  /** One more list of a poll: only what differs from the one before is told. */
  readonly compare: (items: readonly KubeObject[]) => void;
}

/** A view that tells `onEvent` everything, synchronously. */
export function watchView(onEvent: (event: WatchEvent) => void): WatchView {
  const told = new Map<string, KubeObject>();
  let started = false;

  const change: WatchView["change"] = (type, object) => {
    if (type === "DELETED") told.delete(keyOf(object));
    else told.set(keyOf(object), object);
    onEvent({ type, object });
  };
  const dropAllBut = (items: readonly KubeObject[]): void => {
    const present = new Set(items.map(identityOf));
    for (const object of [...told.values()]) if (!present.has(identityOf(object))) change("DELETED", object);
  };

  return {
    change,
    restart: (items) => {
      if (started) onEvent({ type: "RESYNC" });
      started = true;
      dropAllBut(items);
      for (const object of items) change("ADDED", object);
    },
    compare: (items) => {
      dropAllBut(items);
      for (const object of items) {
        const before = told.get(keyOf(object));
        if (before === undefined) change("ADDED", object);
        else if (before.metadata.resourceVersion !== object.metadata.resourceVersion) change("MODIFIED", object);
      }
    },
  };
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

/** A namesake made after a deletion is another object. */
function identityOf(object: KubeObject): string {
  return `${keyOf(object)}/${object.metadata.uid ?? ""}`;
}
