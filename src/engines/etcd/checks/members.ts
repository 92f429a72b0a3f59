/** Whether all members are whole ones, and keep up. */
import type { Check } from "../../../checks/finding.ts";
import { counted, fail, pass, unknown, warn } from "../../../checks/verdicts.ts";
import { memberName } from "../names.ts";
import { healthyVoters, lag, members } from "../plan/facts.ts";
import { tolerableLag } from "../plan/well.ts";
import type { EtcdLooked } from "./operand.ts";

export const learners: Check<EtcdLooked> = {
  id: "L3.etcd.learners",
  title: "No member is left half way",
  question: "Has every member joined, and does every one vote?",
  why: "a learner that was left counts as a member for people, and not for the quorum",
  judge: ({ spec, seen }) => {
    const { membership } = seen;
    if (!membership.known) return unknown("an answer to etcdctl member list", membership.why);
    const evidence = membership.members.map((member) => {
      const name = member.ordinal === undefined ? member.peerUrl : memberName(spec, member.ordinal);
      const role = member.learner ? "learner" : "voter";
      return counted(
        `member ${member.id} (${name})`,
        "etcdctl member list",
        member.started ? role : `${role}, never started`,
      );
    });
    const half = members(seen).filter(({ learner, started }) => learner || !started);
    if (half.length === 0) return pass("every member votes", evidence);
    return warn(
      `${String(half.length)} of ${String(members(seen).length)} members do not vote yet, or never started`,
      evidence,
      `kubectl dbop reconcile ${spec.name} -n ${spec.namespace}`,
    );
  },
};

export const raftLag: Check<EtcdLooked> = {
  id: "L3.etcd.lag",
  title: "Members keep up",
  question: "Has every voter applied nearly all that the others have?",
  why: "a member that is behind is no help when another one fails",
  judge: ({ spec, seen }) => {
    if (healthyVoters(seen).length === 0)
      return unknown("an answer of a voter to etcdctl endpoint status", "no voter answers");
    const evidence = seen.endpoints.map(({ ordinal, raftIndex, appliedIndex }) =>
      counted(
        `pod/${memberName(spec, ordinal)}`,
        "etcdctl endpoint status: raftIndex, raftAppliedIndex",
        `${String(raftIndex)}, ${String(appliedIndex)}`,
      ),
    );
    const behind = `the slowest is ${String(lag(seen))} entries behind`;
    if (lag(seen) <= tolerableLag) return pass(behind, evidence);
    return fail(
      behind,
      evidence,
      "see what keeps it: its disk (etcd_disk_wal_fsync_duration_seconds), its CPU, its network",
    );
  },
};
