/** Deletion's aftermath: dependents of owners that are gone, foreground and orphan deletion, emptied namespaces, CRDs. */
import type { KubeObject } from "../../../../src/kube/objects.ts";
import { typeOfCrd } from "../catalog.ts";
import { at, listOf } from "../json.ts";
import { claimType, crdType, namespaceType, podType } from "../types.ts";
import type { World } from "../world.ts";
import { everything, isTerminating, ownersOf, refTo } from "./owners.ts";

export function collectGarbage(world: World): void {
  releaseClaims(world);
  finishDeletions(world);
  deleteOrphaned(world);
  emptyNamespaces(world);
}

/** PVC protection: a claim that is being deleted goes when no pod uses it. */
function releaseClaims({ server, disks }: World): void {
  for (const claim of server.store.list(claimType)) {
    if (!isTerminating(claim)) continue;
    const used = server.store
      .list(podType, claim.metadata.namespace)
      .some(
        (pod) =>
          !["Succeeded", "Failed"].includes(String(at(pod["status"], "phase"))) &&
          claimsOf(pod).includes(claim.metadata.name),
      );
    if (used) continue;
    server.edit(refTo(claim, claimType), ({ metadata }) => {
      metadata.finalizers = (metadata.finalizers ?? []).filter((one) => one !== "kubernetes.io/pvc-protection");
    });
    if (server.store.read(refTo(claim, claimType)) === undefined) disks.delete(claim.metadata.uid ?? "");
  }
}

/** Names of the claims a pod mounts. */
export const claimsOf = (pod: KubeObject): readonly string[] =>
  listOf(at(pod["spec"], "volumes")).flatMap((volume) => {
    const name = at(volume, "persistentVolumeClaim", "claimName");
    return typeof name === "string" ? [name] : [];
  });

function finishDeletions(world: World): void {
  for (const { object, ...ref } of everything(world)) {
    const finalizers = listOf(at(object.metadata, "finalizers"));
    if (!isTerminating(object)) continue;
    const dependents = everything(world).filter((other) =>
      ownersOf(other.object).some(({ uid }) => uid === object.metadata.uid),
    );
    if (finalizers.includes("orphan"))
      for (const dependent of dependents)
        world.server.edit(dependent, ({ metadata }) => {
          const owners = (metadata.ownerReferences ?? []).filter((owner) => at(owner, "uid") !== object.metadata.uid);
          if (owners.length === 0) delete metadata.ownerReferences;
          else metadata.ownerReferences = owners;
        });
    if (finalizers.includes("foregroundDeletion"))
      for (const dependent of dependents)
        if (!isTerminating(dependent.object)) world.server.delete(dependent, { propagation: "Background" });
    const waits = finalizers.includes("foregroundDeletion") && dependents.length > 0;
    const done = waits ? ["orphan"] : ["orphan", "foregroundDeletion"];
    if (finalizers.some((one) => done.includes(String(one))))
      world.server.edit(ref, ({ metadata }) => {
        metadata.finalizers = (metadata.finalizers ?? []).filter((one) => !done.includes(one));
      });
  }
}

/** Objects all of whose owners are gone. */
function deleteOrphaned(world: World): void {
  const alive = new Set(everything(world).map(({ object }) => object.metadata.uid));
  for (const { object, ...ref } of everything(world)) {
    const owners = ownersOf(object);
    if (owners.length === 0 || isTerminating(object) || owners.some(({ uid }) => alive.has(String(uid)))) continue;
    world.server.delete(ref, { propagation: "Background" });
  }
}

function emptyNamespaces(world: World): void {
  const { server } = world;
  for (const namespace of server.store.list(namespaceType).filter(isTerminating)) {
    const inside = everything(world).filter((ref) => ref.namespace === namespace.metadata.name);
    for (const ref of inside) if (!isTerminating(ref.object)) server.delete(ref, { propagation: "Background" });
    if (inside.length === 0) server.store.remove(refTo(namespace, namespaceType));
    else
      server.edit(refTo(namespace, namespaceType), (draft) => {
        draft["status"] = { phase: "Terminating" };
      });
  }
}

/** Objects of a kind whose CRD is gone, and the condition of those that are there. */
export function tendCrds(world: World): void {
  const { server } = world;
  for (const crd of server.store.list(crdType)) {
    if (isTerminating(crd)) continue;
    server.edit(refTo(crd, crdType), (draft) => {
      const versions = listOf(at(draft["spec"], "versions")).filter((one) => at(one, "storage") === true);
      draft["status"] = {
        conditions: ["NamesAccepted", "Established"].map((type) => ({
          type,
          status: "True",
          reason: type === "Established" ? "InitialNamesAccepted" : "NoConflicts",
          message: "",
          lastTransitionTime: crd.metadata.creationTimestamp,
        })),
        acceptedNames: at(draft["spec"], "names"),
        storedVersions: versions.map((one) => at(one, "name")),
      };
    });
  }
}

/** Deletes what a CRD defined, when it goes. */
export function dropInstances(world: World, crd: KubeObject): void {
  const type = typeOfCrd(crd);
  for (const object of world.server.store.list(type)) world.server.store.remove(refTo(object, type));
}
