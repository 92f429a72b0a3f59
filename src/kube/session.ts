/** What the requests of one client share: the way to the cluster, and what has been seen of it so far. */
import type { IncomingHttpHeaders } from "node:http";
import type { ClusterAccess, TlsOptions } from "./access.ts";
import type { Timing } from "./timing.ts";
import { warningTexts } from "./warning-header.ts";

/** One attempt of a request, for `-v`. Nothing in it is secret. */
export interface RequestTrace {
  readonly method: string;
  /** With query, except of exec, whose query is the command line. */
  readonly path: string;
  /** Undefined when no answer came; then `error` says why. */
  readonly status: number | undefined;
  readonly error: string | undefined;
  readonly ms: number;
  /** JSON sent and received, credentials and Secret data replaced; "" when there was none. Costs time: call it only to print it. */
  bodies(): { readonly sent: string; readonly received: string };
}

export interface SessionOptions {
  readonly userAgent: string;
  readonly timing: Timing;
  /** Called once for each different warning of the server. */
  readonly onWarning?: (text: string) => void;
  readonly onRequest?: (trace: RequestTrace) => void;
}

export interface Session extends SessionOptions {
  readonly access: ClusterAccess;
  /** For one attempt of anything but a watch or exec. */
  readonly timeoutMs: number;
  readonly seen: { requests: number; answered: boolean; readonly warnings: Set<string> };
}

/** The one session of a client. */
export function createSession(access: ClusterAccess, options: SessionOptions): Session {
  const timeoutMs = access.requestTimeoutMs > 0 ? access.requestTimeoutMs : options.timing.requestTimeoutMs;
  return { ...options, access, timeoutMs, seen: { requests: 0, answered: false, warnings: new Set() } };
}

/** What identifies us in the next request. Throws `Unauthorized` when there is no credential. */
export async function credentials(
  access: ClusterAccess,
  signal: AbortSignal | undefined,
): Promise<{ readonly pairs: readonly string[]; readonly tls: TlsOptions }> {
  const pairs = await access.authHeaders(signal);
  const certificate = await access.clientCertificate(signal);
  return { pairs, tls: { ...access.tls, ...certificate } };
}

/** Counts and traces an attempt. */
export function record(session: Session, trace: RequestTrace): void {
  session.seen.requests += 1;
  session.seen.answered ||= trace.status !== undefined;
  session.onRequest?.(trace);
}

/** Passes on what the server warns of and has not warned of before. */
export function passWarnings(session: Session, headers: IncomingHttpHeaders): void {
  for (const text of warningTexts(headers.warning)) {
    if (session.seen.warnings.has(text)) continue;
    session.seen.warnings.add(text);
    session.onWarning?.(text);
  }
}
