import { memberName } from "../../names.ts";
import type { ClaimSeen, MemberSeen } from "../../seen.ts";
import {
  claimAt,
  healthyVoters,
  isHealthy,
  isLeader,
  memberAt,
  members,
  ordinals,
  podAt,
  quorum,
  spokesman,
  voters,
} from "../facts.ts";
import { act, block, waitFor, type Decision, type EtcdStep, type Rule, type Situation } from "../rule.ts";
import { configMap } from "../../resources/config-map.ts";
import { statefulSet } from "../../resources/stateful-set.ts";
import { wishedStarts } from "../modes.ts";
import { deleteClaim } from "../../../../plan/steps.ts";
import { moveLeader, removeMember } from "../steps.ts";

type Placed = MemberSeen & { readonly ordinal: number };

/** Out, one member at a time, as a learner that has no vote until it has caught up (engines.md §1.3). Also brings back a member that has left. */
export const addMember: Rule = (situation) => {
  const { spec, seen } = situation;
  const via = spokesman(seen);
  const missing = ordinals(spec.replicas).find((ordinal) => memberAt(seen, ordinal) === undefined);
  if (missing === undefined || via === undefined) return undefined;
  const name = memberName(spec, missing);
  return (
    clearLeftover(situation, missing) ??
    act({
      kind: "command",
      id: `member-add/${name}`,
      title: `Add ${name} as a learner`,
      why: `${String(voters(seen).length)} of ${String(spec.replicas)} members`,
      command: { name: "memberAdd", via, ordinal: missing },
    })
  );
};

/** A claim left by an earlier, larger cluster is never joined: its member is not in this cluster any more, and its disk would poison the new one. */
function clearLeftover({ spec, seen }: Situation, ordinal: number): Decision | undefined {
  const claim = claimAt(seen, ordinal);
  const hasPod = podAt(seen, ordinal) !== undefined;
  if (claim === undefined || hasPod || (seen.statefulSet?.replicas ?? 0) > ordinal) return undefined;
  if (claim.terminating) return waitFor(`${claim.name} is gone`, "it holds the data of a member that has left");
  return act(
    deleteClaim(spec, claim, {
      why: `it holds the data of a member that has left (${claim.memberId ?? "not recorded"}); a new member must start empty`,
      danger: "moderate",
    }),
  );
}

/** In, highest ordinal first: leadership away, member out, then its pod, then its claim (engines.md §1.4). */
export const removeSurplus: Rule = (situation) => {
  const { spec, seen } = situation;
  if (!seen.membership.known) return undefined;
  const surplus = members(seen).filter(
    (member): member is Placed => member.ordinal !== undefined && member.ordinal >= spec.replicas,
  );
  const victim = surplus.toSorted((a, b) => b.ordinal - a.ordinal)[0];
  if (victim !== undefined && podsBeyond(situation, victim.ordinal) === undefined) return dismiss(situation, victim);
  const wanted = Math.max(spec.replicas, victim === undefined ? 0 : victim.ordinal + 1);
  if ((seen.statefulSet?.replicas ?? 0) > wanted) return act(stopSurplus(situation, wanted));
  const pod = podsBeyond(situation, wanted - 1);
  if (pod !== undefined) return waitFor(`${pod} is gone`, "its member has left");
  return victim === undefined ? undefined : dismiss(situation, victim);
};

/** Takes back their start mode as well: a pod of that ordinal has nothing to join. */
function stopSurplus({ spec, seen }: Situation, replicas: number): EtcdStep {
  return {
    kind: "apply",
    id: `replicas/${String(replicas)}`,
    title: `Stop the pods from ordinal ${String(replicas)} on`,
    why: "their members have left",
    danger: "severe",
    objects: [configMap(spec, wishedStarts(spec, seen)), statefulSet(spec, replicas, seen.statefulSet?.claimSize)],
  };
}

function podsBeyond({ seen }: Situation, ordinal: number): string | undefined {
  return seen.pods.find((pod) => pod.ordinal > ordinal)?.name;
}

function dismiss({ spec, seen }: Situation, victim: Placed): Decision {
  const remaining = healthyVoters(seen).filter((member) => member.id !== victim.id);
  const needed = quorum(voters(seen).length - 1);
  const via = spokesman(seen, remaining);
  const heir =
    remaining.find((member): member is Placed => member.ordinal !== undefined && member.ordinal < spec.replicas) ??
    remaining.find((member): member is Placed => member.ordinal !== undefined);
  if (remaining.length < needed || via === undefined || heir === undefined) {
    return block({
      guard: "quorum-after-change",
      message: `removing ${memberName(spec, victim.ordinal)} would leave too few healthy members`,
      observed: `${String(remaining.length)} healthy voters would remain, ${String(needed)} are needed`,
    });
  }
  if (isLeader(seen, victim) && isHealthy(seen, victim))
    return act(
      moveLeader(spec, { from: victim.ordinal, to: heir, why: `${memberName(spec, victim.ordinal)} is to leave` }),
    );
  return act(
    removeMember(spec, { member: victim, via, why: `spec.replicas is ${String(spec.replicas)}`, danger: "severe" }),
  );
}

/** Claims of members that have left, and of nobody else. */
export function leftoverClaims({ spec, seen }: Situation): readonly ClaimSeen[] {
  return seen.claims.filter(
    (claim) =>
      claim.ours &&
      claim.ordinal >= Math.max(spec.replicas, seen.statefulSet?.replicas ?? 0) &&
      memberAt(seen, claim.ordinal) === undefined &&
      podAt(seen, claim.ordinal) === undefined,
  );
}

/** Only the verb that asked for fewer members deletes what they leave; any other pass mentions it. */
export const deleteLeftoverClaims: Rule = (situation) => {
  if (situation.verb !== "scale" || !situation.seen.membership.known) return undefined;
  const [claim] = leftoverClaims(situation);
  if (claim === undefined) return undefined;
  if (claim.terminating) return waitFor(`${claim.name} is gone`, "its member has left");
  const why = `its member has left (${claim.memberId ?? "not recorded"})`;
  return act(deleteClaim(situation.spec, claim, { why, danger: "severe" }));
};
