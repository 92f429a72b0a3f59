/** Steps that several rules take. */
import type { Danger } from "../../../plan/step.ts";
import { types } from "../../../kube/objects.ts";
import type { ClaimSeen, MemberSeen, PodSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";
import { memberName } from "../names.ts";
import type { EtcdStep } from "./rule.ts";

export interface Reason {
  readonly why: string;
  readonly danger?: Danger;
}

export function deletePod(spec: EtcdSpec, pod: PodSeen, reason: Reason): EtcdStep {
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

export function deleteClaim(spec: EtcdSpec, claim: ClaimSeen, reason: Reason): EtcdStep {
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

export function removeMember(
  spec: EtcdSpec,
  input: { member: MemberSeen; via: number; why: string; danger?: Danger },
): EtcdStep {
  const { member, via, why, danger } = input;
  const name = member.ordinal === undefined ? member.id : memberName(spec, member.ordinal);
  return {
    kind: "command",
    id: `member-remove/${name}/${member.id}`,
    title: `Remove member ${name} (${member.id})`,
    why,
    ...(danger === undefined ? {} : { danger }),
    command: { name: "memberRemove", via, id: member.id },
  };
}

export function moveLeader(
  spec: EtcdSpec,
  input: { from: number; to: MemberSeen & { ordinal: number }; why: string },
): EtcdStep {
  const { from, to, why } = input;
  return {
    kind: "command",
    id: `leader-move/${memberName(spec, to.ordinal)}`,
    title: `Move the leadership from ${memberName(spec, from)} to ${memberName(spec, to.ordinal)}`,
    why,
    command: { name: "moveLeader", via: from, to: to.id },
  };
}
