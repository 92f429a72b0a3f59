/**
 * Which slots go where. The list is minimal: a shard gives or takes, never both, and so no slot moves twice. Of a shard the lowest go first, as with
 * `valkey-cli --cluster reshard`. Pure.
 */
import { countSlots, lowest, without, type Slots } from "../slots.ts";

export interface Holding {
  readonly shard: number;
  readonly slots: Slots;
}

export interface Move {
  readonly from: number;
  readonly to: number;
  readonly slots: Slots;
}

/**
 * The moves after which shards 0 to `shards` - 1 hold all slots, none of them more than one slot more than another, and those beyond
 * hold none. Computed anew from where an interrupted reshard stands it is the rest of the same list in number, if not in order.
 */
export function movesTo(shards: number, holdings: readonly Holding[]): readonly Move[] {
  const shares = shareOf(shards, holdings);
  const missing = shares.map(({ shard, slots, share }) => ({ shard, count: share - countSlots(slots) }));
  const takers = missing.filter(({ count }) => count > 0).toSorted((a, b) => a.shard - b.shard);
  const moves: Move[] = [];
  for (const { shard, slots, share } of shares) {
    let surplus = lowest(slots, countSlots(slots) - share);
    for (const taker of takers) {
      const given = lowest(surplus, taker.count);
      if (given.length === 0) continue;
      moves.push({ from: shard, to: taker.shard, slots: given });
      surplus = without(surplus, given);
      taker.count -= countSlots(given);
    }
  }
  return moves;
}

interface Share extends Holding {
  readonly share: number;
}

/** Where all can't have the same, those that hold most keep one more: it would have to move otherwise. */
function shareOf(shards: number, holdings: readonly Holding[]): readonly Share[] {
  const wished = Array.from(
    { length: shards },
    (_, shard) => holdings.find((one) => one.shard === shard) ?? { shard, slots: [] },
  );
  const beyond = holdings.filter(({ shard }) => shard >= shards);
  const total = [...wished, ...beyond].reduce((sum, { slots }) => sum + countSlots(slots), 0);
  const least = Math.floor(total / shards);
  const ranked = wished.toSorted((a, b) => countSlots(b.slots) - countSlots(a.slots) || a.shard - b.shard);
  const shares = ranked.map((holding, rank) => ({ ...holding, share: least + (rank < total % shards ? 1 : 0) }));
  return [...shares, ...beyond.map((holding) => ({ ...holding, share: 0 }))].toSorted((a, b) => a.shard - b.shard);
}
