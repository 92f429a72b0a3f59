/** Which versions there are, and what each can do. Pure. */

/** The newest patch of each minor of Valkey that is known, oldest first. */
export const newestVersions: readonly string[] = ["8.0.6", "8.1.4", "9.0.1", "9.1.2"];

/** By who makes the server. */
export const supportedVersions = {
  valkey: { minors: ["8.0", "8.1", "9.0", "9.1"], example: "9.1.2" },
  redis: { minors: ["7.0", "7.2", "7.4", "8.0", "8.2", "8.4"], example: "7.2.4" },
} as const;

export function isSupported(flavour: keyof typeof supportedVersions, version: string): boolean {
  const [, minor = ""] = /^(\d+\.\d+)\.\d+$/u.exec(version) ?? [];
  return supportedVersions[flavour].minors.some((one) => one === minor);
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
