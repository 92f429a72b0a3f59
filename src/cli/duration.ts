/** Durations as Go's `time.ParseDuration` reads them, because kubectl's flags do. */

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const whole = /^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/;
const parts = /(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g;

/** Milliseconds of `1h30m`, `90s`, `1.5h` or `0`; undefined for anything else, negative ones and bare numbers included. */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (!whole.test(text)) return undefined;
  return [...text.matchAll(parts)].reduce(
    (sum, [, amount = "0", unit = ""]) => sum + Number(amount) * (unitMs[unit] ?? 0),
    0,
  );
}
