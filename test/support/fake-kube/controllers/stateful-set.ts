/** The StatefulSet controller: pods by ordinal, claims by template, roll-outs, adoption, status. */
import type { KubeObject } from "../../../../src/kube/objects.ts";
import { at, fieldsOf, numberOf, textOf } from "../json.ts";
import { selects } from "../selectors.ts";
import { podType, setType } from "../types.ts";
import type { World } from "../world.ts";
import { controllerOf, isReady, isTerminating, ownerReference, refTo } from "./owners.ts";
import { createMember, revisionOf } from "./stateful-set-members.ts";

export function tendStatefulSets(world: World): void {
  for (const set of world.server.store.list(setType)) {
    const updateRevision = revisionOf(set);
    world.revisions.set(updateRevision, at(set["spec"], "template"));
    const known = textOf(at(set["status"], "currentRevision")) ?? updateRevision;
    const revisions = { currentRevision: world.revisions.has(known) ? known : updateRevision, updateRevision };
    if (!isTerminating(set)) {
      adopt(world, set);
      step(world, set, revisions);
    }
    reportStatus(world, set, revisions);
  }
}

export interface Revisions {
  readonly currentRevision: string;
  readonly updateRevision: string;
}

const ordinalOf = (set: KubeObject, pod: KubeObject): number => {
  const suffix = pod.metadata.name.startsWith(`${set.metadata.name}-`)
    ? pod.metadata.name.slice(set.metadata.name.length + 1)
    : "";
  return /^\d+$/.test(suffix) ? Number(suffix) : -1;
};

/** Pods that match the selector, belong to nobody, and have a name of this set's. */
function adopt({ server }: World, set: KubeObject): void {
  for (const pod of server.store.list(podType, set.metadata.namespace)) {
    const fits = selects(at(set["spec"], "selector"), pod.metadata.labels ?? {}) && ordinalOf(set, pod) >= 0;
    if (!fits || controllerOf(pod) !== undefined || isTerminating(pod)) continue;
    server.edit(refTo(pod, podType), ({ metadata }) => {
      metadata.ownerReferences = [...(metadata.ownerReferences ?? []), ownerReference(set)];
    });
  }
}

function membersOf({ server }: World, set: KubeObject): ReadonlyMap<number, KubeObject> {
  const pods = server.store
    .list(podType, set.metadata.namespace)
    .filter((pod) => controllerOf(pod)?.["uid"] === set.metadata.uid);
  return new Map(pods.map((pod) => [ordinalOf(set, pod), pod]));
}

/** One round: as much as the pod management policy allows before something must be waited for. */
function step(world: World, set: KubeObject, revisions: Revisions): void {
  const spec = fieldsOf(set["spec"]);
  const members = membersOf(world, set);
  const replicas = numberOf(spec["replicas"]) ?? 1;
  const first = numberOf(at(spec, "ordinals", "start")) ?? 0;
  const parallel = spec["podManagementPolicy"] === "Parallel";
  for (let ordinal = first; ordinal < first + replicas; ordinal += 1) {
    const pod = members.get(ordinal);
    if (pod === undefined) {
      const made = createMember(world, set, ordinal, revisions);
      if (!parallel || !made) return;
    } else if (["Failed", "Succeeded"].includes(String(at(pod["status"], "phase"))) && !isTerminating(pod)) {
      world.server.delete(refTo(pod, podType), { propagation: "Background" });
      if (!parallel) return;
    } else if (!parallel && (isTerminating(pod) || !isReady(pod))) return;
  }
  const condemned = [...members]
    .filter(([ordinal]) => ordinal < first || ordinal >= first + replicas)
    .sort(([a], [b]) => b - a);
  for (const [, pod] of condemned) {
    if (!isTerminating(pod)) world.server.delete(refTo(pod, podType), { propagation: "Background" });
    if (!parallel) return;
  }
  if (condemned.length === 0) rollOut(world, set, revisions);
}

/** RollingUpdate: from the highest ordinal down to the partition, one pod at a time, never past one that is not ready. */
function rollOut(world: World, set: KubeObject, { updateRevision }: Revisions): void {
  const strategy = fieldsOf(at(set["spec"], "updateStrategy"));
  if (strategy["type"] !== "RollingUpdate") return;
  const partition = numberOf(at(strategy, "rollingUpdate", "partition")) ?? 0;
  const members = [...membersOf(world, set)].sort(([a], [b]) => b - a).filter(([ordinal]) => ordinal >= partition);
  for (const [, pod] of members) {
    if (isTerminating(pod)) return;
    if (pod.metadata.labels?.["controller-revision-hash"] !== updateRevision) {
      world.server.delete(refTo(pod, podType), { propagation: "Background" });
      return;
    }
    if (!isReady(pod)) return;
  }
}

function reportStatus(world: World, set: KubeObject, revisions: Revisions): void {
  const members = [...membersOf(world, set).values()];
  const count = (test: (pod: KubeObject) => boolean): number =>
    members.filter((pod) => !isTerminating(pod) && test(pod)).length;
  const has =
    (revision: string) =>
    (pod: KubeObject): boolean =>
      pod.metadata.labels?.["controller-revision-hash"] === revision;
  const ready = count(isReady);
  const updated = count(has(revisions.updateRevision));
  const replicas = numberOf(at(set["spec"], "replicas")) ?? 1;
  const rolling = at(set["spec"], "updateStrategy", "type") === "RollingUpdate";
  // With OnDelete the real controller never moves currentRevision on, even when every pod is updated.
  const complete = rolling && updated === members.length && ready === members.length && members.length === replicas;
  const currentRevision = complete ? revisions.updateRevision : revisions.currentRevision;
  world.server.edit(refTo(set, setType), (draft) => {
    draft["status"] = {
      observedGeneration: set.metadata.generation,
      replicas: members.length,
      availableReplicas: ready,
      ...unlessZero({ readyReplicas: ready, currentReplicas: count(has(currentRevision)), updatedReplicas: updated }),
      currentRevision,
      updateRevision: revisions.updateRevision,
      collisionCount: 0,
    };
  });
}

/** These are left out when they are 0. */
const unlessZero = (counts: Readonly<Record<string, number>>): object =>
  Object.fromEntries(Object.entries(counts).filter(([, number]) => number > 0));
