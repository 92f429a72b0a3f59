/** Repeatable randomness: mulberry32. */
export interface RandomSource {
  /** 0 up to, not including, 1. */
  next(): number;
  /** One of `items`; undefined when there are none. */
  pick<T>(items: readonly T[]): T | undefined;
}

export function randomSource(seed: number): RandomSource {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return { next, pick: (items) => items[Math.floor(next() * items.length)] };
}
