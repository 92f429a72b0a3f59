/** Steps that several rules take and only etcd has. */
import type { Danger } from "../../../plan/step.ts";
import type { MemberSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";
import { memberName } from "../names.ts";
import type { EtcdStep } from "./rule.ts";

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
