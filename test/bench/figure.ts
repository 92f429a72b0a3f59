/** One figure of the bench: what was measured, how it was, and what was promised. */
import { median } from "./measure.ts";

export interface Figure {
  readonly title: string;
  /** The most that is allowed; undefined for what is measured only to understand the others. */
  readonly bound: number | undefined;
  readonly unit: "×" | "s" | "ms" | "MiB" | "MB" | "requests";
  readonly values: readonly number[];
  /** What was run, as one would type it. */
  readonly command: string;
}

export function isReached({ bound, values }: Figure): boolean {
  return bound === undefined || median(values) <= bound;
}

/** `2.31 × (2.20–2.48)` */
export function measuredText({ values, unit }: Figure): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const spread = low === high ? "" : ` (${short(low)}–${short(high)})`;
  return `${short(median(values))} ${unit}${spread}`;
}

export function boundText({ bound, unit }: Figure): string {
  return bound === undefined ? "" : `≤ ${short(bound)} ${unit}`;
}

function short(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value >= 20 ? value.toFixed(0) : value.toPrecision(3);
}
