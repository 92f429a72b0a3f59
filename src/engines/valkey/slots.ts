/** Hash slots: sets of them as sorted ranges that neither touch nor overlap, as Valkey itself writes them. Pure. */

/** Valkey Cluster specification, "Key distribution model". */
export const slotCount = 16_384;

/** Both ends belong to it. */
export interface SlotRange {
  readonly from: number;
  readonly to: number;
}

export type Slots = readonly SlotRange[];

/** `0-5460 5470`: ranges and single slots. Throws `RangeError` on anything else. */
export function parseSlots(words: readonly string[]): Slots {
  const ranges = words.map((word) => {
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/u.exec(word);
    if (match === null) throw new RangeError(`not a range of slots: ${word}`);
    const from = Number(match[1]);
    return { from, to: Number(match[2] ?? from) };
  });
  return union(ranges);
}

export function slotsText(slots: Slots): string {
  return slots.map(({ from, to }) => (from === to ? String(from) : `${String(from)}-${String(to)}`)).join(" ");
}

export function countSlots(slots: Slots): number {
  return slots.reduce((sum, { from, to }) => sum + to - from + 1, 0);
}

export function union(...sets: readonly Slots[]): Slots {
  const sorted = sets.flat().toSorted((a, b) => a.from - b.from);
  const joined: SlotRange[] = [];
  for (const range of sorted) {
    const last = joined.at(-1);
    if (last !== undefined && range.from <= last.to + 1)
      joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
    else joined.push(range);
  }
  return joined;
}

export function without(slots: Slots, taken: Slots): Slots {
  return taken.reduce((left, hole) => left.flatMap((range) => cut(range, hole)), slots);
}

function cut(range: SlotRange, hole: SlotRange): Slots {
  if (hole.to < range.from || hole.from > range.to) return [range];
  const before = { from: range.from, to: hole.from - 1 };
  const after = { from: hole.to + 1, to: range.to };
  return [before, after].filter(({ from, to }) => from <= to);
}

/** The lowest `count` of them, or all when there are fewer. */
export function lowest(slots: Slots, count: number): Slots {
  const taken: SlotRange[] = [];
  let missing = count;
  for (const { from, to } of slots) {
    if (missing <= 0) break;
    const last = Math.min(to, from + missing - 1);
    taken.push({ from, to: last });
    missing -= last - from + 1;
  }
  return taken;
}

/** All slots, spread over `shards` as evenly as they go, in order: what a new cluster begins with. */
export function evenSpread(shards: number): readonly SlotRange[] {
  return Array.from({ length: shards }, (_, shard) => ({
    from: Math.round((shard * slotCount) / shards),
    to: Math.round(((shard + 1) * slotCount) / shards) - 1,
  }));
}
