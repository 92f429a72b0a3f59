import { memberName } from "../../names.ts";
import { healthyVoters, isLeader, lag, podAt, quorum, spokesman, voters } from "../facts.ts";
import type { MemberSeen } from "../../seen.ts";
import { act, waitFor, type Rule } from "../rule.ts";
import { deletePod, moveLeader } from "../steps.ts";

type Placed = MemberSeen & { readonly ordinal: number };

/** More than this many raft entries behind is not caught up (engines.md §1.2). */
const tolerableLag = 1000;

/**
 * Members made from an older template, or whose file system waits for a restart, restart one at a time: followers first, the leader
 * last and only after it has handed over. Between two restarts every voter must be back and caught up.
 */
export const rollMembers: Rule = ({ spec, seen }) => {
  const due = voters(seen).filter(
    (member): member is Placed => member.ordinal !== undefined && needsRestart(seen, member.ordinal),
  );
  if (due.length === 0) return undefined;
  const total = voters(seen).length;
  if (healthyVoters(seen).length < total)
    return waitFor("all members are healthy", `${String(healthyVoters(seen).length)} of ${String(total)} voters are`);
  const unready = seen.pods.find((pod) => !pod.ready);
  if (unready !== undefined) return waitFor(`${unready.name} is ready`, "one restart at a time");
  if (lag(seen) > tolerableLag) return waitFor("all members have caught up", `${String(lag(seen))} entries behind`);
  const followers = due.filter((member) => !isLeader(seen, member)).toSorted((a, b) => b.ordinal - a.ordinal);
  const next = followers[0] ?? due[0];
  const pod = next && podAt(seen, next.ordinal);
  if (next === undefined || pod === undefined) return undefined;
  const heir = healthyVoters(seen).find(
    (member): member is Placed => member.ordinal !== undefined && member.id !== next.id,
  );
  if (isLeader(seen, next) && heir !== undefined && spokesman(seen) !== undefined) {
    return act(
      moveLeader(spec, { from: next.ordinal, to: heir, why: `${memberName(spec, next.ordinal)} is to restart` }),
    );
  }
  const interrupts = total - 1 < quorum(total) ? "; the cluster does not answer meanwhile" : "";
  return act(
    deletePod(
      spec,
      pod,
      `${pod.outdated ? "its template is outdated" : "its file system grows on restart"}${interrupts}`,
      "moderate",
    ),
  );
};

function needsRestart(seen: Parameters<typeof podAt>[0], ordinal: number): boolean {
  return (
    podAt(seen, ordinal)?.outdated === true ||
    seen.claims.some((claim) => claim.ordinal === ordinal && claim.restartToResize)
  );
}
