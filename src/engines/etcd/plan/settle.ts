/** The best that can come of waiting: the controllers have caught up and every member that can start has started. Pure. */
import { parseMode } from "../config-mode.ts";
import { claimName, memberName, peerUrl } from "../names.ts";
import type { ClaimSeen, EndpointSeen, EtcdSeen, MemberSeen, PodSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";
import { ordinals } from "./facts.ts";

export function settle(spec: EtcdSpec, seen: EtcdSeen): EtcdSeen {
  const running = ordinals(seen.statefulSet?.replicas ?? 0);
  const membership = settleMembership(spec, seen);
  const known = membership.known ? membership.members : [];
  return {
    ...seen,
    pods: running.map((ordinal) => settledPod(spec, seen, ordinal)),
    claims: settledClaims(spec, seen, running),
    membership,
    endpoints: known.flatMap((member) => settledEndpoint(spec, seen, known, member) ?? []),
    expandable: seen.expandable,
  };
}

/** The quorum answers again; a cluster that was forming has formed; members that were added have started. */
function settleMembership(spec: EtcdSpec, seen: EtcdSeen): EtcdSeen["membership"] {
  const { membership } = seen;
  if (membership.known)
    return { ...membership, members: membership.members.map((member) => ({ ...member, started: true })) };
  const configured = Object.keys(seen.config?.modes ?? {}).map(Number);
  const listed =
    Object.values(seen.config?.modes ?? {})
      .map(parseMode)
      .find((mode) => mode?.state === "new")?.ordinals ?? configured;
  const members = listed.map((ordinal) => ({
    id: seen.claims.find((claim) => claim.ordinal === ordinal)?.memberId ?? `new-${memberName(spec, ordinal)}`,
    ordinal,
    peerUrl: peerUrl(spec, ordinal),
    started: true,
    learner: false,
  }));
  return { known: true, clusterId: spec.identity ?? seen.config?.clusterId ?? "new", members };
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
    outdated: kept?.outdated ?? false,
    crash: undefined,
    waiting: undefined,
  };
}

function settledClaims(spec: EtcdSpec, seen: EtcdSeen, running: readonly number[]): readonly ClaimSeen[] {
  const kept = seen.claims
    .filter((claim) => !claim.terminating)
    .map((claim) => ({ ...claim, capacityBytes: claim.requestedBytes, restartToResize: false }));
  const missing = running.filter((ordinal) => !kept.some((claim) => claim.ordinal === ordinal));
  const fresh = missing.map((ordinal) => ({
    ordinal,
    name: claimName(spec, ordinal),
    uid: `new-${claimName(spec, ordinal)}`,
    ours: true,
    terminating: false,
    clusterId: undefined,
    memberId: undefined,
    requested: spec.storage.size,
    requestedBytes: spec.storage.bytes,
    capacityBytes: spec.storage.bytes,
    restartToResize: false,
  }));
  return [...kept, ...fresh].toSorted((a, b) => a.ordinal - b.ordinal);
}

function settledEndpoint(
  spec: EtcdSpec,
  seen: EtcdSeen,
  known: readonly MemberSeen[],
  member: MemberSeen,
): EndpointSeen | undefined {
  if (member.ordinal === undefined) return undefined;
  const before = seen.endpoints.find((endpoint) => endpoint.ordinal === member.ordinal);
  const leader =
    known.find(
      (candidate) => !candidate.learner && seen.endpoints.some((endpoint) => endpoint.leaderId === candidate.id),
    ) ?? known.find((candidate) => !candidate.learner);
  const index = Math.max(0, ...seen.endpoints.map((endpoint) => endpoint.raftIndex));
  return {
    ordinal: member.ordinal,
    memberId: member.id,
    clusterId: before?.clusterId ?? spec.identity ?? "new",
    leaderId: leader?.id ?? "0",
    revision: before?.revision ?? 0,
    raftIndex: index,
    appliedIndex: index,
    dbSize: before?.dbSize ?? 0,
    dbSizeInUse: before?.dbSizeInUse ?? 0,
    version: before?.version ?? spec.version,
    alarms: before?.alarms ?? [],
  };
}
