/** What may be tried again, and when. Pure decisions; `caller.ts` acts on them. */
import type { IncomingHttpHeaders } from "node:http";
import type { AttemptFailed } from "./connect-error.ts";
import type { Timing } from "./timing.ts";

/** How the last attempt ended, where it did not simply succeed. */
export type Setback =
  | { readonly kind: "failed"; readonly failure: AttemptFailed }
  | { readonly kind: "refused"; readonly status: number; readonly retryAfterMs: number | undefined };

export interface History {
  /** Whether the call changes nothing (a GET, a dry run, a review), so that doing it twice does no harm. */
  readonly safe: boolean;
  /** Attempts made so far, at least 1. */
  readonly attempts: number;
  /** Milliseconds since the first attempt began. */
  readonly elapsedMs: number;
  /** Whether the server ever answered this client. */
  readonly answered: boolean;
  /** In [0, 1), for jitter. */
  readonly random: number;
}

/** A server that keeps answering 500, 502 or 504 won't stop soon. */
const mostErrorRetries = 3;

/**
 * Milliseconds until the next attempt, or undefined to give up. A write is repeated only when it surely was not acted on: refused
 * before a byte was sent, or turned away with 429 and Retry-After.
 */
export function retryDelay(setback: Setback, history: History, timing: Timing): number | undefined {
  const worthIt =
    setback.kind === "failed" ? mayRetryFailure(setback.failure, history) : mayRetryStatus(setback, history);
  if (!worthIt) return undefined;
  const backoff = backoffDelay(history.attempts - 1, [timing.retryMinMs, timing.retryMaxMs], history.random);
  const delay = setback.kind === "refused" ? (setback.retryAfterMs ?? backoff) : backoff;
  const budget = history.answered ? timing.retryBudgetMs : timing.firstContactBudgetMs;
  const firstTimeout = setback.kind === "failed" && setback.failure.timedOut; // may by itself have used up the budget
  return firstTimeout || history.elapsedMs + delay <= budget ? delay : undefined;
}

/** Doubles from `min` to `max` with every step (0, 1, …); `random` in [0, 1) takes off up to half, lest many clients return at once. */
export function backoffDelay(step: number, [min, max]: readonly [number, number], random: number): number {
  return Math.min(max, min * 2 ** step) * (1 - random / 2);
}

/** Retry-After in milliseconds: whole seconds or an HTTP date (RFC 9110 §10.2.3). `now` in milliseconds since the epoch. */
export function retryAfterMs(headers: IncomingHttpHeaders, now: number): number | undefined {
  const value = headers["retry-after"];
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function mayRetryFailure(failure: AttemptFailed, history: History): boolean {
  if (!failure.transient) return false;
  if (failure.phase === "sent" && !history.safe) return false;
  if (failure.addressUnknown && !history.answered) return false;
  return !failure.timedOut || history.attempts < 2;
}

function mayRetryStatus(setback: Setback & { kind: "refused" }, history: History): boolean {
  if (setback.status === 429) return history.safe || setback.retryAfterMs !== undefined;
  if (!history.safe) return false;
  if (setback.status === 503) return true;
  return [500, 502, 504].includes(setback.status) && history.attempts <= mostErrorRetries;
}
