/** A client that knows which node has which slot, goes where it is sent, and asks again when it is told to or loses a connection. */
import { setTimeout as sleep } from "node:timers/promises";
import { Connection, type Access } from "./connection.ts";
import { Refusal, type Reply } from "./resp.ts";
import { slotOf } from "./slot-of.ts";

/** What happened since the last {@link ClusterClient.tally}. */
export interface Tally {
  /** Requests sent to a node, those that were sent elsewhere included. */
  attempts: number;
  /** `MOVED` and `ASK`: how a cluster works, not errors. */
  redirected: number;
  /** What an application would have seen as an error without a retry, by its first word. */
  failed: Record<string, number>;
}

/** An answer that means "not now": it is asked again. */
const transient = /^(TRYAGAIN|CLUSTERDOWN|LOADING|MASTERDOWN|READONLY|NOREPLICAS|UNBLOCKED) /u;

const mostMs = 120_000;
const pauseMs = 20;

export class ClusterClient {
  readonly #seed: string;
  readonly #access: Access;
  readonly #owners: string[] = [];
  readonly #connections = new Map<string, Connection>();
  #refreshing: Promise<void> | undefined;
  #tally: Tally = { attempts: 0, redirected: 0, failed: {} };

  constructor(seed: string, access: Access) {
    this.#seed = seed;
    this.#access = access;
  }

  tally(): Tally {
    const before = this.#tally;
    this.#tally = { attempts: 0, redirected: 0, failed: {} };
    return before;
  }

  /** Sends a command on one key until it is answered. Throws when it is refused for good, or for two minutes. */
  async call(key: string, words: readonly string[]): Promise<Reply> {
    const [slot, end] = [slotOf(key), Date.now() + mostMs];
    let ask: string | undefined;
    for (;;) {
      const reply = await this.#attempt(ask ?? this.#owners[slot] ?? this.#seed, words, ask !== undefined);
      ask = undefined;
      if (!(reply instanceof Refusal)) return reply;
      const [kind = "", , where = ""] = reply.text.split(" ");
      if (Date.now() > end) throw new Error(`${words[0] ?? ""} ${key}: ${reply.text}`);
      if (kind === "MOVED" || kind === "ASK") {
        this.#tally.redirected += 1;
        if (kind === "ASK") ask = where;
        else this.#owners[slot] = where;
      } else if (kind === "LOST" || transient.test(reply.text)) {
        this.#tally.failed[kind] = (this.#tally.failed[kind] ?? 0) + 1;
        await sleep(pauseMs);
        await this.refresh();
      } else throw new Error(`${words[0] ?? ""} ${key}: ${reply.text}`);
    }
  }

  /** Learns anew who has which slot, from whoever answers first. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#learn().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #attempt(endpoint: string, words: readonly string[], asking: boolean): Promise<Reply> {
    this.#tally.attempts += 1;
    try {
      const connection = this.#connectionTo(endpoint);
      const asked = asking ? connection.send(["ASKING"]) : undefined;
      const [reply] = await Promise.all([connection.send(words), asked]);
      return reply;
    } catch (error) {
      return new Refusal(`LOST ${endpoint}: ${String(error)}`);
    }
  }

  #connectionTo(endpoint: string): Connection {
    const before = this.#connections.get(endpoint);
    if (before !== undefined && !before.closed) return before;
    const connection = new Connection(endpoint, this.#access);
    this.#connections.set(endpoint, connection);
    return connection;
  }

  async #learn(): Promise<void> {
    for (const endpoint of new Set([...this.#owners.values(), this.#seed])) {
      const reply = await this.#connectionTo(endpoint)
        .send(["CLUSTER", "SLOTS"])
        .catch(() => undefined);
      if (!Array.isArray(reply)) continue;
      for (const range of reply) this.#note(range);
      return;
    }
  }

  /** `[FROM, TO, [HOST, PORT, ID, …], …]` */
  #note(range: unknown): void {
    if (!Array.isArray(range)) return;
    const [from, to, primary] = range as [unknown, unknown, unknown];
    const [host, port] = Array.isArray(primary) ? (primary as unknown[]) : [];
    if (typeof host !== "string" || host === "" || host === "?") return;
    for (let slot = Number(from); slot <= Number(to); slot += 1) this.#owners[slot] = `${host}:${String(port)}`;
  }
}
