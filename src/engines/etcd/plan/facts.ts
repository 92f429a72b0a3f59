/** What an observation means: small questions that the rules ask. Pure. */
import { parseMode, type Mode } from "../config-mode.ts";
import type { ClaimSeen, EndpointSeen, EtcdSeen, MemberSeen, PodSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";

/** Votes needed among `voters` for anything to be decided. */
export function quorum(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

/** The members the quorum knows; empty while the membership is unknown — ask {@link EtcdSeen.membership} which it is. */
export function members(seen: EtcdSeen): readonly MemberSeen[] {
  return seen.membership.known ? seen.membership.members : [];
}

export function voters(seen: EtcdSeen): readonly MemberSeen[] {
  return members(seen).filter((member) => !member.learner);
}

export function memberAt(seen: EtcdSeen, ordinal: number): MemberSeen | undefined {
  return members(seen).find((member) => member.ordinal === ordinal);
}

export function podAt(seen: EtcdSeen, ordinal: number): PodSeen | undefined {
  return seen.pods.find((pod) => pod.ordinal === ordinal);
}

export function claimAt(seen: EtcdSeen, ordinal: number): ClaimSeen | undefined {
  return seen.claims.find((claim) => claim.ordinal === ordinal);
}

export function endpointAt(seen: EtcdSeen, ordinal: number | undefined): EndpointSeen | undefined {
  return seen.endpoints.find((endpoint) => endpoint.ordinal === ordinal);
}

/** Answers under the id that the quorum knows it by, and follows a leader. */
export function isHealthy(seen: EtcdSeen, member: MemberSeen): boolean {
  const endpoint = endpointAt(seen, member.ordinal);
  return endpoint !== undefined && endpoint.memberId === member.id && endpoint.leaderId !== "0";
}

export function healthyVoters(seen: EtcdSeen): readonly MemberSeen[] {
  return voters(seen).filter((member) => isHealthy(seen, member));
}

export function isLeader(seen: EtcdSeen, member: MemberSeen): boolean {
  return seen.endpoints.some((endpoint) => endpoint.leaderId === member.id);
}

/** A healthy voter to ask: the leader when it is one of `among`, else the lowest ordinal. */
export function spokesman(seen: EtcdSeen, among: readonly MemberSeen[] = healthyVoters(seen)): number | undefined {
  const withOrdinal = among.filter((member) => member.ordinal !== undefined);
  return (withOrdinal.find((member) => isLeader(seen, member)) ?? withOrdinal[0])?.ordinal;
}

/** Raft entries by which the slowest healthy voter is behind. */
export function lag(seen: EtcdSeen): number {
  const endpoints = healthyVoters(seen).flatMap((member) => endpointAt(seen, member.ordinal) ?? []);
  if (endpoints.length === 0) return 0;
  return (
    Math.max(...endpoints.map((endpoint) => endpoint.raftIndex)) -
    Math.min(...endpoints.map((endpoint) => endpoint.appliedIndex))
  );
}

/** What bears the id of the cluster, beyond its record. */
export interface Marks {
  readonly config: { readonly clusterId: string | undefined } | undefined;
  readonly claims: EtcdSeen["claims"];
}

/**
 * The id of the cluster once it has formed, from whichever durable mark is left: the DatabaseCluster's status, the ConfigMap, or a
 * claim of ours. A cluster that has one is never bootstrapped again.
 */
export function identityOf(spec: EtcdSpec, seen: Marks): string | undefined {
  return (
    spec.identity ??
    seen.config?.clusterId ??
    seen.claims.find((claim) => (claim.ours || claim.ordinal < spec.replicas) && claim.clusterId !== undefined)
      ?.clusterId
  );
}

/** Ordinals 0 to `count` - 1. */
export function ordinals(count: number): readonly number[] {
  return Array.from({ length: count }, (_, ordinal) => ordinal);
}

/** Voters the cluster had when last looked at: from its configuration, else from its claims. One that is still to join has no vote. */
export function lastKnownSize(seen: EtcdSeen): number {
  const joined = Object.values(seen.config?.modes ?? {}).filter((mode) => !isJoining(parseMode(mode)));
  const claimed = seen.claims.filter((claim) => claim.memberId !== undefined).map((claim) => claim.ordinal + 1);
  return joined.length > 0 ? joined.length : Math.max(...claimed, 1);
}

/** Pods it takes to run every member the cluster was last known to have: one that has left may have left a gap below the others. */
export function lastKnownReplicas(seen: EtcdSeen): number {
  const configured = [
    ...Object.keys(seen.config?.modes ?? {}).map(Number),
    ...members(seen).map((one) => one.ordinal ?? 0),
  ];
  const claimed = seen.claims.flatMap((claim) => (claim.memberId === undefined ? [] : [claim.ordinal]));
  return 1 + Math.max(0, ...(configured.length > 0 ? configured : claimed));
}

/** Pods it takes to run every member that has joined, as the configuration tells while no quorum does. One still joining may wait. */
export function joinedReplicas(seen: EtcdSeen): number {
  const modes = Object.entries(seen.config?.modes ?? {}).filter(([, mode]) => !isJoining(parseMode(mode)));
  return 1 + Math.max(-1, ...modes.map(([ordinal]) => Number(ordinal)));
}

function isJoining(mode: Mode | undefined): boolean {
  return mode?.state === "existing" && mode.ordinals.length > 1;
}

/**
 * Whether a claim may hold a member's data: not going away, and not found empty by the member itself. One of ours that bears no record
 * is counted in: a run may have ended between the member's start and the record of it, and unknown is not lost.
 */
export function mayHoldData(seen: EtcdSeen, claim: ClaimSeen): boolean {
  const termination = podAt(seen, claim.ordinal)?.crash?.termination;
  if (claim.terminating || claim.ofBefore === true || termination === "empty-data-dir") return false;
  return claim.memberId !== undefined || claim.ours;
}

/** By the member's own last words: it does not find its data, or can't read it. */
export function hasLostData(seen: EtcdSeen, ordinal: number): boolean {
  const termination = podAt(seen, ordinal)?.crash?.termination;
  return termination === "empty-data-dir" || termination === "corrupt";
}

/** The last line a container that keeps ending has written, shortened for people. */
export function lastWords(pod: PodSeen | undefined): string | undefined {
  const line = pod?.crash?.message.trim().split("\n").at(-1);
  return line === undefined || line === "" ? undefined : line.slice(0, 200);
}

/** Named by a CORRUPT alarm; or, where the alarm names nobody, the one whose data differs from what a quorum agrees on. */
export function isAccused(seen: EtcdSeen, member: MemberSeen): boolean {
  const ids = seen.endpoints.flatMap(({ alarms }) =>
    alarms.flatMap((alarm) => (alarm.type === "CORRUPT" ? [alarm.memberId] : [])),
  );
  if (ids.includes(member.id)) return true;
  if (!ids.includes("0")) return false;
  const hash = endpointAt(seen, member.ordinal)?.hash;
  const agreed = voters(seen).map((other) => endpointAt(seen, other.ordinal)?.hash);
  const majority = agreed.find(
    (each) => each !== undefined && agreed.filter((other) => other === each).length >= quorum(agreed.length),
  );
  return hash !== undefined && majority !== undefined && hash !== majority;
}
