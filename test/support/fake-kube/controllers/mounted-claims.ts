/** The claims a pod mounts, with what is on them. */
import type { KubeObject } from "../../../../src/kube/objects.ts";
import { at, fieldsOf, listOf, textOf } from "../json.ts";
import { compareQuantities } from "../quantity.ts";
import { claimType } from "../types.ts";
import type { Disk, MountedClaim, World } from "../world.ts";
import { finishGrowth } from "./claims.ts";

export function mounted(world: World, pod: KubeObject): readonly MountedClaim[] {
  return listOf(at(pod["spec"], "volumes")).flatMap((volume) => {
    const name = textOf(at(volume, "persistentVolumeClaim", "claimName"));
    const ref = { type: claimType, namespace: pod.metadata.namespace ?? "", name: name ?? "" };
    const claim = name === undefined ? undefined : world.server.store.read(ref);
    if (claim === undefined) return [];
    const wanted = at(claim["spec"], "resources", "requests", "storage");
    if (world.resizer() === "offline" && compareQuantities(wanted, at(claim["status"], "capacity", "storage")) > 0)
      finishGrowth(world, claim);
    return [
      {
        volume: textOf(fieldsOf(volume)["name"]) ?? "",
        claim: world.server.store.read(ref) ?? claim,
        disk: diskOf(world, claim),
      },
    ];
  });
}

function diskOf({ disks }: World, claim: KubeObject): Disk {
  const uid = claim.metadata.uid ?? "";
  const disk = disks.get(uid) ?? new Map<string, unknown>();
  disks.set(uid, disk);
  return disk;
}
