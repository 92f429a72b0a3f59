import { memberName } from "../../names.ts";
import { claimAt, endpointAt, healthyVoters, isLeader, podAt, quorum, voters } from "../facts.ts";
import type { MemberSeen, PodSeen } from "../../seen.ts";
import { sameVersion } from "../../versions.ts";
import { act, block, type Decision, type Rule, type Situation } from "../rule.ts";
import { deletePod } from "../../../../plan/steps.ts";
import { moveLeader } from "../steps.ts";
import { waitUntilAllAreWell } from "../well.ts";

type Placed = MemberSeen & { readonly ordinal: number };

/**
 * Members made from an older template, or whose file system waits for a restart, restart one at a time: followers first, the leader
 * last and only after it has handed over. Between two restarts every voter must be back and caught up.
 */
export const rollMembers: Rule = (situation) => {
  const { seen } = situation;
  const due = voters(seen).filter(
    (member): member is Placed => member.ordinal !== undefined && needsRestart(seen, member.ordinal),
  );
  if (due.length === 0) return undefined;
  const followers = due.filter((member) => !isLeader(seen, member)).toSorted((a, b) => b.ordinal - a.ordinal);
  const next = followers[0] ?? due[0];
  return waitUntilAllAreWell(seen, "one restart at a time") ?? (next && restart(situation, next));
};

function restart(situation: Situation, member: Placed): Decision | undefined {
  const { spec, seen } = situation;
  const pod = podAt(seen, member.ordinal);
  if (pod === undefined) return undefined;
  const claim = claimAt(seen, member.ordinal);
  if (claim?.terminating === true) {
    return block({
      guard: "data-lost",
      message: `${pod.name} is to restart, and the data would go with it: ${claim.name} is marked for deletion and no other member holds its data`,
      observed: `metadata.deletionTimestamp of ${claim.name} is set`,
      lift: `kubectl dbop scale ${spec.name} -n ${spec.namespace} --replicas 3`,
    });
  }
  const heir = healthyVoters(seen).find(
    (other): other is Placed => other.ordinal !== undefined && other.id !== member.id,
  );
  if (isLeader(seen, member) && heir !== undefined) {
    const why = `${memberName(spec, member.ordinal)} is to restart`;
    return act(moveLeader(spec, { from: member.ordinal, to: heir, why }));
  }
  const total = voters(seen).length;
  const interrupts = total - 1 < quorum(total) ? "; the cluster does not answer meanwhile" : "";
  const why = `${whyRestart(situation, pod)}${interrupts}`;
  return act(deletePod(spec, pod, { why, danger: "moderate" }));
}

function whyRestart({ spec, seen }: Situation, { ordinal, outdated }: PodSeen): string {
  if (!outdated) return "its file system grows on restart";
  const runs = endpointAt(seen, ordinal)?.version ?? spec.version;
  return sameVersion(runs, spec.version)
    ? "its template is outdated"
    : `it runs ${runs}, and is to run ${spec.version}`;
}

function needsRestart(seen: Parameters<typeof podAt>[0], ordinal: number): boolean {
  return (
    podAt(seen, ordinal)?.outdated === true ||
    seen.claims.some((claim) => claim.ordinal === ordinal && claim.restartToResize)
  );
}
