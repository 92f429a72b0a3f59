/** One WebSocket connection to a process in a container, from the handshake to its end. */
import { Buffer } from "node:buffer";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { ClientOptions, WebSocket } from "ws";
import type { ClusterAccess, TlsOptions } from "./access.ts";
import { AttemptFailed } from "./connect-error.ts";
import { heartOf } from "./exec-heart.ts";
import { collectOutput, execPath, readExecEnd, stdinFrames, subprotocols } from "./exec-protocol.ts";
import type { ExecEnd, Output } from "./exec-protocol.ts";
import type { ExecRequest } from "./kube-client.ts";
import type { Timing } from "./timing.ts";
import { pathOnServer, readBody, sendWhenAlive } from "./transport.ts";
import type { Progress } from "./transport.ts";

export type ConnectionEnd =
  | (ExecEnd & { readonly stdout: string; readonly stderr: string })
  /** The handshake was answered with another code than 101: no process was started. */
  | { readonly kind: "refused"; readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }
  | { readonly kind: "notSent"; readonly failure: AttemptFailed };

export interface ConnectionParts {
  readonly access: ClusterAccess;
  readonly headers: Record<string, string[]>;
  readonly tls: TlsOptions;
  readonly timing: Timing;
  /** Aborted with the reason to tell (a string) when nobody waits any longer. */
  readonly signal: AbortSignal;
}

/** More is no answer of an administrative command. */
const mostOutputBytes = 16 * 1024 * 1024;

/** Runs the process and waits for its end. Never rejects: what went wrong is in the result. */
export async function runConnection(request: ExecRequest, parts: ConnectionParts): Promise<ConnectionEnd> {
  const { WebSocket: Socket } = await import("ws"); // few commands exec
  let progress: Progress = { phase: "connecting" };
  const options: ClientOptions = {
    ...parts.tls,
    agent: parts.access.agent,
    perMessageDeflate: false,
    maxPayload: 2 * mostOutputBytes,
    finishRequest: (upgrade) => {
      for (const [name, values] of Object.entries(parts.headers)) upgrade.setHeader(name, values);
      progress = sendWhenAlive(upgrade, undefined);
    },
  };
  const url = new URL(pathOnServer(parts.access.server, execPath(request)), parts.access.server.origin);
  const socket = new Socket(url, subprotocols(request), options);
  const closed = await converse(socket, request, parts);
  if (closed.refusal !== undefined) return closed.refusal;
  if (progress.phase === "connecting") {
    return { kind: "notSent", failure: new AttemptFailed("connecting", closed.failure, closed.end !== undefined) };
  }
  const lost: ExecEnd = { kind: "unknown", why: new AttemptFailed("sent", closed.failure).message };
  return { ...(closed.end ?? lost), ...closed.output.text() };
}

/** What is known of the process so far. */
interface Conversation {
  readonly output: Output;
  end: ExecEnd | undefined;
  refusal: ConnectionEnd | undefined;
  failure: unknown;
}

/** Resolves when the connection has ended. Listens from before the handshake: messages may follow it in the same packet. */
function converse(socket: WebSocket, request: ExecRequest, { timing, signal }: ConnectionParts): Promise<Conversation> {
  const talk: Conversation = {
    output: collectOutput(mostOutputBytes),
    end: undefined,
    refusal: undefined,
    failure: undefined,
  };
  const giveUp = (why: string): void => {
    talk.end ??= { kind: "unknown", why };
    socket.terminate();
  };
  const onAbort = (): void => {
    giveUp(String(signal.reason));
  };
  const heart = heartOf(socket, timing, () => {
    giveUp("the connection fell silent");
  });
  socket.on("open", () => {
    heart.start();
    for (const frame of request.stdin === undefined ? [] : stdinFrames(request.stdin)) socket.send(frame);
  });
  socket.on("message", (data) => {
    heart.beat();
    if (Buffer.isBuffer(data)) hear(talk, data);
    if (talk.output.overflowed()) giveUp(`it wrote more than ${mostOutputBytes} bytes`);
    if (talk.end !== undefined) closeSoon(socket, timing.closeMs);
  });
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  return untilClosed(socket, talk).finally(() => {
    heart.stop();
    signal.removeEventListener("abort", onAbort);
  });
}

function hear(talk: Conversation, message: Buffer): void {
  const status = talk.output.take(message);
  if (status !== undefined) talk.end ??= readExecEnd(status);
}

function untilClosed(socket: WebSocket, talk: Conversation): Promise<Conversation> {
  return new Promise((resolve) => {
    socket.on("unexpected-response", (upgrade, response) => {
      void readRefusal(response).then((refusal) => {
        talk.refusal = refusal;
        upgrade.destroy();
        resolve(talk);
      });
    });
    socket.on("error", (error) => {
      talk.failure = error;
    });
    socket.on("close", (_code, reason) => {
      talk.failure ??= new Error(droppedWords(reason.toString("utf8")));
      resolve(talk);
    });
  });
}

function droppedWords(reason: string): string {
  return `the connection dropped before an exit status came${reason === "" ? "" : `: ${reason}`}`;
}

async function readRefusal(response: IncomingMessage): Promise<ConnectionEnd> {
  const incoming = { status: response.statusCode ?? 0, headers: response.headers, stream: response };
  const body = await readBody(incoming).catch(() => "");
  return { kind: "refused", status: incoming.status, headers: incoming.headers, body };
}

/** Ends the connection politely, so that what is still on the way arrives; then without asking. */
function closeSoon(socket: WebSocket, ms: number): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.close(1000);
  const timer = setTimeout(() => {
    socket.terminate();
  }, ms);
  socket.once("close", () => {
    clearTimeout(timer);
  });
}
