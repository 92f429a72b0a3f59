/** A request tried once: authenticated, limited in time, counted and traced. */
import type { IncomingHttpHeaders } from "node:http";
import type { Attempted } from "./api-error.ts";
import { AttemptFailed, interrupted } from "./connect-error.ts";
import { redactBody } from "./redact.ts";
import { credentials, passWarnings, record } from "./session.ts";
import type { Session } from "./session.ts";
import { headerObject, openRequest, readBody } from "./transport.ts";
import type { Incoming } from "./transport.ts";

export interface Call extends Attempted {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  /** Its answer may hold anything, and is left out of traces: what a container wrote. */
  readonly opaque?: boolean;
  readonly signal?: AbortSignal;
}

/** A complete answer, whatever its code. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * Sends the call and reads the answer, whatever its code. After a 401 the credentials are renewed and it is sent once more. Throws
 * `Interrupted`, or what getting credentials threw.
 */
export function attempt(session: Session, call: Call): Promise<Answer | AttemptFailed> {
  const read = async (incoming: Incoming): Promise<Answer> => ({
    status: incoming.status,
    headers: incoming.headers,
    body: await readBody(incoming),
  });
  const encoding = session.access.disableCompression ? "identity" : "gzip";
  return renewingCredentials(session, call, {
    encoding,
    read,
    bodyOf: ({ body }) => (call.opaque === true ? "" : body),
  });
}

/** The same, but leaves the body of a 200 to be read as it comes, uncompressed; aborting `call.signal` ends it. */
export function attemptStream(session: Session, call: Call): Promise<Incoming | AttemptFailed> {
  const pass = (incoming: Incoming): Promise<Incoming> => {
    if (incoming.status !== 200) incoming.stream.destroy();
    return Promise.resolve(incoming);
  };
  return renewingCredentials(session, call, { encoding: "identity", read: pass, bodyOf: () => "" });
}

type Head = Pick<Answer, "status" | "headers">;

interface Reading<A extends Head> {
  readonly encoding: "gzip" | "identity";
  readonly read: (incoming: Incoming) => Promise<A>;
  readonly bodyOf: (answer: A) => string;
}

async function renewingCredentials<A extends Head>(
  session: Session,
  call: Call,
  reading: Reading<A>,
): Promise<A | AttemptFailed> {
  const refused = await tryOnce(session, call, reading);
  if (refused.result instanceof AttemptFailed || refused.result.status !== 401) return refused.result;
  if (!session.access.refresh(refused.pairs)) return refused.result;
  return (await tryOnce(session, call, reading)).result;
}

async function tryOnce<A extends Head>(
  session: Session,
  call: Call,
  { encoding, read, bodyOf }: Reading<A>,
): Promise<{ readonly result: A | AttemptFailed; readonly pairs: readonly string[] }> {
  const { pairs, tls } = await credentials(session.access, call.signal); // may run a login: not on the clock
  const began = performance.now();
  const headers = { ...headersOf(session, call, encoding), ...headerObject(pairs) };
  const outgoing = { method: call.method, path: call.path, headers, tls, body: call.body };
  const result = await withLimit(call.signal, session.timeoutMs, async (signal) =>
    read(await openRequest(session.access, outgoing, signal)),
  );
  const failed = result instanceof AttemptFailed;
  record(session, {
    method: call.method,
    path: call.path,
    status: failed ? undefined : result.status,
    error: failed ? result.message : undefined,
    ms: performance.now() - began,
    bodies: () => ({ sent: redactBody(call.body ?? ""), received: failed ? "" : redactBody(bodyOf(result)) }),
  });
  if (call.signal?.aborted === true) throw interrupted(call.doing);
  if (!failed) passWarnings(session, result.headers);
  return { result, pairs };
}

function headersOf(session: Session, call: Call, encoding: string): Record<string, string> {
  return {
    accept: "application/json",
    "accept-encoding": encoding,
    "user-agent": session.userAgent,
    ...(call.contentType !== undefined && { "content-type": call.contentType }),
  };
}

/** Runs `work` with a signal that follows `outer`, and is also aborted when `work` takes longer than `ms`. */
async function withLimit<A>(
  outer: AbortSignal | undefined,
  ms: number,
  work: (signal: AbortSignal) => Promise<A>,
): Promise<A | AttemptFailed> {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort();
  }, ms);
  try {
    return await work(outer === undefined ? late.signal : AbortSignal.any([outer, late.signal]));
  } catch (error) {
    if (!(error instanceof AttemptFailed)) throw error;
    return late.signal.aborted ? new AttemptFailed(error.phase, error.cause, true) : error;
  } finally {
    clearTimeout(timer);
  }
}
