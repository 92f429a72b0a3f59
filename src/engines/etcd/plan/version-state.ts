/** Where a change of version stands: small questions that its rules ask. Pure. */
import type { EndpointSeen, EtcdSeen, PodSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";
import { compareVersions, minorsBetween, newestAbove, runningMinor, sameVersion, type Minor } from "../versions.ts";
import { isUnstarted, lowestVersion, versionInForce } from "../version-in-force.ts";
import { endpointAt, identityOf, voters } from "./facts.ts";

/** The version the members are to run now. */
export function inForce(wish: EtcdSpec, seen: EtcdSeen): string {
  return versionInForce(wish, {
    formed: identityOf(wish, seen) !== undefined,
    set: seen.statefulSet?.version,
    config: seen.config?.version,
    endpoints: seen.endpoints,
    unstarted: isUnstarted(seen.pods),
  });
}

/** What the voters that answer say of themselves; all that answer while the membership is unknown. */
export function answering(seen: EtcdSeen): readonly EndpointSeen[] {
  if (!seen.membership.known) return seen.endpoints;
  return voters(seen).flatMap((member) => endpointAt(seen, member.ordinal) ?? []);
}

function allAnswer(seen: EtcdSeen): boolean {
  return seen.membership.known && voters(seen).every((member) => endpointAt(seen, member.ordinal) !== undefined);
}

/**
 * The lowest version that any member is known to run: one that is silent counts with what was recorded of all before, so that a member
 * that is down in the middle of an upgrade does not make it look finished.
 */
export function currentVersion(wish: EtcdSpec, seen: EtcdSeen): string | undefined {
  const lowest = lowestVersion(answering(seen));
  const { recordedVersion } = wish;
  if (lowest === undefined || recordedVersion === undefined || allAnswer(seen)) return lowest ?? recordedVersion;
  return compareVersions(lowest, recordedVersion) < 0 ? lowest : recordedVersion;
}

/** Not every member runs the version in force, or ran it when last looked at. */
export function isUnderWay(wish: EtcdSpec, seen: EtcdSeen): boolean {
  const version = inForce(wish, seen);
  if (answering(seen).some((endpoint) => !sameVersion(endpoint.version, version))) return true;
  if (tooOld(seen).length > 0) return true;
  const { recordedVersion } = wish;
  return !allAnswer(seen) && recordedVersion !== undefined && !sameVersion(recordedVersion, version);
}

/** Another version is wished than the one in force, and every member runs that one: the change is yet to begin. */
export function isToBegin(wish: EtcdSpec, seen: EtcdSeen): boolean {
  if (identityOf(wish, seen) === undefined) return false;
  return inForce(wish, seen) !== wish.version && !isUnderWay(wish, seen);
}

/** Minors that are in play: what members run, what they are to run, and what silent ones ran. */
export function minorsInPlay(wish: EtcdSpec, seen: EtcdSeen): readonly Minor[] {
  const present = inForce(wish, seen);
  const recorded = allAnswer(seen) ? [] : [wish.recordedVersion ?? ""];
  const above = tooOld(seen).length === 0 ? [] : [newestAbove(present) ?? ""];
  const texts = [...answering(seen).map(({ version }) => version), present, ...recorded, ...above];
  return texts.flatMap((text) => runningMinor(text) ?? []);
}

/** Members that refuse to start with the version in force, since the cluster has gone further. */
export function tooOld(seen: EtcdSeen): readonly PodSeen[] {
  return seen.pods.filter((pod) => !pod.outdated && pod.crash?.termination === "newer-data");
}

/**
 * Whether a member may be put back to `minor` without being refused by its own data. etcd raises the version of the cluster within
 * seconds once all members run a higher one, and from then on starts no older one (membership/downgrade.go). A member that runs `minor`
 * proves that it has not; so do all others' data while one is missing. When none runs `minor`, only etcd's own downgrade makes it so.
 */
export function admits(seen: EtcdSeen, minor: Minor): boolean {
  const all = answering(seen);
  const notAbove = (version: string | undefined): boolean => {
    const found = runningMinor(version ?? "");
    return found !== undefined && minorsBetween(minor, found) <= 0;
  };
  if (all.length === 0 || all.some((endpoint) => notAbove(endpoint.version))) return true;
  if (!all.every((endpoint) => notAbove(endpoint.storageVersion))) return false;
  return !allAnswer(seen) || all.some((endpoint) => notAbove(endpoint.downgradeTo));
}

/** The cluster has taken up `minor`: its data are of that minor on every voter. A voter of 3.5 has nothing to tell, and nothing to wait for. */
export function hasSettledAt(seen: EtcdSeen, minor: Minor): boolean {
  if (minor === "3.5" && answering(seen).some(({ version }) => runningMinor(version) === "3.5")) return true;
  return answering(seen).every(({ storageVersion }) => runningMinor(storageVersion ?? "") === minor);
}

/** The minor that etcd has been told to go down to; undefined while it was not. */
export function downgradeMinor(seen: EtcdSeen): Minor | undefined {
  return runningMinor(seen.endpoints.find(({ downgradeTo }) => downgradeTo !== undefined)?.downgradeTo ?? "");
}
