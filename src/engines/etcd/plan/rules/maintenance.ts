/**
 * Upkeep of the database file while all is well (engines.md §1.9), by `reconcile` alone: who asks for members, a version or a certificate
 * is not surprised by anything else. A full database is another matter, and any pass's: `alarms.ts`.
 */
import { memberName } from "../../names.ts";
import type { EtcdSeen, MemberSeen } from "../../seen.ts";
import { isWorthDefragmenting, keptRevisions, mayNeedCompaction, reclaimable } from "../../upkeep.ts";
import { endpointAt, healthyVoters, isLeader, quorum, spokesman, voters } from "../facts.ts";
import { act, type Decision, type Rule, type Situation } from "../rule.ts";
import { moveLeader } from "../steps.ts";
import { waitUntilAllAreWell } from "../well.ts";

type Placed = MemberSeen & { readonly ordinal: number };

/**
 * History that nobody bounds is cut before it fills the database, where all of it would have to go. Only with auto-compaction turned off,
 * and only when there is far more than is kept: a client that compacts for itself, as Kubernetes does, leaves nothing to do.
 */
export const compactHistory: Rule = ({ verb, spec, seen }) => {
  const via = spokesman(seen);
  if (verb !== "reconcile" || via === undefined || seen.compactRevision === undefined) return undefined;
  const revision = (endpointAt(seen, via)?.revision ?? 0) - keptRevisions;
  if (!mayNeedCompaction(spec, seen.endpoints) || revision - seen.compactRevision < keptRevisions) return undefined;
  return act({
    kind: "command",
    id: "maintenance/compact",
    title: `Compact history up to revision ${String(revision)}`,
    why: `auto-compaction is off and more than half of the quota is in use; the last ${String(keptRevisions)} revisions stay`,
    command: { name: "compact", via, revision },
  });
};

/**
 * One member at a time, followers first, the leader last and only after it has handed over, since a member answers nobody meanwhile; the
 * next one only when all are back. Nobody is asked: at least a quorum serves all the time.
 */
export const defragmentMembers: Rule = (situation) => {
  const { verb, seen } = situation;
  if (verb !== "reconcile" || !canSpareOne(seen)) return undefined;
  const due = fragmentedMembers(seen).toSorted((a, b) => b.ordinal - a.ordinal);
  const next = due.find((member) => !isLeader(seen, member)) ?? due[0];
  if (next === undefined) return undefined;
  return waitUntilAllAreWell(seen, "one defragmentation at a time") ?? defragment(situation, next);
};

function defragment({ spec, seen }: Situation, member: Placed): Decision {
  const name = memberName(spec, member.ordinal);
  const heir = healthyVoters(seen).find(
    (other): other is Placed => other.ordinal !== undefined && other.id !== member.id,
  );
  if (isLeader(seen, member) && heir !== undefined)
    return act(moveLeader(spec, { from: member.ordinal, to: heir, why: `${name} is to be defragmented` }));
  return act({
    kind: "command",
    id: `maintenance/defragment/${name}`,
    title: `Defragment ${name}`,
    why: "nearly half of its file, or more, is free inside; it answers nobody meanwhile, the others do",
    command: { name: "defragment", via: member.ordinal },
  });
}

/** Those whose file is worth making anew. */
export function fragmentedMembers(seen: EtcdSeen): readonly Placed[] {
  return voters(seen).filter((member): member is Placed => {
    const endpoint = endpointAt(seen, member.ordinal);
    return member.ordinal !== undefined && endpoint !== undefined && isWorthDefragmenting(endpoint);
  });
}

/** Whether a quorum is left while one voter answers nobody. */
export function canSpareOne(seen: EtcdSeen): boolean {
  const total = voters(seen).length;
  return total - 1 >= quorum(total);
}

/** What a defragmentation of the member would give back. */
export function mebibytes(seen: EtcdSeen, member: Placed): string {
  const endpoint = endpointAt(seen, member.ordinal);
  return `${String(Math.round((endpoint === undefined ? 0 : reclaimable(endpoint)) / 2 ** 20))}Mi`;
}
