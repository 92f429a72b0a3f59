/** One watch connection, from its request to its end. */
import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { openStream } from "./caller.ts";
import { field, textField } from "./fields.ts";
import { lineSplitter } from "./json-lines.ts";
import { listCall } from "./list.ts";
import type { ListTarget } from "./list.ts";
import type { KubeObject } from "./objects.ts";
import { isKubeObject, parseJson } from "./parsed-json.ts";
import type { Session } from "./session.ts";

/** How far a watch has come; bookmarks move it on through quiet times. */
export interface Cursor {
  resourceVersion: string;
}

export type StreamEnd =
  /** Interrupted or ended by the server: go on from the cursor. `heard` tells whether anything was received. */
  | { readonly kind: "ended" | "broken"; readonly heard: boolean }
  /** The cursor is too old or makes no sense to the server: list anew. */
  | { readonly kind: "expired" }
  /** The server will not let us watch; a list will tell whether that is all it refuses. */
  | { readonly kind: "refused" };

export interface Stream {
  readonly target: ListTarget;
  readonly cursor: Cursor;
  /** Must not throw. */
  readonly onChange: Change;
  readonly signal: AbortSignal;
}

type Change = (type: "ADDED" | "MODIFIED" | "DELETED", object: KubeObject) => void;

/**
 * Watches from `cursor` until the stream ends, breaks or is silent for too long; moves the cursor along. Rejects with `Unreachable`,
 * `Interrupted` or what getting credentials threw.
 */
export async function watchStream(session: Session, stream: Stream): Promise<StreamEnd> {
  const { target, cursor, signal } = stream;
  const call = listCall(
    target,
    { signal },
    {
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion: cursor.resourceVersion,
      timeoutSeconds: String(Math.round(session.timing.watchSeconds * (1 + Math.random() / 10))), // not all at once
    },
  );
  const incoming = await openStream(session, { ...call, doing: call.doing.replace("list", "watch") });
  if (incoming.status === 200) return readEvents(incoming.stream, stream, session.timing.watchIdleMs);
  if (incoming.status === 410 || incoming.status === 400) return { kind: "expired" };
  return [401, 403, 404, 405].includes(incoming.status) ? { kind: "refused" } : { kind: "broken", heard: false };
}

async function readEvents(body: IncomingMessage, { cursor, onChange }: Stream, idleMs: number): Promise<StreamEnd> {
  let heard = false;
  let end: StreamEnd | undefined;
  const feed = lineSplitter((line) => {
    end ??= readLine(line, cursor, onChange);
    heard ||= end === undefined;
  });
  const silence = setTimeout(() => {
    body.destroy();
  }, idleMs);
  try {
    for await (const chunk of body) {
      silence.refresh();
      if (!Buffer.isBuffer(chunk) || !feed(chunk)) return { kind: "broken", heard };
      if (end !== undefined) return end; // leaving the loop destroys the stream
    }
    return { kind: "ended", heard };
  } catch {
    return { kind: "broken", heard }; // reset, cut short, silent for too long, or aborted
  } finally {
    clearTimeout(silence);
  }
}

/** Handles one line; says how the stream ended when the line ends it. */
function readLine(line: string, cursor: Cursor, onChange: Change): StreamEnd | undefined {
  const event = parseJson(line);
  const object = field(event, "object");
  const type = textField(event, "type");
  if (type === "ERROR") return field(object, "code") === 410 ? { kind: "expired" } : { kind: "broken", heard: false };
  if (!isKubeObject(object)) return { kind: "broken", heard: false }; // not JSON, or not an event
  if (type === "ADDED" || type === "MODIFIED" || type === "DELETED") onChange(type, object);
  cursor.resourceVersion = object.metadata.resourceVersion ?? cursor.resourceVersion;
  return undefined;
}
