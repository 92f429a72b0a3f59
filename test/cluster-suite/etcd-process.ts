/** Runs etcd on this machine for `etcd-config.cluster.ts`: one folder, free ports, nothing left running. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import { memberConfig, type MemberConfig } from "../../src/engines/etcd/config/render.ts";
import type { Minor } from "../../src/engines/etcd/versions.ts";
import {
  createAuthority,
  issueCertificate,
  type CertificateRequest,
  type Pair,
} from "../../src/resources/tls/issue.ts";

export interface Wish {
  /** Of the data, below the folder. */
  readonly directory: string;
  readonly state?: "new" | "existing";
  readonly config?: Readonly<Record<string, string>>;
  readonly tls?: MemberConfig["tls"];
  /** For which etcd the file is made; default the program's own. */
  readonly minor?: Minor;
}

export interface EtcdMember {
  /** Within ten seconds; `client` is a folder with ca.crt, tls.crt and tls.key. */
  readonly healthy: (client?: string) => Promise<boolean>;
  /** Whether it turns away who shows no certificate. */
  readonly closed: () => Promise<boolean>;
  /** The HTTP status of a path on the metrics port. */
  readonly probe: (path: string) => Promise<number>;
  /** Of the certificate it shows its clients. */
  readonly serialNumber: () => Promise<string>;
  /** The exit code, within twenty seconds. */
  readonly exited: () => Promise<number | null>;
  /** What a kubelet would keep of its log. */
  readonly lastWords: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

export interface EtcdProgram {
  readonly help: () => Promise<string>;
  readonly start: (wish: Wish) => Promise<EtcdMember>;
  readonly startThree: (name: string, tls: MemberConfig["tls"]) => Promise<readonly EtcdMember[]>;
  readonly stopAll: () => Promise<void>;
}

interface Seat {
  readonly name: string;
  readonly client: number;
  readonly peer: number;
  readonly metrics: number;
}

export async function etcdProgram(path: string, folder: string, minor: Minor): Promise<EtcdProgram> {
  const started: EtcdMember[] = [];
  const startOne = async (wish: Wish, seat: Seat, seats: readonly Seat[]): Promise<EtcdMember> => {
    const member = await launch({ path, folder, minor, wish, seat, seats });
    started.push(member);
    return member;
  };
  const alone = await takeSeat("m0");
  return {
    help: async () => (await run(path, ["--help"])).output,
    start: (wish) => startOne(wish, alone, [alone]),
    startThree: async (name, tls) => {
      const seats = await Promise.all(["m0", "m1", "m2"].map(takeSeat));
      return Promise.all(seats.map((seat) => startOne({ directory: `${name}-${seat.name}`, tls }, seat, seats)));
    },
    stopAll: async () => {
      await Promise.all(started.map((member) => member.stop()));
    },
  };
}

interface Launch {
  readonly path: string;
  readonly folder: string;
  readonly minor: Minor;
  readonly wish: Wish;
  readonly seat: Seat;
  readonly seats: readonly Seat[];
}

async function launch(how: Launch): Promise<EtcdMember> {
  const { path, folder, wish, seat } = how;
  const scheme = wish.tls === undefined || wish.tls === "disabled" ? "http" : "https";
  const [file, log] = [join(folder, `${wish.directory}.yaml`), join(folder, `${wish.directory}.log`)];
  await writeFile(file, memberConfig(configOf(how, scheme)));
  const etcdctl = join(dirname(path), "etcdctl");
  const endpoint = `--endpoints=${scheme}://127.0.0.1:${String(seat.client)}`;
  const output = await open(log, "w");
  const child = spawn(path, [`--config-file=${file}`], { stdio: ["ignore", output.fd, output.fd] });
  const exit = once(child, "exit");
  await output.close();
  return {
    healthy: (client) => healthy(etcdctl, [endpoint, ...certificateFlags(client)], 10),
    closed: async () =>
      !(await healthy(etcdctl, [endpoint, "--insecure-transport=false", "--insecure-skip-tls-verify"], 1)),
    probe: (target) => httpStatus(seat.metrics, target),
    serialNumber: () => serialNumber(seat.client),
    exited: async () => {
      await Promise.race([exit, sleep(20_000, undefined, { ref: false })]);
      return child.exitCode;
    },
    lastWords: async () => (await readFile(log)).subarray(-2048).toString(),
    stop: () => stop(child, exit),
  };
}

function configOf({ folder, minor, wish, seat, seats }: Launch, scheme: string): MemberConfig {
  const url = (port: number): string => `${scheme}://127.0.0.1:${String(port)}`;
  return {
    name: seat.name,
    dataDir: join(folder, wish.directory),
    clientUrls: { listen: url(seat.client), advertise: url(seat.client) },
    peerUrls: { listen: url(seat.peer), advertise: url(seat.peer) },
    metricsUrl: `http://127.0.0.1:${String(seat.metrics)}`,
    initial: {
      state: wish.state ?? "new",
      cluster: seats.map(({ name, peer }) => ({ name, peerUrl: url(peer) })),
      token: "test",
    },
    tls: wish.tls ?? "disabled",
    config: { "quota-backend-bytes": "67108864", ...wish.config },
    minor: wish.minor ?? minor,
  };
}

async function stop(child: ChildProcess, exit: Promise<unknown>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
  await exit;
}

const certificateFlags = (client: string | undefined): readonly string[] =>
  client === undefined ? [] : [`--cacert=${client}/ca.crt`, `--cert=${client}/tls.crt`, `--key=${client}/tls.key`];

async function healthy(etcdctl: string, flags: readonly string[], attempts: number): Promise<boolean> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt > 0) await sleep(300);
    const { code } = await run(etcdctl, [...flags, "--command-timeout=1s", "endpoint", "health"]);
    if (code === 0) return true;
  }
  return false;
}

function run(program: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(program, args, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, output: `${stdout}${stderr}` });
    });
  });
}

function httpStatus(port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on("error", reject);
  });
}

/** The handshake may fail for want of a client certificate; the server's has been seen by then. */
async function serialNumber(port: number): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
  socket.on("error", () => undefined);
  await once(socket, "secureConnect");
  const { serialNumber: serial } = socket.getPeerCertificate();
  socket.destroy();
  return serial;
}

async function takeSeat(name: string): Promise<Seat> {
  const [client, peer, metrics] = await Promise.all([freePort(), freePort(), freePort()]);
  return { name, client, peer, metrics };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Certificates as the engine issues them: an authority for clients, another for peers, callers among peers without names. */
export async function writeCertificates(
  folder: string,
  now: Date,
): Promise<{
  readonly tls: Exclude<MemberConfig["tls"], "disabled">;
  readonly client: string;
  readonly renewServer: () => Promise<void>;
}> {
  const [clients, peers] = await Promise.all([createAuthority("clients", now, 10), createAuthority("peers", now, 10)]);
  const issue = (
    authority: Pair,
    names: Pick<CertificateRequest, "dnsNames" | "ipAddresses" | "usages">,
  ): Promise<Pair> => issueCertificate({ authority, commonName: "demo", now, days: 5, ...names });
  const local = { dnsNames: ["localhost"], ipAddresses: ["127.0.0.1", "::1"], usages: ["server", "client"] } as const;
  const caller = { dnsNames: [], ipAddresses: [], usages: ["client"] } as const;
  const write = async (role: string, authority: Pair, name: string, pair: Pair): Promise<void> => {
    await mkdir(join(folder, role), { recursive: true });
    await writeFile(join(folder, role, "ca.crt"), authority.cert);
    await writeFile(join(folder, role, `${name}.crt`), pair.cert);
    await writeFile(join(folder, role, `${name}.key`), pair.key);
  };
  const renewServer = async (): Promise<void> => write("server", clients, "tls", await issue(clients, local));
  await renewServer();
  await write("peer", peers, "tls", await issue(peers, { ...local, ipAddresses: ["127.0.0.1"], usages: ["server"] }));
  await write("peer", peers, "client", await issue(peers, caller));
  await write("client", clients, "tls", await issue(clients, caller));
  return {
    tls: { server: join(folder, "server"), peer: join(folder, "peer"), peerClient: true },
    client: join(folder, "client"),
    renewServer,
  };
}
