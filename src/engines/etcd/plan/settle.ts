/** The best that can come of waiting: the controllers have caught up and every member that can start has started. Pure. */
import { parseMode, sealed } from "../config-mode.ts";
import { memberName, peerUrl } from "../names.ts";
import type { ClaimSeen, EndpointSeen, EtcdSeen, MemberSeen, PodSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";
import { emptyClaim, settledJob, settledSeed } from "./expect-seed.ts";
import { restoredRevision } from "../backup/method.ts";
import { lowestVersion } from "../version-in-force.ts";
import { runningMinor, sameVersion } from "../versions.ts";
import { identityOf, ordinals } from "./facts.ts";

/** Stands for the id of a cluster that has yet to form. */
export const foreseenId = "new";

export function settle(spec: EtcdSpec, seen: EtcdSeen): EtcdSeen {
  const running = ordinals(seen.statefulSet?.replicas ?? 0);
  const membership = settleMembership(spec, seen);
  const known = membership.known ? membership.members : [];
  const leader = expectedLeader(seen, known);
  return {
    ...seen,
    statefulSet: seen.statefulSet && { ...seen.statefulSet, observed: true },
    pods: running.map((ordinal) => settledPod(spec, seen, ordinal)),
    claims: settledClaims(spec, seen, running),
    membership,
    seed: settledSeed(spec, seen.seed),
    discard: settledJob(seen.discard),
    endpoints: settledVersions(known.flatMap((member) => settledEndpoint(spec, seen, { member, leader }) ?? [])),
  };
}

/** The quorum answers again; a cluster that was forming has formed; members that were added have started. */
function settleMembership(spec: EtcdSpec, seen: EtcdSeen): EtcdSeen["membership"] {
  const { membership } = seen;
  if (seen.statefulSet === undefined || seen.statefulSet.replicas === 0) return membership;
  if (membership.known) {
    return {
      ...membership,
      members: membership.members.map((member) => ({ ...member, started: member.started || mayJoin(seen, member) })),
    };
  }
  const members = configuredOrdinals(seen).map((ordinal) => ({
    id: seen.claims.find((claim) => claim.ordinal === ordinal)?.memberId ?? `new-${memberName(spec, ordinal)}`,
    ordinal,
    peerUrl: peerUrl(spec, ordinal),
    started: true,
    learner: false,
  }));
  return { known: true, clusterId: identityOf(spec, seen) ?? foreseenId, members };
}

/** One whose configuration is sealed has no way in. */
function mayJoin({ config }: EtcdSeen, { ordinal }: MemberSeen): boolean {
  const mode = ordinal === undefined ? undefined : config?.modes[ordinal];
  return ordinal !== undefined && mode !== undefined && mode !== sealed(ordinal);
}

/** Who forms the cluster, or did. */
function configuredOrdinals({ config }: EtcdSeen): readonly number[] {
  const modes = config?.modes ?? {};
  const begun = Object.values(modes)
    .map(parseMode)
    .find((mode) => mode?.state === "new");
  return begun?.ordinals ?? Object.keys(modes).map(Number);
}

function settledPod(spec: EtcdSpec, seen: EtcdSeen, ordinal: number): PodSeen {
  const before = seen.pods.find((pod) => pod.ordinal === ordinal);
  const kept = before?.terminating === true ? undefined : before;
  return {
    ordinal,
    name: memberName(spec, ordinal),
    uid: kept?.uid ?? `new-${memberName(spec, ordinal)}`,
    terminating: false,
    running: true,
    ready: true,
    outdated: kept !== undefined && (kept.outdated || isOvertaken(seen, ordinal)),
    crash: undefined,
    waiting: undefined,
  };
}

/** Before its controller has seen a new template nobody can tell which pods are older; which version they run tells of some. */
function isOvertaken({ statefulSet, endpoints }: EtcdSeen, ordinal: number): boolean {
  const runs = endpoints.find((endpoint) => endpoint.ordinal === ordinal)?.version;
  if (statefulSet?.version === undefined || statefulSet.observed || runs === undefined) return false;
  return !sameVersion(runs, statefulSet.version);
}

function settledClaims(spec: EtcdSpec, seen: EtcdSeen, running: readonly number[]): readonly ClaimSeen[] {
  const kept = seen.claims
    .filter((claim) => !claim.terminating)
    .map((claim) => ({ ...claim, capacityBytes: claim.requestedBytes, restartToResize: false }));
  const missing = running.filter((ordinal) => !kept.some((claim) => claim.ordinal === ordinal));
  const fresh = missing.map((ordinal) => emptyClaim(spec, ordinal));
  return [...kept, ...fresh].toSorted((a, b) => a.ordinal - b.ordinal);
}

function settledEndpoint(
  spec: EtcdSpec,
  seen: EtcdSeen,
  { member, leader }: { readonly member: MemberSeen; readonly leader: MemberSeen | undefined },
): EndpointSeen | undefined {
  if (member.ordinal === undefined) return undefined;
  const before = seen.endpoints.find((endpoint) => endpoint.ordinal === member.ordinal);
  const index = Math.max(0, ...seen.endpoints.map((endpoint) => endpoint.raftIndex));
  return {
    ...(before ?? { ...unseenEndpoint(spec), revision: restoredRevision(seen) }),
    ordinal: member.ordinal,
    memberId: member.id,
    leaderId: leader?.id ?? "0",
    raftIndex: index,
    appliedIndex: index,
  };
}

/** etcd takes the cluster up to what all members run, or down to what it was told to. */
function settledVersions(endpoints: readonly EndpointSeen[]): readonly EndpointSeen[] {
  const lowest = runningMinor(lowestVersion(endpoints) ?? "");
  const down = endpoints.find(({ downgradeTo }) => downgradeTo !== undefined)?.downgradeTo;
  if (lowest === undefined || (lowest === "3.5" && down === undefined)) return endpoints;
  return endpoints.map((endpoint) => ({ ...endpoint, storageVersion: down ?? `${lowest}.0` }));
}

function unseenEndpoint(spec: EtcdSpec): Omit<EndpointSeen, "ordinal" | "memberId" | "leaderId"> {
  const clusterId = spec.identity ?? foreseenId;
  const sizes = { revision: 0, raftIndex: 0, appliedIndex: 0, dbSize: 0, dbSizeInUse: 0 };
  const { version } = spec;
  return {
    clusterId,
    ...sizes,
    version,
    storageVersion: undefined,
    downgradeTo: undefined,
    hash: undefined,
    alarms: [],
  };
}

/** Whoever leads goes on; without one, any voter may. */
function expectedLeader(seen: EtcdSeen, known: readonly MemberSeen[]): MemberSeen | undefined {
  const electable = known.filter((member) => !member.learner);
  return electable.find((member) => seen.endpoints.some((endpoint) => endpoint.leaderId === member.id)) ?? electable[0];
}
