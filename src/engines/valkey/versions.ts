/** Which Valkey there is, and what each can do. Pure. */

/** The newest patch of each minor that is known, oldest first. */
export const newestVersions: readonly string[] = ["8.0.6", "8.1.4", "9.0.1", "9.1.2"];

const supported = /^(?:8\.[01]|9\.[01])\.\d+$/u;

export function isSupported(version: string): boolean {
  return supported.test(version);
}

export function compareVersions(a: string, b: string): number {
  const numbers = (version: string): readonly number[] => version.split(".").map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  for (const [index, part] of left.entries()) {
    const difference = part - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** `CLUSTER MIGRATESLOTS` (Valkey 9.0): the slots of one request change hands in one moment, or not at all. */
export function movesSlotsAtomically(version: string): boolean {
  return compareVersions(version, "9.0.0") >= 0;
}
