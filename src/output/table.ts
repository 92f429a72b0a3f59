/** Tables as kubectl prints them: no borders, upper-case headings, three spaces between columns, nothing after the last. */
import { sanitize } from "./sanitize.ts";

/** An undefined or empty cell reads `<none>`. */
export type Cell = string | number | undefined;

/** Rows under headings, one line each, ending with a newline. NAME goes first and AGE last by custom of the caller. */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [headings, ...rows.map((row) => headings.map((_, column) => text(row[column])))];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ""))));
  return lines.map((line) => `${joined(line, widths)}\n`).join("");
}

function joined(line: readonly string[], widths: readonly number[]): string {
  return line
    .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - width(cell)))
    .join("   ")
    .trimEnd();
}

function text(cell: Cell): string {
  // A cell is one line: what the server says may hold newlines and tabs.
  const clean = sanitize(String(cell ?? "")).replace(/\s+/g, " ");
  return clean === "" ? "<none>" : clean;
}

function width(cell: string): number {
  return Array.from(cell).length;
}
