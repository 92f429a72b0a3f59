/** A real HTTP(S) server on 127.0.0.1 that answers as a test tells it to, and misbehaves on demand. */
import { Agent as HttpAgent, createServer as createHttpServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from "node:http";
import { Agent as HttpsAgent, createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { DbopError } from "../../src/errors.ts";
import type { ClusterAccess } from "../../src/kube/access.ts";
import { createRestClient } from "../../src/kube/rest-client.ts";
import type { RestClientOptions } from "../../src/kube/rest-client.ts";
import type { Timing } from "../../src/kube/timing.ts";

export interface Received {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

export type Handler = (received: Received, response: ServerResponse) => void;

export interface ScriptedServer {
  readonly received: Received[];
  readonly port: number;
  readonly server: Server;
  /** What happens to the next requests. The last handler stays. */
  answerWith(...handlers: readonly [Handler, ...Handler[]]): void;
  access(changes?: Partial<ClusterAccess>): ClusterAccess;
  client(options?: Partial<RestClientOptions>, changes?: Partial<ClusterAccess>): ReturnType<typeof createRestClient>;
  connections(): number;
  /** Cuts every connection. */
  cut(): void;
  /** Stops listening and cuts every connection; `listen` takes the same port again. */
  stop(): Promise<void>;
  listen(): Promise<void>;
}

/** Not the port of a server that has stopped: it is given out anew, to a server of another test or to the very connection that tries it. */
export const nobodyListens = new URL("http://127.0.0.1:1");

/** Waits short enough for tests, in proportion. */
const fast: Partial<Timing> = {
  requestTimeoutMs: 2_000,
  retryBudgetMs: 1_000,
  firstContactBudgetMs: 300,
  retryMinMs: 1,
  retryMaxMs: 10,
  watchIdleMs: 2_000,
  watchRetryMinMs: 1,
  watchRetryMaxMs: 10,
  refusedForGoodMs: 200,
  pollMs: 5,
  pollSpellMs: 60_000,
  pingMs: 10,
  silenceMs: 2_000,
  closeMs: 50,
};

export const token = "c4n4ry-token";

export async function startScriptedServer(tls?: {
  readonly cert: string;
  readonly key: string;
}): Promise<ScriptedServer> {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  const script: Handler[] = [];
  let accepted = 0;
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    void receive(request).then((one) => {
      received.push(one);
      const handler = script.length > 1 ? script.shift() : script[0];
      handler?.(one, response);
    });
  };
  const server = tls === undefined ? createHttpServer(onRequest) : createHttpsServer(tls, onRequest);
  server.on("connection", (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
  });
  let port = 0;
  const listen = (): Promise<void> =>
    new Promise((resolve) => {
      server.listen(port, "127.0.0.1", () => {
        port = (server.address() as AddressInfo).port;
        resolve();
      });
    });
  await listen();
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const access = (changes: Partial<ClusterAccess> = {}): ClusterAccess => plainAccess(port, tls !== undefined, changes);
  return {
    received,
    server,
    get port() {
      return port;
    },
    answerWith: (...handlers) => {
      script.splice(0, script.length, ...handlers);
    },
    access,
    client: (options = {}, changes = {}) =>
      createRestClient(access(changes), { userAgent: "test/1", ...options, timing: { ...fast, ...options.timing } }),
    connections: () => accepted,
    cut,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        cut();
      }),
    listen,
  };
}

function plainAccess(port: number, secure: boolean, changes: Partial<ClusterAccess>): ClusterAccess {
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true });
  return {
    server: new URL(`${secure ? "https" : "http"}://127.0.0.1:${port}`),
    contextName: "test",
    namespace: "default",
    tls: { rejectUnauthorized: true },
    authHeaders: () => Promise.resolve(["Authorization", `Bearer ${token}`]),
    clientCertificate: () => Promise.resolve(undefined),
    refresh: () => false,
    requestTimeoutMs: 0,
    disableCompression: false,
    agent,
    close: () => {
      agent.destroy();
    },
    ...changes,
  };
}

async function receive(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = request.url ?? "";
  const parsed = new URL(url, "http://any");
  return {
    method: request.method ?? "",
    url,
    path: parsed.pathname,
    query: parsed.searchParams,
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    body: Buffer.concat(chunks).toString("utf8"),
  };
}

/** Answers with JSON. */
export const json =
  (code: number, body: unknown, headers: Readonly<Record<string, string | string[]>> = {}): Handler =>
  (_received, response) => {
    response.writeHead(code, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };

/** Answers as the API server refuses. */
export const refuse = (
  code: number,
  reason: string,
  message: string,
  details: object = {},
  headers: Readonly<Record<string, string>> = {},
): Handler => json(code, statusBody(code, reason, message, details), headers);

export function statusBody(code: number, reason: string, message: string, details: object = {}): object {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, details, code };
}

export const text =
  (code: number, body: string): Handler =>
  (_received, response) => {
    response.writeHead(code, { "content-type": "text/plain" }).end(body);
  };

/** Reads the request, then cuts the connection. */
export const drop: Handler = (_received, response) => {
  response.socket?.destroy();
};

/** Reads the request and never answers. */
export const hang: Handler = () => undefined;

/** Begins an answer and cuts it. */
export const cutShort: Handler = (_received, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
  response.write('{"kind":', () => response.socket?.destroy());
};

/** What a promise was rejected with; fails when it wasn't, or with something that is no DbopError. */
export async function failureOf(promise: Promise<unknown>): Promise<DbopError> {
  const failure = await promise.then(
    () => new Error("it did not fail"),
    (error: unknown) => error,
  );
  if (failure instanceof DbopError) return failure;
  throw failure;
}
