/** Keys of all types and many sizes. What a key holds follows from its number alone, so that it can be read back and held against it. */
import type { Reply } from "./resp.ts";

interface Shape {
  readonly write: (key: string, parts: readonly string[]) => readonly string[];
  readonly read: (key: string) => readonly string[];
  /** What reading tells, in an order of its own where the server has none. */
  readonly told: (reply: Reply) => readonly unknown[];
  readonly wanted: (parts: readonly string[]) => readonly unknown[];
}

const asList = (reply: Reply): readonly Reply[] => (Array.isArray(reply) ? (reply as readonly Reply[]) : [reply]);
const textOf = (reply: Reply | undefined): string => (typeof reply === "string" ? reply : JSON.stringify(reply));
const pairs = (reply: Reply): readonly string[] => {
  const items = asList(reply);
  return items.flatMap((name, at) => (at % 2 === 0 ? [`${textOf(name)}=${textOf(items[at + 1])}`] : [])).toSorted();
};
const numbered = (parts: readonly string[]): readonly string[] => parts.flatMap((part, at) => [`f${String(at)}`, part]);

const shapes: readonly Shape[] = [
  {
    write: (key, parts) => ["SET", key, parts.join(",")],
    read: (key) => ["GET", key],
    told: asList,
    wanted: (parts) => [parts.join(",")],
  },
  {
    write: (key, parts) => ["HSET", key, ...numbered(parts)],
    read: (key) => ["HGETALL", key],
    told: pairs,
    wanted: (parts) => pairs(numbered(parts)),
  },
  {
    write: (key, parts) => ["RPUSH", key, ...parts],
    read: (key) => ["LRANGE", key, "0", "-1"],
    told: asList,
    wanted: (parts) => parts,
  },
  {
    write: (key, parts) => ["SADD", key, ...parts.map((part, at) => `${String(at)}${part}`)],
    read: (key) => ["SMEMBERS", key],
    told: (reply) => asList(reply).toSorted(),
    wanted: (parts) => parts.map((part, at) => `${String(at)}${part}`).toSorted(),
  },
  {
    write: (key, parts) => ["ZADD", key, ...parts.flatMap((part, at) => [String(at), `${String(at)}${part}`])],
    read: (key) => ["ZRANGE", key, "0", "-1"],
    told: asList,
    wanted: (parts) => parts.map((part, at) => `${String(at)}${part}`),
  },
  {
    write: (key, parts) => ["XADD", key, "1-1", ...numbered(parts)],
    read: (key) => ["XRANGE", key, "-", "+"],
    told: (reply) => asList(reply).flat(2),
    wanted: (parts) => ["1-1", ...numbered(parts)],
  },
];

/** The largest: 8 MB in one string. */
const largest = 8_000_000;

/** Every other key is a string; one in 97 has a name that no line of text could hold. */
function shapeOf(index: number): Shape {
  const shape = shapes[index % 2 === 0 ? 0 : 1 + ((index >> 1) % 5)];
  if (shape === undefined) throw new Error("no such shape");
  return shape;
}

export function keyOf(index: number): string {
  const ugly = index % 97 === 0 ? " \"\r\n\u0000\u00ff'" : "";
  return `k/${String(index)}${ugly}`;
}

/** Mostly a few hundred bytes, of a hundredth 4 KB, of ten in two hundred thousand 100 KB, of the first 8 MB. */
function partsOf(index: number): readonly string[] {
  const part = (length: number): string =>
    `${String(index)}.`.repeat(Math.ceil(length / (String(index).length + 1))).slice(0, length);
  if (index === 0) return [part(largest)];
  if (index % 20_000 === 1) return Array.from({ length: 100 }, () => part(1_000));
  if (index % 100 === 2) return Array.from({ length: 20 }, () => part(200));
  return Array.from({ length: 1 + (index % 4) }, () => part(10 + (index % 90)));
}

export function writeOf(index: number): readonly string[] {
  return shapeOf(index).write(keyOf(index), partsOf(index));
}

export function readOf(index: number): readonly string[] {
  return shapeOf(index).read(keyOf(index));
}

export function isWhole(index: number, reply: Reply): boolean {
  const shape = shapeOf(index);
  return JSON.stringify(shape.told(reply)) === JSON.stringify(shape.wanted(partsOf(index)));
}
