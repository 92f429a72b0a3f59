/** Which etcd versions this engine knows how to run. */

export type Minor = "3.5" | "3.6" | "3.7";

export const supportedMinors: readonly Minor[] = ["3.5", "3.6", "3.7"];

/** Members below 3.5.26 may come back as zombies when leaving (etcd 3.6 upgrade guide): they are not installed. */
const lowestPatch: Readonly<Record<Minor, number>> = { "3.5": 26, "3.6": 0, "3.7": 0 };

/** The supported minor of a full version such as `3.6.16`; undefined when it is malformed, unknown or below the lowest patch. */
export function minorOf(version: string): Minor | undefined {
  const match = /^(3\.[567])\.(\d+)$/u.exec(version);
  const minor = supportedMinors.find((candidate) => candidate === match?.[1]);
  if (minor === undefined || Number(match?.[2]) < lowestPatch[minor]) return undefined;
  return minor;
}
