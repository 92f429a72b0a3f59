/** The first forming (engines.md §4.1): slots are dealt out, nodes meet, and only when all agree is it recorded for good. */
import { podName } from "../../names.ts";
import { claimIntent } from "../../resources/claim.ts";
import { configMap } from "../../resources/config-map.ts";
import { serverText } from "../../server.ts";
import { countSlots, slotCount, slotsText, without } from "../../slots.ts";
import type { NodeSeen, ValkeySeen } from "../../seen.ts";
import type { ValkeySpec } from "../../spec.ts";
import {
  claimAt,
  coveredSlots,
  firstClaimOf,
  firstSlots,
  identityOf,
  nodeAt,
  numbers,
  undealtSlots,
  wishedPlaces,
} from "../facts.ts";
import { act, block, waitFor, type Decision, type Rule } from "../rule.ts";

/** All nodes of a cluster that is to form must be there, and empty; those that were filled from a backup must have found what that holds. */
export const awaitFirstNodes: Rule = ({ spec, seen }) => {
  if (identityOf(spec, seen) !== undefined) return undefined;
  const silent = wishedPlaces(spec).find((place) => nodeAt(seen, place) === undefined);
  if (silent !== undefined)
    return waitFor(`all ${String(spec.shards * spec.replicas)} nodes answer`, whySilent(spec, seen));
  const hollow = numbers(spec.shards).find((shard) => hasLostBackup(spec, seen, shard));
  if (hollow !== undefined) return refuseHollow(spec, seen, hollow);
  const full = seen.nodes.find((node) => node.keys > 0 && !mayHoldData(spec, seen, node));
  if (full === undefined) return undefined;
  return block({
    guard: "no-bootstrap-over-data",
    message: `${podName(spec, full.place)} holds data, and nothing records a cluster that it belongs to: no slots are dealt out over it`,
    observed: `${String(full.keys)} keys`,
  });
};

/** It has none but slots that it is to have and, unless it was filled from a backup, all of those; or it follows one that has: what it holds was written since. */
function mayHoldData(spec: ValkeySpec, seen: ValkeySeen, { role, slots, place }: NodeSeen): boolean {
  const first = firstSlots(spec, seen, place.shard);
  if (role === "replica") return true;
  if (place.ordinal === 0 && firstClaimOf(seen, place.shard)?.restored !== undefined)
    return without(slots, first).length === 0;
  return first.length > 0 && slotsText(slots) === slotsText(first);
}

/** As long as slots of the shard are not dealt out nobody writes to it: what was restored must be there. Its owner may have been elected since. */
function hasLostBackup(spec: ValkeySpec, seen: ValkeySeen, shard: number): boolean {
  const restored = firstClaimOf(seen, shard)?.restored;
  const keys = nodeAt(seen, { shard, ordinal: 0 })?.keys ?? 0;
  return restored !== undefined && undealtSlots(spec, seen, shard).length > 0 && keys < restored.keys;
}

function refuseHollow(spec: ValkeySpec, seen: ValkeySeen, shard: number): Decision {
  const place = { shard, ordinal: 0 };
  return block({
    guard: "data-lost",
    message: `${podName(spec, place)} has not found the data that was restored for it: it gets no slots. The cluster has never been ready: delete it with its data, and restore again`,
    observed: `${String(nodeAt(seen, place)?.keys ?? 0)} keys, the backup has at least ${String(firstClaimOf(seen, shard)?.restored?.keys ?? 0)}`,
    lift: `kubectl dbop delete ${spec.name} -n ${spec.namespace} --delete-data --confirm=${spec.name}`,
  });
}

function whySilent(spec: ValkeySpec, seen: ValkeySeen): string {
  const silent = wishedPlaces(spec).filter((place) => nodeAt(seen, place) === undefined);
  const waiting = seen.pods.find(
    (pod) => pod.waiting !== undefined && silent.some((place) => podName(spec, place) === pod.name),
  );
  if (waiting !== undefined) return `${waiting.name}: ${waiting.waiting ?? ""}`;
  return `${silent.map((place) => podName(spec, place)).join(", ")} ${silent.length === 1 ? "does" : "do"} not answer yet`;
}

/** To each shard's first node what nobody has of that which it is to begin with. Before that is recorded a second run finds the same. */
export const dealSlots: Rule = ({ spec, seen }) => {
  if (identityOf(spec, seen) !== undefined) return undefined;
  const shard = numbers(spec.shards).find((each) => undealtSlots(spec, seen, each).length > 0);
  if (shard === undefined) return undefined;
  const slots = undealtSlots(spec, seen, shard);
  const to = { shard, ordinal: 0 };
  const restored = firstClaimOf(seen, shard)?.restored !== undefined;
  return act({
    kind: "command",
    id: `slots-deal/${String(shard)}`,
    title: `Give ${podName(spec, to)} the slots ${slots.length > 3 ? `of its backup, ${String(countSlots(slots))} in number` : slotsText(slots)}`,
    why: restored
      ? "they were its own when the backup was taken, and nobody owns them"
      : "the cluster is forming for the first time, and nobody owns them",
    command: { name: "dealSlots", to, slots, epoch: shard + 1 },
  });
};

/** From here on slots are never dealt out again, and a node that comes back without its data is known to have lost it. */
export const recordFormed: Rule = ({ spec, seen }) => {
  if (identityOf(spec, seen) !== undefined) return undefined;
  const first = nodeAt(seen, { shard: 0, ordinal: 0 });
  if (first === undefined) return undefined;
  if (coveredSlots(seen) < slotCount)
    return waitFor("every slot has an owner", `${String(coveredSlots(seen))} of ${String(slotCount)} have one`);
  const claims = seen.nodes.flatMap((node) => {
    const claim = claimAt(seen, node.place);
    return claim === undefined
      ? []
      : [claimIntent(spec, claim, { clusterId: first.id, nodeId: node.id, server: serverText(node.server) })];
  });
  return act({
    kind: "apply",
    id: "identity/record",
    title: "Record that the cluster has formed",
    why: "the slots of a formed cluster are never dealt out again",
    objects: [...claims, configMap(spec, first.id)],
  });
};
