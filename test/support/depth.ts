/**
 * How deep the tests go that try one thing in very many ways. `npm test` tries them all; `npm run unit`, which is run after each change,
 * takes a sample that is the same every time. `DBOP_TEST_DEPTH=full npm run unit` goes all the way too.
 */
const depth = process.env["DBOP_TEST_DEPTH"] ?? "sample";
if (depth !== "full" && depth !== "sample") throw new Error(`DBOP_TEST_DEPTH is "${depth}": must be full or sample`);

/** For fast-check: all `runs` from a seed of their own, or a tenth of them from one that is always the same. */
export function randomRuns(runs: number): { readonly numRuns: number; readonly seed?: number } {
  return depth === "full" ? { numRuns: runs } : { numRuns: Math.ceil(runs / 10), seed: 20_260_101 };
}

/** Odd, so that points that alternate, as those before and after a call do, are all met. */
const stride = depth === "full" ? 1 : 15;

/**
 * 1 to `count`, or of these every fifteenth; with `atMost`, so much further apart that there are no more than that. A sample is then no more than
 * `sampled`, which is a twelfth of it unless said.
 */
export function points(
  count: number,
  atMost = count,
  sampled = atMost === count ? count : Math.ceil(atMost / 12),
): readonly number[] {
  const most = depth === "full" ? atMost : sampled;
  const step = Math.max(stride, oddAbove(count / most));
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => 1 + index * step);
}

function oddAbove(least: number): number {
  const whole = Math.ceil(least);
  return whole % 2 === 1 ? whole : whole + 1;
}

/** For a test's name: `every await`, or `every 9th await`. */
export function every(what: string): string {
  return stride === 1 ? `every ${what}` : `every ${String(stride)}th ${what}`;
}
