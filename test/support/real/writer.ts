/** A client that never stops writing: numbered keys, each acknowledged before the next, round all members that are ready. */
import { Agent, request } from "node:http";
import { PassThrough, type Duplex } from "node:stream";
import { connect } from "node:tls";
import { setTimeout as sleep } from "node:timers/promises";
import { field, listField, textField } from "../../../src/kube/fields.ts";
import { types, type KubeObject } from "../../../src/kube/objects.ts";
import { admin, type Admin } from "./cluster.ts";
import type { Target } from "./dbop.ts";
import { readAll } from "./etcd.ts";
import { forward } from "./port-forward.ts";

/** Pause between two writes. */
const paceMs = 20;
/** Then the outcome is unknown and the same write is sent to another member. */
const patienceMs = 500;

export interface Stretch {
  readonly writes: number;
  readonly seconds: number;
  readonly longestGapMs: number;
}

/** Starts it. Stop it in any case. */
export async function startWriter(target: Target): Promise<Writer> {
  const writer = new Writer(await admin(), target);
  await writer.begin();
  return writer;
}

export class Writer {
  readonly #admin: Admin;
  readonly #target: Target;
  readonly #stop = new AbortController();
  readonly #ready = new Set<string>();
  readonly #lines = new Map<string, Line>();
  #acknowledged = 0;
  #turn = 0;
  #lastAt = 0;
  #longestGapMs = 0;
  #stretchAt = 0;
  #stretchFrom = 0;
  #certificates: Certificates = { ca: "", cert: "", key: "" };
  #loop: Promise<void> | undefined;

  constructor(cluster: Admin, target: Target) {
    this.#admin = cluster;
    this.#target = target;
  }

  async begin(): Promise<void> {
    const { namespace, name } = this.#target;
    const { kube } = this.#admin;
    const secret = await kube.get({ type: types.secret, namespace, name: `${name}-client-tls` });
    const text = (key: string): string => Buffer.from(textField(secret?.["data"], key), "base64").toString("utf8");
    this.#certificates = { ca: text("ca.crt"), cert: text("tls.crt"), key: text("tls.key") };
    const query = { namespace, labelSelector: `app.kubernetes.io/instance=${name}` };
    for (const pod of (await kube.list(types.pod, query)).items) this.#note(pod, isReady(pod));
    const onEvent = (event: Parameters<Parameters<typeof kube.watch>[2]>[0]): void => {
      if (event.type !== "RESYNC") this.#note(event.object, event.type !== "DELETED" && isReady(event.object));
    };
    void kube.watch(types.pod, query, onEvent, this.#stop.signal).catch(() => undefined);
    this.#lastAt = Date.now();
    this.#stretchAt = Date.now();
    this.#loop = this.#write();
  }

  /** Ends the current stretch and tells how it went. */
  stretch(): Stretch {
    const now = Date.now();
    const result = {
      writes: this.#acknowledged - this.#stretchFrom,
      seconds: (now - this.#stretchAt) / 1000,
      longestGapMs: Math.max(this.#longestGapMs, now - this.#lastAt),
    };
    this.#stretchFrom = this.#acknowledged;
    this.#stretchAt = now;
    this.#longestGapMs = 0;
    return result;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    for (const line of this.#lines.values()) line.close();
  }

  /** Acknowledged writes that the member of `ordinal` does not hold, or holds with another value. */
  async missing(ordinal: number): Promise<readonly string[]> {
    const until = this.#acknowledged;
    const held = await readAll(this.#target, "w/", { ordinal });
    const numbers = Array.from({ length: until }, (_, number) => number);
    return numbers.filter((number) => held.get(keyOf(number)) !== String(number)).map(keyOf);
  }

  #note(pod: KubeObject, ready: boolean): void {
    if (ready) this.#ready.add(pod.metadata.name);
    else this.#ready.delete(pod.metadata.name);
  }

  async #write(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const pods = [...this.#ready].toSorted();
      const pod = pods[this.#turn++ % Math.max(1, pods.length)];
      if (pod !== undefined && (await this.#put(pod, this.#acknowledged))) this.#count();
      await sleep(paceMs);
    }
  }

  #count(): void {
    const now = Date.now();
    this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastAt);
    this.#lastAt = now;
    this.#acknowledged += 1;
  }

  /** Whether it was acknowledged. */
  async #put(pod: string, number: number): Promise<boolean> {
    const line =
      this.#lines.get(pod) ?? new Line(this.#admin, { namespace: this.#target.namespace, pod }, this.#certificates);
    this.#lines.set(pod, line);
    try {
      await line.put(keyOf(number), String(number));
      return true;
    } catch {
      line.close(); // Made anew at its next turn.
      this.#lines.delete(pod);
      return false;
    }
  }
}

function keyOf(number: number): string {
  return `w/${String(number).padStart(7, "0")}`;
}

function isReady(pod: KubeObject): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  return listField(pod["status"], "conditions").some(
    (condition) => textField(condition, "type") === "Ready" && textField(condition, "status") === "True",
  );
}

type Certificates = Readonly<Record<"ca" | "cert" | "key", string>>;

/** One lasting TLS connection to a member, whose JSON gateway takes one request after the other. */
class Line {
  readonly #agent: Agent;

  constructor({ access }: Admin, pod: { readonly namespace: string; readonly pod: string }, tls: Certificates) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1 });
    this.#agent.createConnection = (_options, done) => {
      void openTls(forward(access, { ...pod, port: 2379 }), tls).then(
        (socket) => done?.(null, socket),
        (error: unknown) => done?.(error instanceof Error ? error : new Error(String(error)), new PassThrough()),
      );
      return undefined;
    };
  }

  put(key: string, value: string): Promise<void> {
    return post(this.#agent, "/v3/kv/put", { key: base64(key), value: base64(value) });
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function openTls(opening: Promise<Duplex>, tls: Certificates): Promise<Duplex> {
  const socket = connect({ socket: await opening, servername: "localhost", ALPNProtocols: ["http/1.1"], ...tls });
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("error", reject);
    socket.once("close", () => {
      reject(new Error("closed during the handshake"));
    });
  });
  return socket;
}

const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");

/** Resolves when the answer is 200 and has a revision: the write is then in the log of a majority. */
function post(agent: Agent, path: string, body: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { host: "localhost", "content-type": "application/json" };
    const options = { method: "POST", path, headers, agent, signal: AbortSignal.timeout(patienceMs) };
    const posting = request(options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const revision = answer.statusCode === 200 ? field(field(JSON.parse(text), "header"), "revision") : undefined;
        if (revision === undefined) reject(new Error(`answered ${String(answer.statusCode)}: ${text}`));
        else resolve();
      });
    });
    posting.on("error", reject);
    posting.end(JSON.stringify(body));
  });
}
