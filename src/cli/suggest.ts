/** "Did you mean": the known words nearest to a mistyped one. */

/** Those within two typing errors (and less than half the word), or that begin with what was typed, best first. */
export function suggest(typed: string, known: readonly string[]): string[] {
  return known
    .map((word) => ({ word, distance: word.startsWith(typed) && typed !== "" ? 0 : editDistance(typed, word) }))
    .filter(({ word, distance }) => distance <= 2 && distance < Math.max(typed.length, word.length) / 2)
    .toSorted((a, b) => a.distance - b.distance || a.word.localeCompare(b.word))
    .map(({ word }) => word);
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Infinity;
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replaced, swapped));
    }
  }
  return at(a.length, b.length);
}
