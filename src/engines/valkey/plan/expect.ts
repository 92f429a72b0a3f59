/**
 * What the cluster will look like after a step if nothing else happens. With the rules it makes the whole plan out of its first step;
 * what really happened is always observed anew. Pure.
 */
import { parseQuantity } from "../../../api/quantity.ts";
import { field, numberField, textField } from "../../../kube/fields.ts";
import { describeObject, type KubeObject } from "../../../kube/objects.ts";
import { samePlace, shardOf } from "../names.ts";
import { marksIn } from "../resources/claim.ts";
import { clusterIdAnnotation } from "../resources/config-map.ts";
import type { ShardSeen, ValkeySeen } from "../seen.ts";
import type { ValkeySpec } from "../spec.ts";
import { expectCommand } from "./expect-command.ts";
import { begun, withoutJob } from "./expect-seed.ts";
import type { ValkeyStep } from "./rule.ts";
import { settle } from "./settle.ts";

export function expect(spec: ValkeySpec, seen: ValkeySeen, step: ValkeyStep): ValkeySeen {
  switch (step.kind) {
    case "apply":
      return step.objects.reduce((before, object) => applied(spec, before, object), seen);
    case "delete":
      return deleted(spec, seen, step);
    case "command":
      return expectCommand(spec, seen, step.command);
    case "wait":
      return settle(spec, seen);
  }
}

function applied(spec: ValkeySpec, seen: ValkeySeen, object: KubeObject): ValkeySeen {
  switch (object.kind) {
    case "ConfigMap":
      return { ...seen, config: { clusterId: object.metadata.annotations?.[clusterIdAnnotation], current: true } };
    case "StatefulSet":
      return withSet(spec, seen, object);
    case "Job":
      return begun(spec, seen, object);
    case "PersistentVolumeClaim":
      return withClaim(seen, object);
    default:
      return {
        ...seen,
        drifted: seen.drifted.filter((name) => name !== describeObject(object)),
        foreign: seen.foreign.filter((name) => name !== describeObject(object)),
      };
  }
}

/** A changed template makes its pods outdated; fewer replicas make pods go, more make them appear when the cluster settles. */
function withSet(spec: ValkeySpec, seen: ValkeySeen, object: KubeObject): ValkeySeen {
  const shard = shardOf(spec, object.metadata.name) ?? 0;
  const before = seen.shards.find((set) => set.shard === shard);
  const replicas = numberField(object["spec"], "replicas");
  const after: ShardSeen = {
    shard,
    uid: before?.uid ?? "",
    replicas,
    current: true,
    observed: false,
    claimSize: before?.claimSize ?? spec.storage.size,
    budgetUid: before?.budgetUid,
  };
  const isLeaving = (ordinal: number): boolean => ordinal >= replicas;
  return {
    ...seen,
    shards: [...seen.shards.filter((set) => set.shard !== shard), after].toSorted((a, b) => a.shard - b.shard),
    foreign: seen.foreign.filter((name) => name !== describeObject(object)),
    pods: seen.pods.map((pod) =>
      pod.place.shard === shard
        ? {
            ...pod,
            outdated: pod.outdated || before?.current === false,
            terminating: pod.terminating || isLeaving(pod.place.ordinal),
          }
        : pod,
    ),
    nodes: seen.nodes.filter(({ place }) => place.shard !== shard || !isLeaving(place.ordinal)),
  };
}

function withClaim(seen: ValkeySeen, object: KubeObject): ValkeySeen {
  const requested = textField(field(field(object["spec"], "resources"), "requests"), "storage");
  const marks = marksIn(object.metadata.annotations);
  return {
    ...seen,
    claims: seen.claims.map((claim) =>
      claim.name === object.metadata.name
        ? { ...claim, ours: true, ...marks, requested, requestedBytes: parseQuantity(requested) ?? 0 }
        : claim,
    ),
  };
}

function deleted(spec: ValkeySpec, seen: ValkeySeen, step: Extract<ValkeyStep, { kind: "delete" }>): ValkeySeen {
  const { target, uid, propagation } = step;
  if (target.type.kind === "Job") return { ...seen, seed: withoutJob(seen.seed, target.name) };
  if (target.type.kind === "StatefulSet") {
    const shard = shardOf(spec, target.name);
    const shards = seen.shards.filter((set) => set.shard !== shard);
    if (propagation === "Orphan") return { ...seen, shards };
    return {
      ...seen,
      shards,
      pods: seen.pods.map((pod) => (pod.place.shard === shard ? { ...pod, terminating: true } : pod)),
      nodes: seen.nodes.filter((node) => node.place.shard !== shard),
    };
  }
  if (target.type.kind === "PodDisruptionBudget")
    return {
      ...seen,
      shards: seen.shards.map((set) => (set.budgetUid === uid ? { ...set, budgetUid: undefined } : set)),
    };
  const pod = seen.pods.find((one) => one.uid === uid && one.name === target.name);
  return {
    ...seen,
    pods: seen.pods.map((one) => (one === pod ? { ...one, terminating: true, running: false, ready: false } : one)),
    nodes: seen.nodes.filter((node) => pod === undefined || !samePlace(node.place, pod.place)),
    claims: seen.claims.map((claim) =>
      claim.uid === uid && claim.name === target.name ? { ...claim, terminating: true } : claim,
    ),
  };
}
