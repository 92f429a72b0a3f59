/** What an observation says to people. Pure. */
import { daysLeft } from "../../resources/tls/inspect.ts";
import { stageName } from "../../resources/tls/stage.ts";
import type { EngineStatus, MemberStatus } from "../engine.ts";
import { byPlace, clientPort, clientServiceName, podName, samePlace, type Place } from "./names.ts";
import {
  disagreement,
  identityOf,
  isCaughtUp,
  coveredSlots,
  nodeAt,
  nodeOf,
  numbers,
  primaryOf,
} from "./plan/facts.ts";
import type { NodeSeen, ValkeySeen } from "./seen.ts";
import { compareServers, serverTitle } from "./server.ts";
import { countSlots, slotCount, slotsText } from "./slots.ts";
import type { ValkeySpec } from "./spec.ts";

export function statusOfValkey(spec: ValkeySpec, seen: ValkeySeen, now: Date): EngineStatus {
  const servers = seen.nodes.map((node) => node.server).toSorted(compareServers);
  return {
    ...verdictOf(spec, seen),
    identity: identityOf(spec, seen),
    currentVersion: servers[0]?.version,
    serviceName: clientServiceName(spec),
    clientPort,
    members: places(spec, seen).map((place) => memberStatus(spec, seen, place)),
    facts: facts(seen, now),
  };
}

type Verdict = Pick<EngineStatus, "ready" | "reason" | "message">;

function verdictOf(spec: ValkeySpec, seen: ValkeySeen): Verdict {
  if (identityOf(spec, seen) === undefined)
    return { ready: false, reason: "Forming", message: "the cluster has not formed yet" };
  const uncovered = slotCount - coveredSlots(seen);
  if (uncovered > 0)
    return { ready: false, reason: "SlotsUncovered", message: `${String(uncovered)} slots have no owner that answers` };
  const wished = spec.shards * spec.replicas;
  const serving = seen.nodes.filter((node) => node.role === "primary" || isCaughtUp(seen, node)).length;
  const counts = `${String(serving)} of ${String(wished)} nodes serve`;
  if (isMoving(spec, seen)) return { ready: false, reason: "Resharding", message: `${counts}; slots are to move` };
  if (seen.pods.length !== wished || seen.shards.some((set) => set.replicas !== spec.replicas)) {
    const pods = `${String(seen.pods.length)} pods, ${String(wished)} are asked for`;
    return { ready: false, reason: "Scaling", message: pods };
  }
  const doubt = doubtOf(spec, seen);
  if (doubt !== undefined) return { ready: false, reason: "Degraded", message: `${counts}; ${doubt}` };
  return { ready: true, reason: "AllMembersReady", message: `${counts}, all ${String(slotCount)} slots` };
}

/** Why not all is well though every slot has an owner. */
function doubtOf(spec: ValkeySpec, seen: ValkeySeen): string | undefined {
  const unready = seen.pods.find((pod) => !pod.ready || nodeAt(seen, pod.place) === undefined);
  if (unready !== undefined) return `${unready.name} is not ready`;
  const behind = seen.nodes.find((node) => node.role === "replica" && !isCaughtUp(seen, node));
  if (behind !== undefined) return `${podName(spec, behind.place)} is behind its primary`;
  const failing = seen.nodes.find((node) => !node.clusterOk);
  if (failing !== undefined) return `${podName(spec, failing.place)} says cluster_state:fail`;
  return disagreement(spec, seen);
}

/** Slots are on their way, or a shard has none that should have some, or some that should have none. */
function isMoving(spec: ValkeySpec, seen: ValkeySeen): boolean {
  if (seen.nodes.some((node) => node.open.length > 0 || node.migrating > 0)) return true;
  const shards = new Set([...numbers(spec.shards), ...seen.shards.map((set) => set.shard)]);
  return [...shards].some((shard) => (primaryOf(seen, shard)?.slots.length ?? 0) > 0 !== shard < spec.shards);
}

function places(spec: ValkeySpec, seen: ValkeySeen): readonly Place[] {
  const wished = numbers(spec.shards).flatMap((shard) => numbers(spec.replicas).map((ordinal) => ({ shard, ordinal })));
  const others = seen.pods.map((pod) => pod.place).filter((place) => !wished.some((one) => samePlace(one, place)));
  return [...wished, ...others]
    .map((place) => ({ place }))
    .toSorted(byPlace)
    .map(({ place }) => place);
}

function memberStatus(spec: ValkeySpec, seen: ValkeySeen, place: Place): MemberStatus {
  const node = nodeAt(seen, place);
  return {
    name: podName(spec, place),
    shard: String(place.shard),
    ready: seen.pods.some((pod) => samePlace(pod.place, place) && pod.ready),
    role: roleOf(node),
    version: node?.server.version,
    details: [
      ["SLOTS", node === undefined ? "<unknown>" : slotsOf(node)],
      ["KEYS", node === undefined ? "<unknown>" : String(node.keys)],
      ["MEMORY", node === undefined ? "<unknown>" : memory(node)],
      ["LAG", node === undefined ? "<unknown>" : lagOf(seen, node)],
    ],
  };
}

/** A node without slots that follows nobody is not yet anything. */
function roleOf(node: NodeSeen | undefined): string {
  if (node === undefined) return "unknown";
  if (node.loading) return "loading";
  return node.role === "primary" && node.slots.length === 0 ? "none" : node.role;
}

function slotsOf({ role, slots }: NodeSeen): string {
  if (role === "replica") return "-";
  return slots.length > 3
    ? `${String(countSlots(slots))} in ${String(slots.length)} ranges`
    : slotsText(slots) || "none";
}

function memory({ usedBytes, maxBytes }: NodeSeen): string {
  const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)}Mi`;
  return maxBytes === 0 ? mebibytes(usedBytes) : `${mebibytes(usedBytes)} of ${mebibytes(maxBytes)}`;
}

function lagOf(seen: ValkeySeen, node: NodeSeen): string {
  if (node.role === "primary") return "-";
  const primary = nodeOf(seen, node.primaryId);
  if (primary === undefined || !node.linked) return "not linked";
  return String(Math.max(0, primary.offset - node.offset));
}

function facts(seen: ValkeySeen, now: Date): EngineStatus["facts"] {
  const owned = coveredSlots(seen);
  const keys = seen.nodes.filter((node) => node.role === "primary").reduce((sum, node) => sum + node.keys, 0);
  const moving = seen.nodes.reduce((sum, node) => sum + node.open.length + node.migrating, 0);
  const servers = seen.nodes.map((node) => node.server).toSorted(compareServers);
  return [
    ["Servers", [...new Set(servers.map(serverTitle))].join(", ") || "<unknown>"],
    ["Slots", `${String(owned)} of ${String(slotCount)} have an owner`],
    ["Keys", String(keys)],
    ...(seen.certificate === undefined
      ? []
      : [["Certificate", `${String(daysLeft(new Date(seen.certificate.notAfter), now))} days left`] as const]),
    ...rotationFact(seen),
    ...(moving === 0 ? [] : [["Moving", `${String(moving)} moves have not ended`] as const]),
  ];
}

/** An authority that is being changed; `reconcile` goes on with it. */
function rotationFact({ certificate }: ValkeySeen): EngineStatus["facts"] {
  if (certificate === undefined || stageName(certificate.stage) === "settled") return [];
  const issued = stageName(certificate.stage) === "overlap" ? "the old one issues" : "the new one issues";
  return [["Authorities", `being changed: two are trusted, ${issued}`]];
}

/** One line for whoever waits. */
export function describeValkey(spec: ValkeySpec, seen: ValkeySeen): string {
  const jobs = [seen.seed?.look, ...Object.values(seen.seed?.fills ?? {})];
  const restoring = jobs.find((job) => job?.state === "running");
  if (restoring !== undefined) return restoring.word;
  const total = seen.shards.reduce((sum, set) => sum + set.replicas, 0);
  const ready = seen.pods.filter((pod) => pod.ready).length;
  const counts = `${String(ready)} of ${String(total)} pods ready, ${String(coveredSlots(seen))} of ${String(slotCount)} slots owned`;
  const troubles = seen.pods
    .filter((pod) => !pod.ready)
    .map(
      (pod) =>
        `${pod.name}: ${pod.waiting ?? (pod.terminating ? "terminating" : pod.running ? "running, not ready" : "starting")}`,
    );
  const differ = troubles.length === 0 ? disagreement(spec, seen) : undefined;
  return [counts, ...troubles, ...(differ === undefined ? [] : [differ])].join("; ");
}
