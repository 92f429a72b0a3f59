import { configMap } from "../../resources/config-map.ts";
import { statefulSet } from "../../resources/stateful-set.ts";
import type { Termination } from "../../evidence.ts";
import { sameModes, wishedModes, wishedStarts } from "../modes.ts";
import { memberName } from "../../names.ts";
import type { KubeObject } from "../../../../kube/objects.ts";
import type { ClaimSeen, MemberSeen, PodSeen } from "../../seen.ts";
import { claimAt, healthyVoters, isHealthy, lastWords, members, podAt, spokesman } from "../facts.ts";
import { act, waitFor, type Decision, type Rule, type Situation } from "../rule.ts";
import { deleteClaim, deletePod } from "../../../../plan/steps.ts";
import { removeMember } from "../steps.ts";
import { proofOfLoss } from "./repair.ts";

type Joining = MemberSeen & { readonly ordinal: number };

/**
 * One membership change at a time: a member that was added and is not yet a voter, or has never started, is brought to its end
 * before anything else changes — or taken out again when it is no longer wanted, or has lost its data on the way.
 */
export const finishJoining: Rule = (situation) => {
  const { spec, seen } = situation;
  const joining = members(seen).find(
    (member): member is Joining => member.ordinal !== undefined && (member.learner || !member.started),
  );
  const via = spokesman(seen);
  if (joining === undefined || via === undefined) return undefined;
  const name = memberName(spec, joining.ordinal);
  if (joining.ordinal >= spec.replicas) {
    return act(removeMember(spec, { member: joining, via, why: `${name} has not joined yet and is no longer wanted` }));
  }
  const loss = joining.started && !isHealthy(seen, joining) ? proofOfLoss(seen, joining) : undefined;
  if (loss !== undefined) return act(removeMember(spec, { member: joining, via, why: loss }));
  return clearOldData(situation, joining) ?? startPod(situation, joining) ?? promote(situation, joining, via);
};

/** A claim recorded for a member that has left must not be started under the new id: etcd would refuse it, for ever. */
function clearOldData({ spec, seen }: Situation, joining: Joining): Decision | undefined {
  const claim = claimAt(seen, joining.ordinal);
  const pod = podAt(seen, joining.ordinal);
  if (claim === undefined) return undefined;
  if (!claim.terminating && isStale(claim, pod, joining)) {
    const why = `it holds the data of a member that has left (${claim.memberId ?? "not recorded"})`;
    return act(deleteClaim(spec, claim, { why }));
  }
  if (!claim.terminating) return undefined;
  if (pod === undefined || pod.terminating)
    return waitFor(`${claim.name} is gone`, "it holds the data of a member that has left");
  return act(deletePod(spec, pod, { why: `its claim ${claim.name} goes when the pod is gone` }));
}

/** What a member says of data that is none of its own; one that was removed often ends without a word. */
const unusable: ReadonlySet<Termination> = new Set<Termination>(["removed-member", "corrupt", "silent"]);

/** Recorded for another member, or found unusable by a member that has yet to start for the first time. */
function isStale(claim: ClaimSeen, pod: PodSeen | undefined, joining: Joining): boolean {
  if (claim.memberId !== undefined) return claim.memberId !== joining.id;
  const termination = pod?.crash?.termination;
  return !joining.started && termination !== undefined && unusable.has(termination);
}

/** The configuration must be there before the pod is: it says whom to join. */
function startPod(situation: Situation, joining: Joining): Decision | undefined {
  const { spec, seen } = situation;
  const name = memberName(spec, joining.ordinal);
  const objects = objectsToStart(situation, joining);
  if (objects.length > 0) {
    const why = `member ${joining.id} was added and has not started`;
    return act({ kind: "apply", id: `member-start/${name}`, title: `Start ${name}`, why, objects });
  }
  if (joining.started) return undefined;
  const pod = podAt(seen, joining.ordinal);
  if (pod !== undefined && !pod.terminating && pod.uid === seen.config?.restarts[joining.ordinal]) {
    const why = "it was made before its member was added and has an old configuration mounted";
    return act(deletePod(spec, pod, { why }));
  }
  return waitFor(`${name} has started`, pod?.waiting ?? lastWords(pod) ?? "the pod is starting");
}

function objectsToStart({ spec, seen }: Situation, joining: Joining): readonly KubeObject[] {
  const present = seen.statefulSet?.replicas ?? 0;
  const replicas = Math.max(present, joining.ordinal + 1);
  const config = sameModes(seen.config?.modes ?? {}, wishedModes(spec, seen));
  return [
    ...(config ? [] : [configMap(spec, wishedStarts(spec, seen))]),
    ...(replicas === present ? [] : [statefulSet(spec, replicas, seen.statefulSet?.claimSize)]),
  ];
}

/** Only a learner that has caught up can be promoted; etcd itself is the judge (engines.md §1.3). */
function promote({ spec, seen }: Situation, joining: Joining, via: number): Decision | undefined {
  const name = memberName(spec, joining.ordinal);
  if (!joining.learner) return undefined;
  if (!isHealthy(seen, joining)) return waitFor(`${name} answers`, "the learner has started");
  if (claimAt(seen, joining.ordinal)?.memberId !== joining.id) return undefined;
  return act({
    kind: "command",
    id: `member-promote/${name}`,
    title: `Give ${name} its vote`,
    why: `learner ${joining.id} follows the leader; ${String(healthyVoters(seen).length)} voters are healthy`,
    command: { name: "memberPromote", via, ordinal: joining.ordinal, id: joining.id },
  });
}
