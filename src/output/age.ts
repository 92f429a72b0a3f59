/** Durations for people, as kubectl writes them (`k8s.io/apimachinery/pkg/util/duration`, HumanDuration). */

interface Scale {
  /** In seconds: this row is for durations below it. */
  readonly below: number;
  readonly unit: readonly [name: string, seconds: number];
  readonly rest?: readonly [name: string, seconds: number];
}

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

const scales: readonly Scale[] = [
  { below: 2 * minute, unit: ["s", 1] },
  { below: 10 * minute, unit: ["m", minute], rest: ["s", 1] },
  { below: 3 * hour, unit: ["m", minute] },
  { below: 8 * hour, unit: ["h", hour], rest: ["m", minute] },
  { below: 2 * day, unit: ["h", hour] },
  { below: 8 * day, unit: ["d", day], rest: ["h", hour] },
  { below: 2 * year, unit: ["d", day] },
  { below: 8 * year, unit: ["y", year], rest: ["d", day] },
  { below: Infinity, unit: ["y", year] },
];

/** `47s`, `5m12s`, `3h`, `2d4h`, `400d`, `3y2d`. A second in the future counts as 0s, more as `<invalid>`. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  const scale = scales.find(({ below }) => seconds < below);
  if (scale === undefined) return "<unknown>";
  const [name, size] = scale.unit;
  const text = `${Math.floor(seconds / size)}${name}`;
  if (scale.rest === undefined) return text;
  const [restName, restSize] = scale.rest;
  const rest = Math.floor((seconds % size) / restSize);
  return rest === 0 ? text : `${text}${rest}${restName}`;
}

/** The age of an RFC 3339 timestamp; `<unknown>` when there is none or it can't be read. */
export function age(timestamp: string | undefined, now: Date): string {
  const then = timestamp === undefined ? Number.NaN : Date.parse(timestamp);
  return Number.isNaN(then) ? "<unknown>" : humanDuration(now.getTime() - then);
}
