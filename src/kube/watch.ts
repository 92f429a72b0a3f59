/**
 * A watch that lasts: list, then watch from there, again and again
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes). Where the server does not let us
 * watch, it lists again and again.
 */
import { isDbopError } from "../errors.ts";
import { pause } from "./caller.ts";
import type { WatchEvent } from "./kube-client.ts";
import type { ListTarget } from "./list.ts";
import type { KubeList } from "./objects.ts";
import { backoffDelay } from "./retry.ts";
import type { Session } from "./session.ts";
import { watchStream } from "./watch-stream.ts";
import type { Cursor, StreamEnd } from "./watch-stream.ts";
import { watchView } from "./watch-view.ts";
import type { WatchView } from "./watch-view.ts";

/** What is watched, and how to list it: one attempt, ended by `signal`. */
export interface WatchSource extends ListTarget {
  list(signal: AbortSignal): Promise<KubeList>;
}

export interface Receiver {
  readonly onEvent: (event: WatchEvent) => void;
  readonly signal: AbortSignal;
}

interface Progress {
  /** Undefined: list first. */
  cursor: Cursor | undefined;
  /** In a row, without anything heard between. */
  failures: number;
  /** Answers in a row that were no events: after three the cursor itself is suspected. */
  staleness: number;
  listedOnce: boolean;
  /** Until then poll instead of watching. */
  pollUntil: number;
  refusedSince: number | undefined;
}

interface Watch {
  readonly session: Session;
  readonly source: WatchSource;
  readonly view: WatchView;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** See `KubeClient.watch`. What `onEvent` throws ends the watch and is thrown on. Nothing is told after `signal` is aborted. */
export async function watchObjects(
  session: Session,
  source: WatchSource,
  { onEvent, signal: outer }: Receiver,
): Promise<void> {
  const thrown: { failed: boolean; error: unknown } = { failed: false, error: undefined };
  const stopped = new AbortController();
  const signal = AbortSignal.any([outer, stopped.signal]);
  const view = watchView((event) => {
    if (signal.aborted) return;
    try {
      onEvent(event);
    } catch (error) {
      Object.assign(thrown, { failed: true, error });
      stopped.abort();
    }
  });
  const progress: Progress = {
    cursor: undefined,
    failures: 0,
    staleness: 0,
    listedOnce: false,
    pollUntil: 0,
    refusedSince: undefined,
  };
  try {
    await run({ session, source, view, signal, progress });
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stopped.abort();
  }
  if (thrown.failed) throw thrown.error;
}

async function run(watch: Watch): Promise<void> {
  const { signal, progress, session } = watch;
  while (!signal.aborted) {
    const delay = await oneRound(watch).catch((error: unknown) => afterError(progress, session, error));
    if (delay > 0) await pause(delay, { doing: "watch", signal });
  }
}

/** Lists if need be, then watches until the stream ends; returns how long to wait before the next round. */
async function oneRound(watch: Watch): Promise<number> {
  const { progress, session, source, signal } = watch;
  const polling = performance.now() < progress.pollUntil;
  const cursor = (progress.cursor ??= await listAnew(watch));
  if (polling) {
    progress.cursor = undefined;
    return session.timing.pollMs;
  }
  const began = performance.now();
  const end = await watchStream(session, { target: source, cursor, onChange: watch.view.change, signal });
  return afterStream(watch, end, performance.now() - began);
}

async function listAnew({ source, view, signal, progress }: Watch): Promise<Cursor> {
  const list = await source.list(signal);
  if (progress.pollUntil > 0) view.compare(list.items);
  else view.restart(list.items);
  Object.assign(progress, { listedOnce: true, staleness: 0, refusedSince: undefined });
  return { resourceVersion: list.resourceVersion };
}

function afterStream({ progress, session }: Watch, end: StreamEnd, lastedMs: number): number {
  if (end.kind === "refused") {
    progress.pollUntil = performance.now() + session.timing.pollSpellMs;
    progress.cursor = undefined;
    return 0;
  }
  progress.pollUntil = 0;
  if (end.kind === "expired") {
    progress.cursor = undefined;
    progress.failures += 1;
    return progress.failures === 1 ? 0 : backoff(progress, session);
  }
  const good = end.heard || lastedMs >= session.timing.watchRetryMaxMs;
  progress.failures = good ? 0 : progress.failures;
  progress.staleness = good ? 0 : progress.staleness + 1;
  if (progress.staleness >= 3) progress.cursor = undefined; // e.g. a cursor from the future of an etcd restored from backup
  if (good && end.kind === "ended") return 0;
  progress.failures += 1;
  return backoff(progress, session);
}

/** Decides whether the watch goes on after an error, and returns how long to wait; else throws it. */
function afterError(progress: Progress, session: Session, error: unknown): number {
  if (isDbopError(error, "Forbidden", "Unauthorized", "NotFound")) {
    progress.refusedSince ??= performance.now();
    const forGood =
      !progress.listedOnce || performance.now() - progress.refusedSince >= session.timing.refusedForGoodMs;
    if (forGood) throw error;
  } else if (!isDbopError(error, "Unreachable", "ServerError", "Unknown")) {
    throw error;
  }
  progress.failures += 1;
  return backoff(progress, session);
}

function backoff(progress: Progress, { timing }: Session): number {
  return backoffDelay(progress.failures - 1, [timing.watchRetryMinMs, timing.watchRetryMaxMs], Math.random());
}
