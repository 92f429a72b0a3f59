/** Claims: binding (at once, or when the first pod wants one) and growing. */
import type { KubeObject } from "../../../../src/kube/objects.ts";
import { at, fieldsOf, put, type Draft } from "../json.ts";
import { compareQuantities } from "../quantity.ts";
import { claimType, podType, storageClassType } from "../types.ts";
import type { World } from "../world.ts";
import { claimsOf } from "./garbage.ts";
import { isTerminating, refTo } from "./owners.ts";

export function tendClaims(world: World): void {
  for (const claim of world.server.store.list(claimType)) {
    if (at(claim["status"], "phase") === "Bound") grow(world, claim);
    else if (!isTerminating(claim) && mayBind(world, claim)) bind(world, claim);
  }
}

function mayBind({ server }: World, claim: KubeObject): boolean {
  const name = at(claim["spec"], "storageClassName");
  const storage = server.store.list(storageClassType).find(({ metadata }) => metadata.name === name);
  if (storage === undefined) return false;
  return (
    storage["volumeBindingMode"] !== "WaitForFirstConsumer" ||
    claim.metadata.annotations?.["volume.kubernetes.io/selected-node"] !== undefined
  );
}

function bind({ server, disks }: World, claim: KubeObject): void {
  const uid = claim.metadata.uid ?? "";
  disks.set(uid, disks.get(uid) ?? new Map<string, unknown>());
  server.edit(refTo(claim, claimType), (draft) => {
    put(fieldsOf(draft["spec"]), ["volumeName"], `pvc-${uid}`);
    draft.metadata.annotations = {
      ...draft.metadata.annotations,
      "pv.kubernetes.io/bind-completed": "yes",
      "pv.kubernetes.io/bound-by-controller": "yes",
    };
    draft["status"] = {
      phase: "Bound",
      accessModes: at(draft["spec"], "accessModes"),
      capacity: { storage: at(draft["spec"], "resources", "requests", "storage") },
    };
  });
}

function grow(world: World, claim: KubeObject): void {
  const wanted = at(claim["spec"], "resources", "requests", "storage");
  if (compareQuantities(wanted, at(claim["status"], "capacity", "storage")) <= 0) return;
  const mode = world.resizer();
  if (mode === "off") return;
  if (mode === "online") finishGrowth(world, claim);
  else
    world.server.edit(refTo(claim, claimType), (draft) => {
      const message = "Waiting for user to (re-)start a pod to finish file system resize of volume on node.";
      setStatus(draft, [
        { type: "FileSystemResizePending", status: "True", lastTransitionTime: world.server.timestamp(), message },
      ]);
    });
}

/** The file system has grown to what the claim asks for: at once, or when the kubelet mounts it again. */
export function finishGrowth({ server }: World, claim: KubeObject): void {
  server.edit(refTo(claim, claimType), (draft) => {
    setStatus(draft, undefined);
    put(fieldsOf(draft["status"]), ["capacity", "storage"], at(draft["spec"], "resources", "requests", "storage"));
  });
}

function setStatus(draft: Draft, conditions: readonly unknown[] | undefined): void {
  const { conditions: old, ...rest } = fieldsOf(draft["status"]);
  draft["status"] =
    conditions === undefined || old !== undefined
      ? { ...rest, ...(conditions && { conditions: old ?? conditions }) }
      : { ...rest, conditions };
}

/** Binds pods to nodes once their claims are bound; asks for volumes that wait for a first consumer. */
export function schedule(world: World): void {
  const { server } = world;
  for (const pod of server.store.list(podType)) {
    if (at(pod["spec"], "nodeName") !== undefined || isTerminating(pod)) continue;
    const node = world.nodeFor(pod);
    const obstacle =
      node === undefined
        ? "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."
        : claimObstacle(world, pod, node);
    server.edit(refTo(pod, podType), (draft) => {
      if (obstacle === undefined) put(fieldsOf(draft["spec"]), ["nodeName"], node);
      else if (obstacle !== "")
        put(
          fieldsOf(draft["status"]),
          ["conditions"],
          [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: obstacle }],
        );
    });
  }
}

/** Why the claims of a pod keep it from running: undefined when nothing does, "" when they are only being bound. */
function claimObstacle({ server }: World, pod: KubeObject, node: string): string | undefined {
  let waiting = false;
  for (const name of claimsOf(pod)) {
    const ref = { type: claimType, namespace: pod.metadata.namespace ?? "", name };
    const claim = server.store.read(ref);
    if (claim === undefined) return `0/1 nodes are available: persistentvolumeclaim "${name}" not found.`;
    if (isTerminating(claim)) return `0/1 nodes are available: persistentvolumeclaim "${name}" is being deleted.`;
    if (at(claim["status"], "phase") === "Bound") continue;
    waiting = true;
    server.edit(ref, ({ metadata }) => {
      metadata.annotations = { ...metadata.annotations, "volume.kubernetes.io/selected-node": node };
    });
  }
  return waiting ? "" : undefined;
}
