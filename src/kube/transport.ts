/** One HTTP request over the agent of {@link ClusterAccess}, once, telling exactly how far a failed one got. */
import { Buffer } from "node:buffer";
import { request as httpRequest } from "node:http";
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import type { ClusterAccess, TlsOptions } from "./access.ts";
import { AttemptFailed } from "./connect-error.ts";

export interface Outgoing {
  readonly method: string;
  /** With query; without the server's own prefix. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly tls: TlsOptions;
  readonly body: string | undefined;
}

export interface Incoming {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly stream: IncomingMessage;
}

/** Long enough not to be noticed, short enough that a NAT table does not forget the connection. */
const keepAliveProbeMs = 15_000;

/**
 * Sends the request; resolves when the answer's head is there. Whoever calls must read or destroy `stream`. Aborting `signal` destroys
 * both. Rejects with `AttemptFailed`.
 */
export function openRequest(access: ClusterAccess, outgoing: Outgoing, signal: AbortSignal): Promise<Incoming> {
  return new Promise((resolve, reject) => {
    const request = startRequest(access, outgoing, signal);
    const progress = sendWhenAlive(request, outgoing.body);
    request.once("response", (stream) => {
      resolve({ status: stream.statusCode ?? 0, headers: stream.headers, stream });
    });
    // stays for the life of the request: an error after the answer's head must not go unhandled
    request.on("error", (error) => {
      reject(new AttemptFailed(progress.phase, error));
    });
  });
}

/** The whole body as text, inflated when it came compressed. Rejects with `AttemptFailed` when it was cut short. */
export async function readBody(incoming: Incoming): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of incoming.stream) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    return (incoming.headers["content-encoding"] === "gzip" ? await inflate(bytes) : bytes).toString("utf8");
  } catch (error) {
    throw new AttemptFailed("sent", error);
  }
}

/** Which part of the request may have left. Starts as `connecting` and never goes back. */
export interface Progress {
  readonly phase: "connecting" | "sent";
}

/**
 * Ends `request` with `body` and keeps account of whether anything was sent. On a new connection nothing is until it is
 * established. A kept connection may have been closed by the server while we did not look: the request waits one turn of the event
 * loop, in which that news is read, and only then counts as sent.
 */
export function sendWhenAlive(request: ClientRequest, body: string | undefined): Progress {
  const progress: { phase: "connecting" | "sent" } = { phase: "connecting" };
  const markSent = (): void => {
    progress.phase = "sent";
  };
  request.once("socket", (socket) => {
    socket.setKeepAlive(true, keepAliveProbeMs);
    if (request.reusedSocket) {
      afterOneLoopTurn(() => {
        if (request.destroyed || socket.destroyed) return;
        markSent();
        request.end(body);
      });
      return;
    }
    onceEstablished(socket, markSent);
    request.end(body);
  });
  return progress;
}

/** Flat raw pairs as Node's header object; a repeated name (Impersonate-Group) becomes an array, which Node sends as repeated headers. */
export function headerObject(pairs: readonly string[]): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const name = pairs[at] ?? "";
    headers[name] = [...(headers[name] ?? []), pairs[at + 1] ?? ""];
  }
  return headers;
}

/** The path on the wire: the server URL's own path is a prefix (Rancher, `kubectl proxy --www-prefix`). */
export function pathOnServer(server: URL, path: string): string {
  return server.pathname.replace(/\/+$/, "") + path;
}

function startRequest(access: ClusterAccess, outgoing: Outgoing, signal: AbortSignal): ClientRequest {
  const { server } = access;
  const length = outgoing.body === undefined ? {} : { "content-length": Buffer.byteLength(outgoing.body) };
  const options = {
    method: outgoing.method,
    host: server.hostname.replace(/^\[|\]$/g, ""),
    path: pathOnServer(server, outgoing.path),
    headers: { ...outgoing.headers, ...length },
    agent: access.agent,
    signal,
    ...(server.port !== "" && { port: server.port }),
  };
  return server.protocol === "http:" ? httpRequest(options) : httpsRequest({ ...options, ...outgoing.tls });
}

function onceEstablished(socket: Socket, then: () => void): void {
  // `secureConnecting` is TLSSocket's own, undocumented; without it we would call bytes sent too early, which errs on the safe side
  const handshaking = "secureConnecting" in socket && socket.secureConnecting === true;
  if (handshaking) socket.once("secureConnect", then);
  else if (socket.connecting) socket.once("connect", then);
  else then();
}

/** Two check phases have a whole poll phase between them. */
function afterOneLoopTurn(then: () => void): void {
  setImmediate(() => setImmediate(then));
}

async function inflate(bytes: Buffer): Promise<Buffer> {
  const { gunzip } = await import("node:zlib"); // rare: the API server compresses answers above 128 KiB only
  return new Promise((resolve, reject) => {
    gunzip(bytes, (error, inflated) => {
      if (error === null) resolve(inflated);
      else reject(error);
    });
  });
}
