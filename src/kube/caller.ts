/** Requests as the verbs of the client make them: retried where that is safe, failures told in our words. */
import { setTimeout as sleep } from "node:timers/promises";
import { apiError } from "./api-error.ts";
import { attempt, attemptStream } from "./attempt.ts";
import type { Answer, Call } from "./attempt.ts";
import { AttemptFailed, connectionLost, interrupted, outcomeUnknown, unreachable } from "./connect-error.ts";
import { retryAfterMs, retryDelay } from "./retry.ts";
import type { Setback } from "./retry.ts";
import type { Session } from "./session.ts";
import type { Incoming } from "./transport.ts";

/** Sends with retries. Refusals are returned; throws `Unreachable`, `Unknown`, `Interrupted` or what getting credentials threw. */
export async function send(session: Session, call: Call): Promise<Answer> {
  const began = performance.now();
  for (let attempts = 1; ; attempts += 1) {
    const result = await attempt(session, call);
    const setback = setbackOf(result);
    if (setback === undefined) return answerOf(session, call, result);
    const history = {
      safe: call.safe,
      attempts,
      elapsedMs: performance.now() - began,
      answered: session.seen.answered,
      random: Math.random(),
    };
    const delay = retryDelay(setback, history, session.timing);
    if (delay === undefined) return answerOf(session, call, result);
    await pause(delay, call);
  }
}

/** Sends once. Throws as {@link send}. */
export async function sendOnce(session: Session, call: Call): Promise<Answer> {
  return answerOf(session, call, await attempt(session, call));
}

/** Sends once and leaves the body of a 200 to be read as it comes; any other has none. Throws as {@link send}. */
export async function openStream(session: Session, call: Call): Promise<Incoming> {
  return answerOf(session, call, await attemptStream(session, call));
}

/** The answer's body, or the error its code means. */
export function accepted(answer: Answer, call: Call): string {
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  throw apiError(answer, call);
}

/** Waits; throws `Interrupted` when the call is aborted meanwhile. */
export async function pause(ms: number, call: Pick<Call, "doing" | "signal">): Promise<void> {
  try {
    await sleep(ms, undefined, call.signal === undefined ? {} : { signal: call.signal });
  } catch {
    throw interrupted(call.doing); // sleep rejects for no other reason
  }
}

function answerOf<A>(session: Session, call: Call, result: A | AttemptFailed): A {
  if (!(result instanceof AttemptFailed)) return result;
  if (!call.safe && result.phase === "sent") throw outcomeUnknown(call.doing, result);
  const { server } = session.access;
  throw session.seen.answered
    ? connectionLost(call.doing, server, result)
    : unreachable(server, result, session.timeoutMs);
}

function setbackOf(result: Answer | AttemptFailed): Setback | undefined {
  if (result instanceof AttemptFailed) return { kind: "failed", failure: result };
  if (result.status < 429) return undefined;
  return { kind: "refused", status: result.status, retryAfterMs: retryAfterMs(result.headers, Date.now()) };
}
