/** Writers and readers that never stop, and what they can swear to afterwards. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterClient, Tally } from "./cluster-client.ts";
import { isWhole, keyOf, readOf, writeOf } from "./data-set.ts";
import type { Reply } from "./resp.ts";

export interface Stretch extends Tally {
  readonly seconds: number;
  readonly writes: number;
  readonly reads: number;
  /** The longest that one write or read took from its first attempt to its answer. */
  readonly longestWriteMs: number;
  readonly longestReadMs: number;
}

const lanes = 4;
/** Keys that a lane writes over and over, of each type. */
const round = 40;

export class Traffic {
  readonly #client: ClusterClient;
  readonly #wrong: string[] = [];
  /** What each key must hold: the last value acknowledged, or of a list and a hash all of them, in order. */
  readonly #last = new Map<string, string>();
  readonly #all = new Map<string, string[]>();
  /** By lane; it goes on where it stopped, so that no value is written twice. */
  readonly #numbers: number[] = [];
  #keys = 0;
  #stopped = false;
  #running: Promise<unknown> = Promise.resolve();
  #stretch = newStretch();

  constructor(client: ClusterClient) {
    this.#client = client;
  }

  /** Writes the keys 0 to `keys` - 1, many at a time. */
  async fill(keys: number): Promise<void> {
    await inParallel(keys, async (index) => {
      await this.#client.call(keyOf(index), writeOf(index));
    });
    this.#keys = keys;
  }

  start(): void {
    this.#stopped = false;
    this.stretch();
    const numbers = Array.from({ length: lanes }, (_, lane) => lane);
    this.#running = Promise.all(numbers.flatMap((lane) => [this.#write(lane), this.#read(lane)]));
    this.#running.catch((error: unknown) => this.#wrong.push(String(error)));
  }

  /** Ends a stretch and tells how it was. */
  stretch(): Stretch {
    const { since, ...counts } = this.#stretch;
    this.#stretch = newStretch();
    return { ...counts, ...this.#client.tally(), seconds: (Date.now() - since) / 1000 };
  }

  /** What has not been as it should: values that were read, or all that is there now held against all that was acknowledged. */
  async verify(): Promise<readonly string[]> {
    await this.stop();
    await inParallel(this.#keys, async (index) => {
      if (!isWhole(index, await this.#client.call(keyOf(index), readOf(index)))) this.#wrong.push(keyOf(index));
    });
    for (const [key, value] of this.#last) {
      const found = await this.#client.call(key, ["GET", key]);
      if (found !== value) this.#wrong.push(`${key} is ${JSON.stringify(found)}, not ${value}`);
    }
    for (const [key, values] of this.#all) {
      const hash = key.startsWith("h/");
      const found = await this.#client.call(key, hash ? ["HKEYS", key] : ["LRANGE", key, "0", "-1"]);
      if (!holds(found, values, hash)) this.#wrong.push(`${key} lacks some of its ${String(values.length)} values`);
    }
    return this.#wrong;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running.catch(() => undefined);
  }

  /** In turn: a new key, one that is written over, an element of a list, a field of a hash. */
  async #write(lane: number): Promise<void> {
    for (let number = this.#numbers[lane] ?? 0; !this.#stopped; number += 1) {
      this.#numbers[lane] = number + 1;
      const value = `${String(lane)}-${String(number)}`;
      const turn = Math.floor(number / 4) % round;
      const ring = `${String(lane)}/${String(turn)}`;
      const kind = number % 4;
      const began = Date.now();
      if (kind === 0) await this.#set(`n/${value}`, value);
      else if (kind === 1) await this.#set(`o/${ring}`, value);
      else if (kind === 2) await this.#add(`l/${ring}`, (key) => ["RPUSH", key, value], value);
      else await this.#add(`h/${ring}`, (key) => ["HSET", key, value, "1"], value);
      this.#stretch.writes += 1;
      this.#stretch.longestWriteMs = Math.max(this.#stretch.longestWriteMs, Date.now() - began);
      await sleep(paceMs);
    }
  }

  async #set(key: string, value: string): Promise<void> {
    await this.#client.call(key, ["SET", key, value]);
    this.#last.set(key, value);
  }

  async #add(key: string, words: (key: string) => readonly string[], value: string): Promise<void> {
    await this.#client.call(key, words(key));
    const values = this.#all.get(key) ?? [];
    values.push(value);
    this.#all.set(key, values);
  }

  /** In turn: a key of the data set, and one that was written just now. */
  async #read(lane: number): Promise<void> {
    for (let number = lane; !this.#stopped; number += 1) {
      const began = Date.now();
      const index = 1 + ((number * 7919) % Math.max(1, this.#keys - 1));
      const key = keyOf(index);
      if (this.#keys > 1 && !isWhole(index, await this.#client.call(key, readOf(index))))
        this.#wrong.push(`${key} was read, and not whole`);
      await this.#readNewest(`n/${String(lane)}-0`);
      this.#stretch.reads += 2;
      this.#stretch.longestReadMs = Math.max(this.#stretch.longestReadMs, Date.now() - began);
      await sleep(paceMs);
    }
  }

  async #readNewest(key: string): Promise<void> {
    const before = this.#last.get(key);
    if (before === undefined) return;
    const found = await this.#client.call(key, ["GET", key]);
    if (found !== before)
      this.#wrong.push(`${key} was read as ${JSON.stringify(found)}, and ${before} had been acknowledged`);
  }
}

const paceMs = 5;

function newStretch(): { since: number; writes: number; reads: number; longestWriteMs: number; longestReadMs: number } {
  return { since: Date.now(), writes: 0, reads: 0, longestWriteMs: 0, longestReadMs: 0 };
}

/** A list may hold a value twice, whose first attempt was done and not answered; it must hold all in their order. */
function holds(found: Reply, values: readonly string[], anyOrder: boolean): boolean {
  const there = new Set(Array.isArray(found) ? found.map(String) : []);
  if (!values.every((value) => there.has(value))) return false;
  const kept = [...there].filter((value) => values.includes(value));
  return anyOrder || kept.every((value, at) => value === values[at]);
}

const atOnce = 512;

async function inParallel(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}
