/** Real servers on 127.0.0.1, in this process: an API server that says what it saw, and proxies that lead to it whatever the name asked for. */
import { readFileSync } from "node:fs";
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server as HttpServer,
} from "node:http";
import { createServer as createHttpsServer, request as httpsRequest } from "node:https";
import { connect, createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import type { ClusterAccess } from "../../src/kube/access.ts";
import { fixtures } from "./host-fixture.ts";

export const pem = (name: string): string => readFileSync(join(fixtures, "tls", name), "utf8");

/** What a request looked like from the server. */
export interface Seen {
  readonly path: string;
  /** Authorization and Impersonate-*, lower-case names, in order of arrival but sorted. */
  readonly headers: readonly string[];
  readonly client: string | undefined;
  readonly servername: string | undefined;
}

export interface Running {
  readonly port: number;
  close(): Promise<void>;
}

/** Answers every request with 200 and its {@link Seen} as JSON; asks for a client certificate. */
export async function startApiServer(): Promise<Running & { readonly seen: Seen[] }> {
  const seen: Seen[] = [];
  const answer: RequestListener = (request, response) => {
    const what = seenIn(request);
    seen.push(what);
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(what));
  };
  const tls = {
    cert: pem("server.crt"),
    key: pem("server.key"),
    ca: pem("ca.crt"),
    requestCert: true,
    rejectUnauthorized: false,
  };
  return { ...(await listening(createHttpsServer(tls, answer))), seen };
}

function seenIn(request: IncomingMessage): Seen {
  const pairs = request.rawHeaders.flatMap((name, index, all) =>
    index % 2 === 0 ? [`${name.toLowerCase()}: ${all[index + 1] ?? ""}`] : [],
  );
  const socket = request.socket instanceof TLSSocket ? request.socket : undefined;
  const servername = socket?.servername;
  return {
    path: request.url ?? "",
    headers: pairs.filter((pair) => /^(authorization|impersonate-)/.test(pair)).sort(),
    client: socket?.authorized ? String(socket.getPeerCertificate().subject.CN) : undefined,
    servername: typeof servername === "string" ? servername : undefined,
  };
}

/** A proxy that takes CONNECT, notes target and Proxy-Authorization, and leads to `port`; or answers `refusal`. */
export async function startConnectProxy(
  port: number,
  options: { readonly secure?: boolean; readonly refusal?: string } = {},
): Promise<Running & { readonly seen: string[] }> {
  const seen: string[] = [];
  const server: HttpServer = options.secure
    ? createHttpsServer({ cert: pem("server.crt"), key: pem("server.key") })
    : createHttpServer();
  server.on("connect", (request: IncomingMessage, socket: Socket) => {
    seen.push([request.url, request.headers["proxy-authorization"]].filter(Boolean).join(" "));
    if (options.refusal !== undefined) socket.end(`HTTP/1.1 ${options.refusal}\r\nContent-Length: 0\r\n\r\n`);
    else lead(socket, port, () => socket.write("HTTP/1.1 200 Connection established\r\n\r\n"));
  });
  return { ...(await listening(server)), seen };
}

/** A SOCKS5 proxy (RFC 1928) without authentication that takes host names only. */
export async function startSocksProxy(port: number): Promise<Running & { readonly seen: string[] }> {
  const seen: string[] = [];
  const server = createTcpServer((socket) => {
    socket.once("data", () => {
      socket.write(Buffer.from([5, 0]));
      socket.once("data", (request) => {
        const length = request[4] ?? 0;
        seen.push(
          `type ${String(request[3])}: ${request.subarray(5, 5 + length).toString()}:${String(request.readUInt16BE(5 + length))}`,
        );
        lead(socket, port, () => socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0])));
      });
    });
  });
  return { ...(await listening(server)), seen };
}

function lead(socket: Socket, port: number, ready: () => void): void {
  const upstream = connect(port, "127.0.0.1", () => {
    ready();
    upstream.pipe(socket);
    socket.pipe(upstream);
  });
  for (const [one, other] of [
    [socket, upstream],
    [upstream, socket],
  ] as const)
    one.on("error", () => other.destroy());
}

function listening(server: Server): Promise<Running> {
  const sockets = new Set<Socket>();
  const track = (socket: Socket): void => {
    sockets.add(socket);
  };
  server.on("connection", track);
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const close = (): Promise<void> =>
        new Promise((closed) => {
          server.close(() => {
            closed();
          });
          for (const socket of sockets) socket.destroy();
        });
      resolve({ port: (server.address() as AddressInfo).port, close });
    });
  });
}

/** GET of `path` as the REST client makes it: credentials per request, TLS per request, one agent. Resolves what the server saw. */
export async function ask(access: ClusterAccess, path: string): Promise<Seen> {
  const headers = await access.authHeaders();
  const tls = { ...access.tls, ...(await access.clientCertificate()) };
  return new Promise((resolve, reject) => {
    const url = new URL(access.server.pathname.replace(/\/$/, "") + path, access.server);
    const raw = [...headers, "Host", url.host];
    const request = httpsRequest(url, { agent: access.agent, headers: raw, ...tls }, (response) => {
      response.setEncoding("utf8");
      let text = "";
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => {
        resolve(JSON.parse(text) as Seen);
      });
    });
    request.on("error", reject);
    request.end();
  });
}
