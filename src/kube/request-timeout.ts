/** The value of --request-timeout: client-go's `ParseTimeout`. */
import { DbopError } from "../errors.ts";

const milliseconds: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** What a timer of Node takes, some 24 days: anything longer would end at once. */
const longest = 2 ** 31 - 1;

/**
 * Milliseconds in `5s`, `1m`, `1h30m`, or a bare number of seconds; 0, which means no limit, when undefined or "".
 * A duration above zero never becomes 0, and one that no timer takes becomes the longest. Throws `Usage` for anything else.
 */
export function parseRequestTimeout(text: string | undefined): number {
  if (!text) return 0;
  if (/^\+?\d+$/.test(text)) return Math.min(Number(text) * 1000, longest);
  if (!/^\+?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text)) {
    throw new DbopError(
      "Usage",
      `invalid timeout value "${text}": timeout must be a single integer in seconds, ` +
        "or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)",
      { hint: "see --request-timeout" },
    );
  }
  const parts = text.matchAll(/([\d.]+)([a-zµμ]+)/g);
  const total = [...parts].reduce((sum, [, amount, unit]) => sum + Number(amount) * (milliseconds[unit ?? ""] ?? 0), 0);
  return total === 0 ? 0 : Math.min(Math.max(1, Math.round(total)), longest);
}
