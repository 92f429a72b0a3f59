/** Steps that several rules take. */
import { types } from "../../../kube/objects.ts";
import { podName } from "../names.ts";
import type { Danger } from "../../../plan/step.ts";
import type { ClaimSeen, NodeSeen, PodSeen } from "../seen.ts";
import type { ValkeySpec } from "../spec.ts";
import type { ValkeyStep } from "./rule.ts";

export interface Reason {
  readonly why: string;
  readonly danger?: Danger;
}

export function deletePod(spec: ValkeySpec, pod: PodSeen, reason: Reason): ValkeyStep {
  return {
    kind: "delete",
    id: `pod-delete/${pod.name}`,
    title: `Restart ${pod.name}`,
    ...reason,
    target: { type: types.pod, namespace: spec.namespace, name: pod.name },
    uid: pod.uid,
    propagation: "Background",
  };
}

export function deleteClaim(spec: ValkeySpec, claim: ClaimSeen, reason: Reason): ValkeyStep {
  return {
    kind: "delete",
    id: `claim-delete/${claim.name}`,
    title: `Delete claim ${claim.name} and the data in it`,
    ...reason,
    target: { type: types.claim, namespace: spec.namespace, name: claim.name },
    uid: claim.uid,
    propagation: "Background",
  };
}

/** Coordinated: the primary stops taking writes until the replica has all of them, and then gives way. Nothing is lost. */
export function failover(spec: ValkeySpec, to: NodeSeen, why: string): ValkeyStep {
  return {
    kind: "command",
    id: `failover/${podName(spec, to.place)}`,
    title: `Let ${podName(spec, to.place)} take over as primary`,
    why,
    command: { name: "failover", to: to.place },
  };
}
