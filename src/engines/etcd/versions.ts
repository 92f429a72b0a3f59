/** Which etcd versions this engine knows how to run, and the way from one to another. Pure. */

export type Minor = "3.5" | "3.6" | "3.7";

export const supportedMinors: readonly Minor[] = ["3.5", "3.6", "3.7"];

/** Members below 3.5.26 may come back as zombies when leaving (etcd 3.6 upgrade guide): they are not installed. */
const lowestPatch: Readonly<Record<Minor, number>> = { "3.5": 26, "3.6": 0, "3.7": 0 };

/** The newest patch of each minor that this release knows: where a way through a minor leads. */
const newestPatch: Readonly<Record<Minor, string>> = { "3.5": "3.5.35", "3.6": "3.6.16", "3.7": "3.7.3" };

/**
 * What every member must have reached before the first one goes to a minor: 3.5 had bugs that only 3.6 makes fatal (learner promotion not
 * persisted, 3.5.1–3.5.19; zombie members, before 3.5.26), and 3.6 one that 3.7 does (etcd's upgrade guides for 3.6 and 3.7).
 */
export const floors: Readonly<Record<Minor, string>> = { "3.5": "3.5.0", "3.6": "3.5.26", "3.7": "3.6.11" };

/** The supported minor of a full version such as `3.6.16`; undefined when it is malformed, unknown or below the lowest patch. */
export function minorOf(version: string): Minor | undefined {
  const minor = runningMinor(version);
  if (minor === undefined || !/^\d+\.\d+\.\d+$/u.test(version)) return undefined;
  return patchOf(version) < lowestPatch[minor] ? undefined : minor;
}

/** The minor of what a member says it runs, be it one that is not installed any more, or a vendor's build such as `3.6.16-1`. */
export function runningMinor(version: string): Minor | undefined {
  const minor = /^(\d+\.\d+)\.\d+/u.exec(version)?.[1];
  return supportedMinors.find((candidate) => candidate === minor);
}

function patchOf(version: string): number {
  return Number(/^\d+\.\d+\.(\d+)/u.exec(version)?.[1] ?? 0);
}

/** Below 0: `a` is older. What follows the third number, as in a vendor's build, does not count. */
export function compareVersions(a: string, b: string): number {
  const numbers = (version: string): readonly number[] =>
    (/^\d+\.\d+\.\d+/u.exec(version)?.[0] ?? "0").split(".").map(Number);
  const right = numbers(b);
  return numbers(a).reduce((sign, part, index) => (sign === 0 ? Math.sign(part - (right[index] ?? 0)) : sign), 0);
}

export function sameVersion(a: string, b: string): boolean {
  return compareVersions(a, b) === 0;
}

/** How many minors `to` is above `from`; below 0: it is older. */
export function minorsBetween(from: Minor, to: Minor): number {
  return supportedMinors.indexOf(to) - supportedMinors.indexOf(from);
}

/**
 * The versions to go through from `from` up to `to`, which is the last: one minor at a time, each at the newest patch that is known, and
 * first to the newest patch of the present minor where the next one's floor asks for it.
 */
export function wayUp(from: string, to: string): readonly string[] {
  const [low, high] = [runningMinor(from), runningMinor(to)];
  if (low === undefined || high === undefined || minorsBetween(low, high) <= 0) return [to];
  const minors = supportedMinors.slice(supportedMinors.indexOf(low) + 1, supportedMinors.indexOf(high) + 1);
  const stops = minors.map((minor) => (minor === high ? to : newestPatch[minor]));
  const [first] = minors;
  const below = first !== undefined && compareVersions(from, floors[first]) < 0;
  return below ? [newestPatch[low], ...stops] : stops;
}

/**
 * Whether members that all start anew with `version` can read what `from` has left. None of an older minor can; those of the next one do
 * when no stop on the way is needed, except into 3.7, before which every member has to begin its log anew (`plan/rules/version.ts`).
 */
export function reads(version: string, from: string): boolean {
  const [low, high] = [runningMinor(from), runningMinor(version)];
  if (low === undefined || high === undefined) return false;
  if (low === high) return true;
  return minorsBetween(low, high) === 1 && wayUp(from, version).length === 1 && high !== "3.7";
}

/** The newest known patch of the minor after that of `version`; undefined when there is none. */
export function newestAbove(version: string): string | undefined {
  const minor = runningMinor(version);
  const next = minor && supportedMinors[supportedMinors.indexOf(minor) + 1];
  return next && newestPatch[next];
}

export const newestVersions: readonly string[] = supportedMinors.map((minor) => newestPatch[minor]);
