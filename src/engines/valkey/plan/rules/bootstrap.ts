/** The first forming (engines.md §4.1): slots are dealt out, nodes meet, and only when all agree is it recorded for good. */
import { podName } from "../../names.ts";
import { claimIntent } from "../../resources/claim.ts";
import { configMap } from "../../resources/config-map.ts";
import { serverText } from "../../server.ts";
import { evenSpread, slotCount, slotsText } from "../../slots.ts";
import type { NodeSeen, ValkeySeen } from "../../seen.ts";
import type { ValkeySpec } from "../../spec.ts";
import { claimAt, coveredSlots, identityOf, nodeAt, numbers, wishedPlaces } from "../facts.ts";
import { act, block, waitFor, type Rule } from "../rule.ts";

/** All nodes of a cluster that is to form must be there, and empty. */
export const awaitFirstNodes: Rule = ({ spec, seen }) => {
  if (identityOf(spec, seen) !== undefined) return undefined;
  const silent = wishedPlaces(spec).find((place) => nodeAt(seen, place) === undefined);
  if (silent !== undefined)
    return waitFor(`all ${String(spec.shards * spec.replicas)} nodes answer`, whySilent(spec, seen));
  const full = seen.nodes.find((node) => node.keys > 0 && !wasDealt(spec, node));
  if (full === undefined) return undefined;
  return block({
    guard: "no-bootstrap-over-data",
    message: `${podName(spec, full.place)} holds data, and nothing records a cluster that it belongs to: no slots are dealt out over it`,
    observed: `${String(full.keys)} keys`,
  });
};

/** It has the slots that it is to have, or follows one that has: what it holds was written since. */
function wasDealt({ shards }: ValkeySpec, { role, slots, place }: NodeSeen): boolean {
  const range = evenSpread(shards)[place.shard];
  return role === "replica" || (range !== undefined && slotsText(slots) === slotsText([range]));
}

function whySilent(spec: ValkeySpec, seen: ValkeySeen): string {
  const silent = wishedPlaces(spec).filter((place) => nodeAt(seen, place) === undefined);
  const waiting = seen.pods.find(
    (pod) => pod.waiting !== undefined && silent.some((place) => podName(spec, place) === pod.name),
  );
  if (waiting !== undefined) return `${waiting.name}: ${waiting.waiting ?? ""}`;
  return `${silent.map((place) => podName(spec, place)).join(", ")} ${silent.length === 1 ? "does" : "do"} not answer yet`;
}

/** Each shard's share to its first node, as long as nobody owns it. Before that is recorded a second run finds the same shares. */
export const dealSlots: Rule = ({ spec, seen }) => {
  if (identityOf(spec, seen) !== undefined) return undefined;
  const ranges = evenSpread(spec.shards);
  const shard = numbers(spec.shards).find((each) => nodeAt(seen, { shard: each, ordinal: 0 })?.slots.length === 0);
  const range = shard === undefined ? undefined : ranges[shard];
  if (shard === undefined || range === undefined) return undefined;
  const to = { shard, ordinal: 0 };
  return act({
    kind: "command",
    id: `slots-deal/${String(shard)}`,
    title: `Give ${podName(spec, to)} the slots ${slotsText([range])}`,
    why: "the cluster is forming for the first time, and nobody owns them",
    command: { name: "dealSlots", to, range, epoch: shard + 1 },
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
