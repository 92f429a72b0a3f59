import { configMap } from "../../resources/config-map.ts";
import { statefulSet } from "../../resources/stateful-set.ts";
import { sameModes, wishedModes, wishedStarts } from "../modes.ts";
import { memberName } from "../../names.ts";
import type { MemberSeen } from "../../seen.ts";
import { claimAt, healthyVoters, isHealthy, members, podAt, spokesman } from "../facts.ts";
import { act, waitFor, type Decision, type Rule, type Situation } from "../rule.ts";
import { deleteClaim, deletePod, removeMember } from "../steps.ts";

type Joining = MemberSeen & { readonly ordinal: number };

/**
 * One membership change at a time: a member that was added and is not yet a voter, or has never started, is brought to its end
 * before anything else changes — or taken out again when it is no longer wanted.
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
  return clearOldData(situation, joining) ?? startPod(situation, joining) ?? promote(situation, joining, via);
};

/** A claim recorded for a member that has left must not be started under the new id: etcd would refuse it, for ever. */
function clearOldData({ spec, seen }: Situation, joining: Joining): Decision | undefined {
  const claim = claimAt(seen, joining.ordinal);
  const pod = podAt(seen, joining.ordinal);
  const termination = pod?.crash?.termination;
  const spoiled = termination === "removed-member" || termination === "corrupt";
  const stale =
    claim !== undefined &&
    ((claim.memberId !== undefined && claim.memberId !== joining.id) || (spoiled && !joining.started));
  if (stale && !claim.terminating)
    return act(
      deleteClaim(
        spec,
        claim,
        `it holds the data of a member that has left (${claim.memberId ?? "not recorded"})`,
        "moderate",
      ),
    );
  if (claim?.terminating === true && pod !== undefined && !pod.terminating)
    return act(deletePod(spec, pod, `its claim ${claim.name} goes when the pod is gone`));
  return undefined;
}

/** The configuration must be there before the pod is: it says whom to join. */
function startPod({ spec, seen }: Situation, joining: Joining): Decision | undefined {
  const name = memberName(spec, joining.ordinal);
  const modes = wishedModes(spec, seen);
  const replicas = Math.max(seen.statefulSet?.replicas ?? 0, joining.ordinal + 1);
  const config = sameModes(seen.config?.modes ?? {}, modes) ? [] : [configMap(spec, wishedStarts(spec, seen))];
  const set = replicas === seen.statefulSet?.replicas ? [] : [statefulSet(spec, replicas)];
  if (config.length + set.length > 0) {
    return act({
      kind: "apply",
      id: `member-start/${name}`,
      title: `Start ${name}`,
      why: `member ${joining.id} was added and has not started`,
      objects: [...config, ...set],
    });
  }
  if (joining.started) return undefined;
  const pod = podAt(seen, joining.ordinal);
  if (pod !== undefined && !pod.terminating && pod.uid === seen.config?.restarts[joining.ordinal]) {
    return act(deletePod(spec, pod, "it was made before its member was added and has an old configuration mounted"));
  }
  return waitFor(
    `${name} has started`,
    pod?.waiting ?? pod?.crash?.message.trim().split("\n").at(-1)?.slice(0, 200) ?? "the pod is starting",
  );
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
