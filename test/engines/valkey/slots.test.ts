import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { movesTo, type Holding } from "../../../src/engines/valkey/plan/distribution.ts";
import {
  countSlots,
  evenSpread,
  lowest,
  parseSlots,
  slotCount,
  slotsText,
  union,
  without,
  type Slots,
} from "../../../src/engines/valkey/slots.ts";

const someSlots = fc
  .array(fc.record({ from: fc.nat(slotCount - 1), length: fc.nat(300) }), { maxLength: 12 })
  .map((ranges): Slots =>
    union(ranges.map(({ from, length }) => ({ from, to: Math.min(slotCount - 1, from + length) }))),
  );

const asSet = (slots: Slots): Set<number> =>
  new Set(slots.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, index) => from + index)));

describe("sets of slots", () => {
  it("are read and written as Valkey has them", () => {
    expect(parseSlots(["0-5460", "5462", "5461"])).toEqual([{ from: 0, to: 5462 }]);
    expect(slotsText(parseSlots(["93", "100-200"]))).toBe("93 100-200");
    expect(() => parseSlots(["[93-<-abc]"])).toThrow(RangeError);
  });

  it("are what sets of numbers are", () => {
    fc.assert(
      fc.property(someSlots, someSlots, fc.nat(400), (a, b, count) => {
        expect(asSet(union(a, b))).toEqual(new Set([...asSet(a), ...asSet(b)]));
        const taken = asSet(b);
        expect(asSet(without(a, b))).toEqual(new Set([...asSet(a)].filter((slot) => !taken.has(slot))));
        const sorted = [...asSet(a)].toSorted((x, y) => x - y);
        expect([...asSet(lowest(a, count))]).toEqual(sorted.slice(0, count));
        expect(countSlots(a)).toBe(asSet(a).size);
        expect(parseSlots(slotsText(a).split(" ").filter(Boolean))).toEqual(a);
      }),
      { numRuns: 200 },
    );
  });

  it.each([1, 3, 4, 5, 7, 99])("are dealt out evenly over %i shards", (shards) => {
    const spread = evenSpread(shards);
    expect(union(spread)).toEqual([{ from: 0, to: slotCount - 1 }]);
    const counts = spread.map((range) => countSlots([range]));
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });
});

/** Every slot with one of so many shards, at random. */
const anyHoldings = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.array(fc.nat(slotCount - 1), { maxLength: 40 }))
  .map(([shards, cuts]): readonly Holding[] => {
    const ends = [...new Set([0, ...cuts, slotCount])].toSorted((a, b) => a - b);
    const ranges = ends.slice(1).map((end, index) => ({ from: ends[index] ?? 0, to: end - 1 }));
    return Array.from({ length: shards }, (_, shard) => ({
      shard,
      slots: union(ranges.filter((_range, index) => (index * 7 + cuts.length) % shards === shard)),
    }));
  });

describe("a reshard", () => {
  it("moves no slot twice, no more than it must, and ends as even as it gets", () => {
    fc.assert(
      fc.property(anyHoldings, fc.integer({ min: 1, max: 9 }), (before, shards) => {
        const moves = movesTo(shards, before);
        const moved = moves.flatMap(({ slots }) => [...asSet(slots)]);
        expect(new Set(moved).size).toBe(moved.length);
        const after = Array.from({ length: Math.max(shards, before.length) }, (_, shard) => {
          const held = before.find((one) => one.shard === shard)?.slots ?? [];
          const given = moves.filter(({ from }) => from === shard).map(({ slots }) => slots);
          const taken = moves.filter(({ to }) => to === shard).map(({ slots }) => slots);
          expect(given.length === 0 || taken.length === 0).toBe(true);
          return { shard, slots: union(without(held, union(...given)), ...taken) };
        });
        const counts = after.map(({ slots }) => countSlots(slots));
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(slotCount);
        expect(counts.slice(shards).every((count) => count === 0)).toBe(true);
        const wished = counts.slice(0, shards);
        expect(Math.max(...wished) - Math.min(...wished)).toBeLessThanOrEqual(1);
        const least = Math.floor(slotCount / shards);
        const mustMove = before.reduce(
          (sum, { shard, slots }) => sum + Math.max(0, countSlots(slots) - (shard < shards ? least + 1 : 0)),
          0,
        );
        expect(moved.length).toBeGreaterThanOrEqual(mustMove);
        expect(moved.length).toBeLessThanOrEqual(mustMove + shards);
        expect(movesTo(shards, after)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it("is the rest of the same work when it was interrupted anywhere", () => {
    fc.assert(
      fc.property(anyHoldings, fc.integer({ min: 1, max: 9 }), fc.nat(slotCount), (before, shards, done) => {
        const moves = movesTo(shards, before);
        const total = moves.reduce((sum, { slots }) => sum + countSlots(slots), 0);
        const [first] = moves;
        if (first === undefined) return;
        const part = lowest(first.slots, Math.max(1, done % countSlots(first.slots)));
        const halfway = before.map(({ shard, slots }) => ({
          shard,
          slots: shard === first.from ? without(slots, part) : shard === first.to ? union(slots, part) : slots,
        }));
        const all = halfway.some(({ shard }) => shard === first.to)
          ? halfway
          : [...halfway, { shard: first.to, slots: part }];
        const rest = movesTo(shards, all).reduce((sum, { slots }) => sum + countSlots(slots), 0);
        expect(rest).toBe(total - countSlots(part));
      }),
      { numRuns: 200 },
    );
  });
});
