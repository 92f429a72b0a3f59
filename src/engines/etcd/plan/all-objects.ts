/** Every object of a cluster as wished, in the order in which they are applied. Pure. */
import type { KubeObject } from "../../../kube/objects.ts";
import { votersToProtect } from "../observe/voters.ts";
import { configMap } from "../resources/config-map.ts";
import { clientService, disruptionBudget, memberService } from "../resources/services.ts";
import { statefulSet } from "../resources/stateful-set.ts";
import type { EtcdSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";
import { identityOf, lastKnownReplicas } from "./facts.ts";
import { wishedModes, wishedStarts } from "./modes.ts";

/** An existing StatefulSet keeps its replicas, a missing one gets those the cluster was last known to have. */
export function allObjects(spec: EtcdSpec, seen: EtcdSeen): readonly KubeObject[] {
  return [
    memberService(spec),
    clientService(spec),
    disruptionBudget(spec, votersToProtect(spec, seen.membership)),
    configMap(spec, wishedStarts(spec, seen)),
    statefulSet(spec, seen.statefulSet?.replicas ?? firstReplicas(spec, seen), seen.statefulSet?.claimSize),
  ];
}

function firstReplicas(spec: EtcdSpec, seen: EtcdSeen): number {
  return identityOf(spec, seen) === undefined ? Object.keys(wishedModes(spec, seen)).length : lastKnownReplicas(seen);
}
