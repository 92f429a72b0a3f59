/** `KubeClient.exec`: a process in a container over WebSocket, its outcome never guessed. */
import { DbopError } from "../errors.ts";
import { apiError } from "./api-error.ts";
import { parseStatus } from "./api-status.ts";
import { pause } from "./caller.ts";
import { connectionLost, interrupted, unreachable } from "./connect-error.ts";
import { runConnection } from "./exec-connection.ts";
import type { ConnectionEnd } from "./exec-connection.ts";
import { execPath } from "./exec-protocol.ts";
import type { ExecRequest, ExecResult } from "./kube-client.ts";
import { retryAfterMs, retryDelay } from "./retry.ts";
import type { Setback } from "./retry.ts";
import { credentials, record } from "./session.ts";
import type { Session } from "./session.ts";
import { headerObject } from "./transport.ts";

/** See `KubeClient.exec`. Repeated only while it surely has not started: refused connections, 401 once, 429 with Retry-After. */
export async function execInPod(session: Session, request: ExecRequest): Promise<ExecResult> {
  const deadline = startDeadline(request);
  const began = performance.now();
  try {
    for (let attempts = 1; ; attempts += 1) {
      const end = await connectRenewingCredentials(session, request, deadline.signal);
      if (request.signal?.aborted === true) throw interrupted(doing(request));
      const setback = setbackOf(end);
      if (setback === undefined) return deadline.mark(resultOf(session, request, end));
      const elapsedMs = performance.now() - began;
      const history = { safe: false, attempts, elapsedMs, answered: session.seen.answered, random: Math.random() };
      const delay = retryDelay(setback, history, session.timing);
      if (delay === undefined || elapsedMs + delay >= request.deadlineMs) return resultOf(session, request, end);
      await pause(delay, { doing: doing(request), ...(request.signal && { signal: request.signal }) });
    }
  } finally {
    deadline.clear();
  }
}

interface Deadline {
  readonly signal: AbortSignal;
  /** Says of what is unknown when it is so because time was up. */
  mark(result: ExecResult): ExecResult;
  clear(): void;
}

function startDeadline(request: ExecRequest): Deadline {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(`no exit status within ${request.deadlineMs / 1000}s`);
  }, request.deadlineMs);
  const signal = request.signal === undefined ? late.signal : AbortSignal.any([request.signal, late.signal]);
  return {
    signal,
    mark: (result) => (result.outcome === "unknown" && late.signal.aborted ? { ...result, late: true } : result),
    clear: () => {
      clearTimeout(timer);
    },
  };
}

async function connectRenewingCredentials(
  session: Session,
  request: ExecRequest,
  signal: AbortSignal,
): Promise<ConnectionEnd> {
  const first = await connectOnce(session, request, signal);
  if (first.end.kind !== "refused" || first.end.status !== 401 || !session.access.refresh(first.pairs))
    return first.end;
  return (await connectOnce(session, request, signal)).end;
}

async function connectOnce(
  session: Session,
  request: ExecRequest,
  signal: AbortSignal,
): Promise<{ readonly end: ConnectionEnd; readonly pairs: readonly string[] }> {
  const { access, timing, userAgent } = session;
  const { pairs, tls } = await credentials(access, request.signal);
  const began = performance.now();
  const headers = { "user-agent": [userAgent], ...headerObject(pairs) };
  const end = await runConnection(request, { access, headers, tls, timing, signal });
  const path = execPath(request);
  record(session, {
    method: "GET",
    path: path.slice(0, path.indexOf("?")), // the query is the command line
    status: end.kind === "refused" ? end.status : end.kind === "notSent" ? undefined : 101,
    error: end.kind === "notSent" ? end.failure.message : end.kind === "unknown" ? end.why : undefined,
    ms: performance.now() - began,
    bodies: () => ({ sent: "", received: "" }), // what processes read and write may hold anything
  });
  return { end, pairs };
}

function setbackOf(end: ConnectionEnd): Setback | undefined {
  if (end.kind === "notSent") return { kind: "failed", failure: end.failure };
  if (end.kind !== "refused") return undefined;
  return { kind: "refused", status: end.status, retryAfterMs: retryAfterMs(end.headers, Date.now()) };
}

function resultOf(session: Session, request: ExecRequest, end: ConnectionEnd): ExecResult {
  switch (end.kind) {
    case "exited":
      return { outcome: "exited", code: end.code, stdout: end.stdout, stderr: end.stderr };
    case "unknown":
      return { outcome: "unknown", why: end.why, stdout: end.stdout, stderr: end.stderr };
    case "neverStarted":
      throw new DbopError("ServerError", `${doing(request)}: ${end.why}`);
    case "refused":
      throw refusal(request, end);
    case "notSent":
      throw session.seen.answered
        ? connectionLost(doing(request), session.access.server, end.failure)
        : unreachable(session.access.server, end.failure, request.deadlineMs);
  }
}

/** A refused upgrade started nothing, so a 5xx leaves nothing unknown; and a 400 is about the Pod's state, not about an object we sent. */
function refusal(request: ExecRequest, answer: ConnectionEnd & { kind: "refused" }): DbopError {
  const error = apiError(answer, { doing: doing(request), safe: true });
  const fromApiServer = parseStatus(answer.body) !== undefined;
  if (answer.status === 400 || (answer.status === 403 && !fromApiServer)) {
    const hint =
      request.stdin === undefined || fromApiServer
        ? undefined
        : "standard input over WebSocket needs Kubernetes 1.30 or newer";
    return new DbopError("ServerError", error.message, hint === undefined ? {} : { hint });
  }
  return error;
}

function doing({ namespace, pod, container }: ExecRequest): string {
  return `exec in pod/${pod} (namespace ${namespace}, container ${container})`;
}
