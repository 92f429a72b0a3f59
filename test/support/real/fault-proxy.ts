/**
 * A way to the real API server on which things go wrong: a TLS server on loopback that passes every request on, watches and exec too, and
 * does to each what a {@link FaultSource} says.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { createAuthority, issueCertificate } from "../../../src/resources/tls/issue.ts";
import type { Call, Fault, FaultSource } from "../fake-kube/faults.ts";
import { askedBy } from "./api-call.ts";
import { admin } from "./cluster.ts";
import { asText, firstHalf, refusal, send, tear } from "./http-answer.ts";
import { Upstream, type Upgraded } from "./upstream.ts";

export interface FaultProxy {
  /** Path of a kubeconfig that leads through it. */
  readonly kubeconfig: string;
  /** Every request so far, and what befell it. */
  readonly log: readonly Befallen[];
  /** Ends every connection. */
  close(): Promise<void>;
}

export interface Befallen {
  readonly call: Call;
  readonly fault: Fault | undefined;
}

/** It acts for the administrator of the suite's cluster, and only for whoever has its kubeconfig. */
export async function startFaultProxy(faults: FaultSource): Promise<FaultProxy> {
  const { access } = await admin();
  const { authority, certificate } = await certificates();
  const token = randomBytes(16).toString("hex");
  const upstream = new Upstream(access);
  const register = new Register(faults, token);
  const server = createServer({ ...certificate, keepAliveTimeout: 300_000 });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    answer(register, upstream, { request, response }).catch(() => response.destroy());
  });
  server.on("upgrade", (request: IncomingMessage, client: Duplex) => {
    client.on("error", () => client.destroy());
    upgrade(register, upstream, { request, client }).catch(() => client.destroy());
  });
  const ended = tracked(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const folder = mkdtempSync(join(tmpdir(), "dbop-faults-"));
  const kubeconfig = join(folder, "kubeconfig");
  const { port } = server.address() as AddressInfo;
  writeFileSync(kubeconfig, JSON.stringify(configOf(port, { authority, token })), { mode: 0o600 });
  return {
    kubeconfig,
    log: register.log,
    close: async () => {
      upstream.close();
      await ended();
      rmSync(folder, { recursive: true });
    },
  };
}

async function certificates(): Promise<{
  readonly authority: string;
  readonly certificate: { cert: string; key: string };
}> {
  const common = { commonName: "fault proxy", now: new Date(), days: 1 };
  const authority = await createAuthority(common.commonName, common.now, common.days);
  const certificate = await issueCertificate({
    ...common,
    authority,
    dnsNames: [],
    ipAddresses: ["127.0.0.1"],
    usages: ["server"],
  });
  return { authority: authority.cert, certificate };
}

function configOf(port: number, { authority, token }: { readonly authority: string; readonly token: string }): object {
  const server = `https://127.0.0.1:${String(port)}`;
  const data = Buffer.from(authority, "utf8").toString("base64");
  const name = "faulty";
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "certificate-authority-data": data } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  };
}

/** How to end the server with all its connections, upgraded ones too. */
function tracked(server: Server): () => Promise<void> {
  const sockets = new Set<Duplex>();
  server.on("secureConnection", (socket: Duplex) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  });
  return () =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      for (const socket of sockets) socket.destroy();
    });
}

/** Counts requests and decides what befalls each. */
class Register {
  readonly log: Befallen[] = [];
  readonly #counts = new Map<string, number>();
  readonly #faults: FaultSource;
  readonly #token: string;

  constructor(faults: FaultSource, token: string) {
    this.#faults = faults;
    this.#token = token;
  }

  /** A stranger's is refused. */
  enter({ method = "", url = "", headers }: IncomingMessage): {
    readonly watch: boolean;
    readonly fault: Fault | undefined;
  } {
    if (headers.authorization !== `Bearer ${this.#token}`)
      return { watch: false, fault: { kind: "status", code: 401 } };
    const asked = askedBy(method, url);
    const key = `${asked.verb} ${asked.kind ?? ""} ${asked.name}`;
    const nth = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, nth);
    const call = { ...asked, client: "dbop", n: this.log.length + 1, nth };
    const fault = this.#faults(call);
    this.log.push({ call, fault });
    return { watch: asked.verb === "watch", fault };
  }
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function answer(register: Register, upstream: Upstream, { request, response }: Exchange): Promise<void> {
  const { watch, fault } = register.enter(request);
  if (fault?.kind === "slow") await sleep(fault.ms);
  if (isLost(fault)) response.destroy();
  else if (fault?.kind === "status" && fault.applied !== true) send(response, refusal(fault.code));
  else if (watch) await passWatch(upstream, { request, response }, fault);
  else await passOn(upstream, { request, response }, fault);
}

/** Before it reached the API server. */
function isLost(fault: Fault | undefined): boolean {
  return fault?.kind === "refused" || (fault?.kind === "drop" && !fault.applied);
}

async function passOn(upstream: Upstream, { request, response }: Exchange, fault: Fault | undefined): Promise<void> {
  const whole = await upstream.whole(request);
  switch (fault?.kind) {
    case "drop":
      response.destroy();
      return;
    case "status":
      send(response, refusal(fault.code));
      return;
    case "torn":
      tear(response, whole);
      return;
    default:
      send(response, whole);
  }
}

/** One that is cut ends in the middle of its first event. */
async function passWatch(upstream: Upstream, { request, response }: Exchange, fault: Fault | undefined): Promise<void> {
  const events = await upstream.stream(request);
  response.on("close", () => events.destroy());
  events.on("error", () => response.destroy());
  const { connection: _, ...headers } = events.headers;
  response.writeHead(events.statusCode ?? 502, headers);
  response.flushHeaders();
  if (fault?.kind === "cut") {
    events.once("data", (chunk: Buffer) => {
      response.write(firstHalf(chunk), () => response.destroy());
    });
  } else events.pipe(response);
}

async function upgrade(
  register: Register,
  upstream: Upstream,
  { request, client }: { readonly request: IncomingMessage; readonly client: Duplex },
): Promise<void> {
  const { fault } = register.enter(request);
  if (fault?.kind === "slow") await sleep(fault.ms);
  if (isLost(fault)) {
    client.destroy();
    return;
  }
  if (fault?.kind === "status") {
    client.end(asText(refusal(fault.code)));
    return;
  }
  const upgraded = await upstream.upgrade(request);
  if (upgraded.outcome === "refused") client.end(asText(upgraded.answer));
  else passUpgraded(client, upgraded, fault);
}

/** One that is dropped or cut ends before its first word or in the middle of it; what was started goes on to its own end. */
function passUpgraded(
  client: Duplex,
  { answer: { rawHeaders }, socket, head }: Extract<Upgraded, { outcome: "upgraded" }>,
  fault: Fault | undefined,
): void {
  const leave = (): void => {
    client.destroy();
    socket.resume();
  };
  socket.on("error", leave);
  if (head.length > 0) socket.unshift(head);
  if (fault?.kind === "drop") {
    leave();
    return;
  }
  const headers = rawHeaders.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`));
  client.write(`HTTP/1.1 101 Switching Protocols\r\n${headers.join("")}\r\n`);
  if (fault?.kind === "cut") {
    socket.once("data", (chunk: Buffer) => {
      client.write(firstHalf(chunk), leave);
    });
    return;
  }
  client.on("close", () => socket.destroy());
  socket.on("close", () => client.destroy());
  socket.pipe(client);
  client.pipe(socket);
}
