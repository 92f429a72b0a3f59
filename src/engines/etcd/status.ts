/** What an observation says to people. Pure. */
import type { EngineStatus, MemberStatus } from "../engine.ts";
import { stageName, trustOf } from "../../resources/tls/stage.ts";
import { clientPort, clientServiceName, memberName } from "./names.ts";
import {
  healthyVoters,
  identityOf,
  isHealthy,
  isLeader,
  lag,
  lastWords,
  members,
  ordinals,
  quorum,
  voters,
} from "./plan/facts.ts";
import { sinceReplaced } from "./plan/replacement.ts";
import { currentVersion, inForce } from "./plan/version-state.ts";
import type { EtcdSeen, MemberSeen } from "./seen.ts";
import { quotaBytes, type EtcdSpec } from "./spec.ts";
import { compareVersions } from "./versions.ts";

export function statusOfEtcd(asked: EtcdSpec, found: EtcdSeen, now: Date): EngineStatus {
  const { wish: spec, seen } = sinceReplaced({ wish: asked, seen: found });
  const verdict = verdictOf(spec, seen);
  return {
    ...verdict,
    identity: identityOf(spec, seen),
    currentVersion: currentVersion(spec, seen),
    serviceName: clientServiceName(spec),
    clientPort,
    members: memberStatuses(spec, seen),
    facts: facts(spec, seen, now),
  };
}

function verdictOf(spec: EtcdSpec, seen: EtcdSeen): Pick<EngineStatus, "ready" | "reason" | "message"> {
  const healthy = healthyVoters(seen).length;
  const total = voters(seen).length;
  if (!seen.membership.known) return { ready: false, ...silence(spec, seen, seen.membership.why) };
  const readyPods = seen.pods.filter((pod) => pod.ready).length;
  if (seen.endpoints.some((endpoint) => endpoint.alarms.length > 0))
    return { ready: false, reason: "Alarm", message: `alarm ${alarms(seen).join(", ")}` };
  if (healthy < total || readyPods < total)
    return {
      ready: false,
      reason: "Degraded",
      message: `${String(healthy)} of ${String(total)} voters healthy, quorum is ${String(quorum(total))}`,
    };
  const known = members(seen).length;
  if (known !== spec.replicas || total !== known || seen.statefulSet?.replicas !== spec.replicas) {
    const message = `${String(total)} voters among ${String(known)} members, ${String(spec.replicas)} are asked for`;
    return { ready: false, reason: "Scaling", message };
  }
  return { ready: true, reason: "AllMembersReady", message: `${String(total)} of ${String(total)} voters healthy` };
}

/** What it means that no quorum answers. */
function silence(spec: EtcdSpec, seen: EtcdSeen, why: string): Pick<EngineStatus, "reason" | "message"> {
  if (spec.replacement !== undefined) return { reason: "Restoring", message: "its data gives way to that of a backup" };
  return identityOf(spec, seen) === undefined
    ? { reason: "Forming", message: "the cluster has not formed yet" }
    : { reason: "QuorumLost", message: `no quorum answers: ${why}` };
}

function memberStatuses(spec: EtcdSpec, seen: EtcdSeen): readonly MemberStatus[] {
  const expected = ordinals(Math.max(spec.replicas, seen.statefulSet?.replicas ?? 0));
  const all = new Set([...expected, ...members(seen).flatMap((member) => member.ordinal ?? [])]);
  return [...all].toSorted((a, b) => a - b).map((ordinal) => memberStatus(spec, seen, ordinal));
}

function memberStatus(spec: EtcdSpec, seen: EtcdSeen, ordinal: number): MemberStatus {
  const member = members(seen).find((candidate) => candidate.ordinal === ordinal);
  const endpoint = seen.endpoints.find((candidate) => candidate.ordinal === ordinal);
  return {
    name: memberName(spec, ordinal),
    ready: seen.pods.some((pod) => pod.ordinal === ordinal && pod.ready),
    role: roleOf(seen, member),
    version: endpoint?.version,
    details: [
      ["ID", member?.id ?? endpoint?.memberId ?? "<none>"],
      ["DB-SIZE", endpoint === undefined ? "<unknown>" : bytes(endpoint.dbSize)],
      ["IN-USE", endpoint === undefined ? "<unknown>" : bytes(endpoint.dbSizeInUse)],
      ["LAG", endpoint === undefined ? "<unknown>" : String(Math.max(0, highestIndex(seen) - endpoint.appliedIndex))],
    ],
  };
}

function roleOf(seen: EtcdSeen, member: MemberSeen | undefined): string {
  if (!seen.membership.known) return "unknown";
  if (member === undefined) return "none";
  if (!member.started) return "added";
  if (member.learner) return "learner";
  if (!isHealthy(seen, member)) return "unknown";
  return isLeader(seen, member) ? "leader" : "follower";
}

function facts(spec: EtcdSpec, seen: EtcdSeen, now: Date): EngineStatus["facts"] {
  const leader = members(seen).find((member) => isLeader(seen, member));
  const { stage } = seen.certificates;
  const rotating =
    stageName(stage) === "settled" ? "" : `, being rotated: ${trustOf(stage)} trusted, ${String(stage.issuer)} issues`;
  return [
    ...versionFacts(spec, seen),
    ["Leader", leader?.ordinal === undefined ? "<unknown>" : memberName(spec, leader.ordinal)],
    [
      "Revision",
      seen.endpoints.length === 0
        ? "<unknown>"
        : String(Math.max(...seen.endpoints.map((endpoint) => endpoint.revision))),
    ],
    ["Raft lag", seen.endpoints.length === 0 ? "<unknown>" : String(lag(seen))],
    ["Quota", bytes(quotaBytes(spec))],
    ["Alarms", alarms(seen).join(", ") || "none"],
    ...seen.certificates.authorities.map(({ name, notAfter }): readonly [string, string] => [
      `Authority (${name})`,
      `${String(days(notAfter, now))} days left${rotating}`,
    ]),
    ...seen.certificates.expiry.map(({ role, notAfter }): readonly [string, string] => [
      `Certificate (${role})`,
      `${String(days(notAfter, now))} days left`,
    ]),
  ];
}

/** Told while members run several versions, or another one than is asked for: `3.5.34 (demo-0, demo-1), 3.5.35 (demo-2)`. */
function versionFacts(spec: EtcdSpec, seen: EtcdSeen): EngineStatus["facts"] {
  const versions = [...new Set(seen.endpoints.map(({ version }) => version))].toSorted(compareVersions);
  const [only] = versions;
  if (versions.length === 0 || (versions.length === 1 && only === spec.version)) return [];
  const runs = versions.map((version) => {
    const running = seen.endpoints.filter((endpoint) => endpoint.version === version);
    return `${version} (${running.map(({ ordinal }) => memberName(spec, ordinal)).join(", ")})`;
  });
  const next = inForce(spec, seen);
  const by = next === spec.version || versions.includes(next) ? "" : ` by way of ${next}`;
  return [["Versions", `${runs.join(", ")}; going to ${spec.version}${by}`]];
}

function alarms(seen: EtcdSeen): readonly string[] {
  const texts = seen.endpoints.flatMap((endpoint) =>
    endpoint.alarms.map((alarm) => `${alarm.type} (member ${alarm.memberId})`),
  );
  return [...new Set(texts)];
}

/** One line for whoever waits. */
export function describeEtcd(asked: EtcdSpec, found: EtcdSeen): string {
  const { wish: spec, seen } = sinceReplaced({ wish: asked, seen: found });
  const restoring = [seen.seed?.look, seen.seed?.fill, seen.discard].find((job) => job?.state === "running");
  if (restoring !== undefined) return restoring.word;
  const ready = seen.pods.filter((pod) => pod.ready).length;
  const counts = `${String(ready)} of ${String(seen.statefulSet?.replicas ?? 0)} pods ready, ${seen.membership.known ? `${String(healthyVoters(seen).length)} of ${String(voters(seen).length)} voters healthy` : "quorum unknown"}`;
  const troubles = seen.pods
    .filter((pod) => !pod.ready)
    .map((pod) => {
      const last = lastWords(pod)?.slice(0, 160);
      return `${memberName(spec, pod.ordinal)}: ${pod.waiting ?? (pod.terminating ? "terminating" : undefined) ?? last ?? (pod.running ? "running, not ready" : "starting")}`;
    });
  return [counts, ...troubles].join("; ");
}

function highestIndex(seen: EtcdSeen): number {
  return Math.max(...seen.endpoints.map((endpoint) => endpoint.raftIndex));
}

function bytes(size: number): string {
  return size >= 2 ** 30 ? `${(size / 2 ** 30).toFixed(1)}Gi` : `${(size / 2 ** 20).toFixed(1)}Mi`;
}

function days(notAfter: string, now: Date): number {
  return Math.floor((Date.parse(notAfter) - now.getTime()) / 86_400_000);
}
