import { memberName } from "../../names.ts";
import type { MemberSeen } from "../../seen.ts";
import { claimAt, healthyVoters, isHealthy, isLeader, podAt, quorum, spokesman, voters } from "../facts.ts";
import { act, block, waitFor, type Decision, type Rule, type Situation } from "../rule.ts";
import { moveLeader, removeMember } from "../steps.ts";

type Voter = MemberSeen & { readonly ordinal: number };

/**
 * One failed member at a time (engines.md §1.5): whose pod is merely gone is waited for; whose data is gone or spoiled leaves,
 * and comes back with an empty disk and a new id. Unreachable is not lost: only the member's own last words or its missing claim are proof.
 */
export const repairMember: Rule = (situation) => {
  const { spec, seen } = situation;
  const placed = voters(seen).filter((member): member is Voter => member.ordinal !== undefined);
  const broken = placed.filter((member) => failure(situation, member) !== undefined);
  const lost = broken.find((member) => failure(situation, member)?.lost === true);
  if (lost !== undefined) return replace(situation, lost, failure(situation, lost)?.why ?? "");
  const waiting = broken.find((member) => member.ordinal < spec.replicas);
  if (waiting === undefined) return undefined;
  return waitFor(`${memberName(spec, waiting.ordinal)} is healthy`, failure(situation, waiting)?.why ?? "");
};

function failure(
  { spec, seen }: Situation,
  member: Voter,
): { readonly lost: boolean; readonly why: string } | undefined {
  const corrupt = seen.endpoints.some(({ alarms }) =>
    alarms.some((alarm) => alarm.type === "CORRUPT" && alarm.memberId === member.id),
  );
  if (corrupt) return { lost: true, why: "etcd raised the CORRUPT alarm for it" };
  if (isHealthy(seen, member)) return undefined;
  const pod = podAt(seen, member.ordinal);
  const claim = claimAt(seen, member.ordinal);
  const termination = pod?.crash?.termination;
  if (termination === "empty-data-dir") return { lost: true, why: "its data directory is empty" };
  if (termination === "corrupt") return { lost: true, why: "its data is corrupt" };
  if (termination === "removed-member")
    return { lost: true, why: "its claim holds the data of a member that was removed" };
  if (claim?.memberId !== undefined && claim.memberId !== member.id)
    return { lost: true, why: `its claim holds the data of another member, ${claim.memberId}` };
  if (pod === undefined)
    return {
      lost: false,
      why: claim === undefined ? "its pod and its claim are gone" : "its pod is gone; the claim is there",
    };
  return {
    lost: false,
    why:
      pod.waiting ??
      pod.crash?.message.trim().split("\n").at(-1)?.slice(0, 200) ??
      `pod ${pod.name} of ${spec.name} does not answer yet`,
  };
}

function replace(situation: Situation, member: Voter, why: string): Decision | undefined {
  const { spec, seen } = situation;
  const name = memberName(spec, member.ordinal);
  const healthy = healthyVoters(seen).filter((other) => other.id !== member.id);
  const via = spokesman(seen, healthy);
  const target = healthy.find((other): other is Voter => other.ordinal !== undefined);
  if (via === undefined || target === undefined || healthy.length < quorum(voters(seen).length - 1)) {
    return block({
      guard: "quorum-after-change",
      message: `${name} can't be replaced: ${why}, and too few healthy members would remain`,
      observed: `${String(healthy.length)} of ${String(voters(seen).length)} voters healthy without it`,
    });
  }
  if (isLeader(seen, member) && isHealthy(seen, member))
    return act(moveLeader(spec, { from: member.ordinal, to: target, why: `${name} is to be replaced: ${why}` }));
  return act(removeMember(spec, { member, via, why }));
}
