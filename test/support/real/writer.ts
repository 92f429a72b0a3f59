/** A client that never stops writing: numbered keys, each sent until it is acknowledged, round all members that are ready. */
import { Agent, request } from "node:http";
import { connect, type TLSSocket } from "node:tls";
import { setTimeout as sleep } from "node:timers/promises";
import { field, listField, textField } from "../../../src/kube/fields.ts";
import type { WatchEvent } from "../../../src/kube/kube-client.ts";
import { types, type KubeObject } from "../../../src/kube/objects.ts";
import { admin, type Admin } from "./cluster.ts";
import type { Target } from "./dbop.ts";
import { readAll } from "./etcd.ts";
import { forward } from "./port-forward.ts";
import { clientCredentials, type Credentials } from "./tls-probe.ts";

/** Writers at once, and the pause of each between two writes. */
const lanes = 4;
const paceMs = 80;
/** Then the outcome is unknown and the same write is sent to another member. */
const patienceMs = 500;
/** A connection that takes longer is given up; writes meanwhile go to the other members. */
const openingMs = 10_000;

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
  readonly #acknowledged = new Set<number>();
  #next = 0;
  #turn = 0;
  #lastAt = 0;
  #longestGapMs = 0;
  #stretchAt = 0;
  #stretchFrom = 0;
  #certificates: Credentials = { ca: "", cert: "", key: "" };
  #running: Promise<unknown> = Promise.resolve();

  constructor(cluster: Admin, target: Target) {
    this.#admin = cluster;
    this.#target = target;
  }

  async begin(): Promise<void> {
    const { namespace, name } = this.#target;
    const { kube } = this.#admin;
    this.#certificates = await clientCredentials(this.#target);
    // As applications should: what is in the Secret counts from the next connection on.
    const secret = { namespace, fieldSelector: `metadata.name=${name}-client-tls` };
    const onSecret = (): void => {
      void clientCredentials(this.#target).then((fresh) => (this.#certificates = fresh));
    };
    void kube.watch(types.secret, secret, onSecret, this.#stop.signal).catch(() => undefined);
    const query = { namespace, labelSelector: `app.kubernetes.io/instance=${name}` };
    const onEvent = (event: WatchEvent): void => {
      if (event.type !== "RESYNC") this.#note(event.object, event.type !== "DELETED" && isReady(event.object));
    };
    void kube.watch(types.pod, query, onEvent, this.#stop.signal).catch(() => undefined);
    this.#lastAt = Date.now();
    this.#stretchAt = Date.now();
    this.#running = Promise.all(Array.from({ length: lanes }, () => this.#write()));
  }

  /** Ends the current stretch and tells how it went. */
  stretch(): Stretch {
    const now = Date.now();
    const result = {
      writes: this.#acknowledged.size - this.#stretchFrom,
      seconds: (now - this.#stretchAt) / 1000,
      longestGapMs: Math.max(this.#longestGapMs, now - this.#lastAt),
    };
    this.#stretchFrom = this.#acknowledged.size;
    this.#stretchAt = now;
    this.#longestGapMs = 0;
    return result;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    for (const line of this.#lines.values()) line.close();
  }

  /** The keys of all writes acknowledged so far. */
  acknowledged(): readonly string[] {
    return [...this.#acknowledged].map(keyOf);
  }

  /** Acknowledged writes that the member of `ordinal` does not hold, or holds with another value. */
  async missing(ordinal: number): Promise<readonly string[]> {
    const acknowledged = [...this.#acknowledged];
    const held = await readAll(this.#target, "w/", { ordinal });
    return acknowledged.filter((number) => held.get(keyOf(number)) !== String(number)).map(keyOf);
  }

  #note(pod: KubeObject, ready: boolean): void {
    if (ready) this.#ready.add(pod.metadata.name);
    else this.#ready.delete(pod.metadata.name);
  }

  /** One lane: the same number again until it is acknowledged. */
  async #write(): Promise<void> {
    let number = this.#next++;
    while (!this.#stop.signal.aborted) {
      if (await this.#put(number)) {
        this.#count(number);
        number = this.#next++;
      }
      await sleep(paceMs);
    }
  }

  #count(number: number): void {
    const now = Date.now();
    this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastAt);
    this.#lastAt = now;
    this.#acknowledged.add(number);
  }

  /** Whether it was acknowledged. */
  async #put(number: number): Promise<boolean> {
    const open = this.#openLines();
    const line = open[this.#turn++ % Math.max(1, open.length)];
    if (line === undefined) return false;
    try {
      await line.put(keyOf(number), String(number));
      return true;
    } catch {
      line.close();
      return false;
    }
  }

  /** Of members that are ready; those without a connection get one in the background. */
  #openLines(): readonly Line[] {
    const lines = [...this.#ready].toSorted().map((pod) => {
      const before = this.#lines.get(pod);
      if (before !== undefined && !before.closed) return before;
      const line = new Line(this.#admin, { namespace: this.#target.namespace, pod }, this.#certificates);
      this.#lines.set(pod, line);
      return line;
    });
    return lines.filter((line) => line.open);
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

/** One lasting TLS connection to a member's JSON gateway, begun at once. */
class Line {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #ended = new AbortController();
  #socket: TLSSocket | undefined;

  constructor({ access }: Admin, pod: { readonly namespace: string; readonly pod: string }, tls: Credentials) {
    const overdue = setTimeout(() => {
      if (!this.open) this.close();
    }, openingMs);
    this.#ended.signal.addEventListener("abort", () => {
      clearTimeout(overdue);
      this.#agent.destroy();
      this.#socket?.destroy();
    });
    void forward(access, { ...pod, port: 2379 }).then(
      (stream) => {
        stream.on("error", () => {
          this.close();
        });
        if (this.closed) stream.destroy();
        else this.#secure(connect({ socket: stream, servername: "localhost", ALPNProtocols: ["http/1.1"], ...tls }));
      },
      () => {
        this.close();
      },
    );
  }

  get closed(): boolean {
    return this.#ended.signal.aborted;
  }

  get open(): boolean {
    return !this.closed && this.#socket?.authorized === true;
  }

  close(): void {
    this.#ended.abort();
  }

  put(key: string, value: string): Promise<void> {
    return post(this.#agent, "/v3/kv/put", { key: base64(key), value: base64(value) });
  }

  #secure(socket: TLSSocket): void {
    this.#socket = socket;
    this.#agent.createConnection = () => socket;
    for (const end of ["error", "close"])
      socket.on(end, () => {
        this.close();
      });
  }
}

const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");

/** Resolves when the answer is 200 and has a revision: the write is then in the log of a majority. */
function post(agent: Agent, path: string, body: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { host: "localhost", "content-type": "application/json" };
    const options = { method: "POST", path, headers, agent };
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
    // Not a signal of the request's: one that waits in its agent for a connection that has ended would never hear it.
    const timer = setTimeout(() => {
      reject(new Error("no answer in time"));
      posting.destroy();
    }, patienceMs);
    posting.on("close", () => {
      clearTimeout(timer);
      reject(new Error("closed without an answer"));
    });
    posting.on("error", reject);
    posting.end(JSON.stringify(body));
  });
}
