/** How many nodes each shard has, and how many shards there are (engines.md §4.4). */
import { types } from "../../../../kube/objects.ts";
import { podName, shardName } from "../../names.ts";
import { statefulSet } from "../../resources/stateful-set.ts";
import type { ClaimSeen, ShardSeen, ValkeySeen } from "../../seen.ts";
import { isCaughtUp, isCovered, podAt, primaryOf } from "../facts.ts";
import { act, waitFor, type Rule, type Situation } from "../rule.ts";
import { deleteClaim } from "../../../../plan/steps.ts";
import { failover } from "../steps.ts";

/** Out: pods, which then meet the others and follow their shard's primary like any new node. */
export const addReplicas: Rule = ({ spec, seen }) => {
  const small = seen.shards.filter((set) => set.shard < spec.shards && set.replicas < spec.replicas);
  const stale = small.flatMap((set) => staleClaims(seen, set))[0];
  if (stale !== undefined) {
    // As long as a slot has no owner, its data may be there.
    if (!isCovered(seen)) return waitFor("every slot has an owner", `before that ${stale.name} is kept`);
    if (stale.terminating) return waitFor(`${stale.name} is gone`, "it holds the data of a node that has left");
    const why = `it holds the data of a node that has left (${stale.nodeId ?? "not recorded"}); a new one must start empty`;
    return act(deleteClaim(spec, stale, { why, danger: "moderate" }));
  }
  if (small.length === 0) return undefined;
  return act({
    kind: "apply",
    id: `replicas/${String(spec.replicas)}`,
    title: `Run ${String(spec.replicas)} nodes in ${small.map((set) => shardName(spec, set.shard)).join(", ")}`,
    why: `spec.replicas is ${String(spec.replicas)}`,
    objects: small.map((set) =>
      statefulSet(spec, { shard: set.shard, replicas: spec.replicas, claimSize: set.claimSize }),
    ),
  });
};

/** Left by nodes of a larger shard: what is on them is of the past, and a node that started from it would speak of the past. */
function staleClaims(seen: ValkeySeen, { shard, replicas }: ShardSeen): readonly ClaimSeen[] {
  return seen.claims.filter((claim) => claim.place.shard === shard && claim.place.ordinal >= replicas);
}

/** In, highest ordinals first: a primary among them gives way to one that stays, then the pods go, and then they are forgotten. */
export const removeReplicas: Rule = ({ spec, seen }) => {
  const large = seen.shards.find((set) => set.shard < spec.shards && set.replicas > spec.replicas);
  if (large === undefined) return undefined;
  const primary = primaryOf(seen, large.shard);
  if (primary === undefined) return waitFor(`shard ${String(large.shard)} has a primary`, "nodes are to leave it");
  if (primary.place.ordinal >= spec.replicas) {
    const heir = seen.nodes.find(
      (node) => node.place.shard === large.shard && node.place.ordinal < spec.replicas && isCaughtUp(seen, node),
    );
    if (heir === undefined)
      return waitFor(
        `a node that stays in ${shardName(spec, large.shard)} has caught up`,
        `${podName(spec, primary.place)} is its primary and is to leave`,
      );
    return act(failover(spec, heir, `${podName(spec, primary.place)} is to leave`));
  }
  return act({
    kind: "apply",
    id: `replicas/${shardName(spec, large.shard)}/${String(spec.replicas)}`,
    title: `Stop the nodes of ${shardName(spec, large.shard)} from ordinal ${String(spec.replicas)} on`,
    why: `spec.replicas is ${String(spec.replicas)}`,
    danger: "severe",
    objects: [statefulSet(spec, { shard: large.shard, replicas: spec.replicas, claimSize: large.claimSize })],
  });
};

/** A shard goes when it owns no slot and holds no key. */
export const removeShards: Rule = ({ spec, seen }) => {
  const beyond = seen.shards.filter((set) => set.shard >= spec.shards).toSorted((a, b) => b.shard - a.shard);
  const [last] = beyond;
  if (last === undefined) return undefined;
  const nodes = seen.nodes.filter((node) => node.place.shard === last.shard);
  const silent = seen.pods.find(
    (pod) => pod.place.shard === last.shard && !nodes.some((node) => podAt(seen, node.place) === pod),
  );
  if (silent !== undefined)
    return waitFor(`${silent.name} answers`, "what its node holds must be known before it goes");
  const holding = nodes.find((node) => node.slots.length > 0 || node.keys > 0);
  if (holding !== undefined)
    return waitFor(`${podName(spec, holding.place)} holds nothing`, `it has ${String(holding.keys)} keys`);
  const { budgetUid } = last;
  // First, so that a run that is killed here is gone on with: a shard that has gone is not looked for any more.
  if (budgetUid !== undefined)
    return act({
      kind: "delete",
      id: `budget-delete/${shardName(spec, last.shard)}`,
      title: `Delete the disruption budget of ${shardName(spec, last.shard)}`,
      why: "its shard owns no slot, holds no key, and is to go",
      target: { type: types.podDisruptionBudget, namespace: spec.namespace, name: shardName(spec, last.shard) },
      uid: budgetUid,
      propagation: "Background",
    });
  return act({
    kind: "delete",
    id: `shard-delete/${shardName(spec, last.shard)}`,
    title: `Stop ${shardName(spec, last.shard)}`,
    why: "it owns no slot and holds no key",
    danger: "severe",
    target: { type: types.statefulSet, namespace: spec.namespace, name: shardName(spec, last.shard) },
    uid: last.uid,
    propagation: "Background",
  });
};

/** Claims of nodes that have left, and of nobody else. */
export function leftoverClaims({ spec, seen }: Pick<Situation, "spec" | "seen">): readonly ClaimSeen[] {
  return seen.claims.filter((claim) => {
    const { shard, ordinal } = claim.place;
    const set = seen.shards.find((one) => one.shard === shard);
    const wanted = shard < spec.shards ? spec.replicas : 0;
    return claim.ours && ordinal >= Math.max(wanted, set?.replicas ?? 0) && podAt(seen, claim.place) === undefined;
  });
}

/** Only the verb that asked for less deletes what is left; any other pass mentions it. */
export const deleteLeftoverClaims: Rule = (situation) => {
  if (situation.verb !== "scale" && situation.verb !== "reshard") return undefined;
  const [claim] = leftoverClaims(situation);
  if (claim === undefined) return undefined;
  if (claim.terminating) return waitFor(`${claim.name} is gone`, "its node has left");
  const why = `its node has left (${claim.nodeId ?? "not recorded"})`;
  return act(deleteClaim(situation.spec, claim, { why, danger: "severe" }));
};

/**
 * Left by a shard that has gone: nobody knows its nodes any more. Started from these claims they would speak of the past, and so a shard of that number
 * begins empty.
 */
export const clearGoneShards: Rule = ({ spec, seen }) => {
  if (!isCovered(seen)) return undefined;
  const stale = seen.claims.find(
    (claim) =>
      claim.ours &&
      claim.place.shard < spec.shards &&
      claim.nodeId !== undefined &&
      !seen.shards.some((set) => set.shard === claim.place.shard) &&
      !seen.nodes.some((node) => node.id === claim.nodeId || node.peers.some((peer) => peer.id === claim.nodeId)),
  );
  if (stale === undefined) return undefined;
  if (stale.terminating) return waitFor(`${stale.name} is gone`, "it holds the data of a node that has left");
  const why = `it holds the data of a node that has left (${stale.nodeId ?? ""}); a new one must start empty`;
  return act(deleteClaim(spec, stale, { why, danger: "moderate" }));
};
