import { podName } from "../../names.ts";
import type { ValkeySeen } from "../../seen.ts";
import type { ValkeySpec } from "../../spec.ts";
import { slotCount } from "../../slots.ts";
import { coveredSlots, disagreement, isCaughtUp, nodeAt, shardAt } from "../facts.ts";
import { waitFor, type Decision, type Rule } from "../rule.ts";

/** Every pod there is has a node that answers, follows or leads, and all are of one mind: only then is anything taken away for a moment. */
export function waitUntilAllAreWell(spec: ValkeySpec, seen: ValkeySeen): Decision | undefined {
  const leaving = seen.pods.find(({ place }) => place.ordinal >= (shardAt(seen, place.shard)?.replicas ?? 0));
  if (leaving !== undefined) return waitFor(`${leaving.name} is gone`, "its node has left");
  const silent = seen.pods.find((pod) => nodeAt(seen, pod.place) === undefined);
  if (silent !== undefined) return waitFor(`${silent.name} answers`, silent.waiting ?? "its node does not answer yet");
  const missing = seen.shards.find(
    (set) => seen.pods.filter((pod) => pod.place.shard === set.shard).length < set.replicas,
  );
  if (missing !== undefined)
    return waitFor(`all pods of shard ${String(missing.shard)} are there`, `${String(missing.replicas)} are to be`);
  const behind = seen.nodes.find((node) => node.loading || (node.role === "replica" && !isCaughtUp(seen, node)));
  if (behind !== undefined)
    return waitFor(
      `${podName(spec, behind.place)} has caught up`,
      behind.loading ? "it loads its data" : "it is behind its primary",
    );
  const differ = disagreement(spec, seen);
  if (differ !== undefined) return waitFor("all nodes agree", differ);
  const unready = seen.pods.find((pod) => !pod.ready);
  return unready === undefined ? undefined : waitFor(`${unready.name} is ready`, "its readiness probe has not passed");
}

export const waitForAll: Rule = ({ spec, seen }) => waitUntilAllAreWell(spec, seen);

/** Before its controller has seen the newest template nobody can tell which pods are outdated. */
export const waitForControllers: Rule = ({ spec, seen }) => {
  const unseen = seen.shards.find((set) => !set.observed);
  return unseen === undefined
    ? undefined
    : waitFor(
        `the StatefulSet controller has seen the change of ${spec.name}`,
        `shard ${String(unseen.shard)} was changed`,
      );
};

/** Done is when the cluster itself says that it is in order. */
export const waitForService: Rule = ({ spec, seen }) => {
  if (coveredSlots(seen) < slotCount)
    return waitFor("every slot has an owner", `${String(coveredSlots(seen))} of ${String(slotCount)} have one`);
  const doubtful = seen.nodes.find((node) => !node.clusterOk);
  if (doubtful !== undefined)
    return waitFor("the cluster is in order", `${podName(spec, doubtful.place)} says cluster_state:fail`);
  const extra = seen.shards.find(
    (set) => set.shard >= spec.shards || shardAt(seen, set.shard)?.replicas !== spec.replicas,
  );
  return extra === undefined ? undefined : waitFor(`shard ${String(extra.shard)} is as wished`, "its size differs");
};
