/** Whether etcd still takes writes, and for how long it will. */
import type { Check } from "../../../checks/finding.ts";
import { counted, fail, pass, unknown, warn } from "../../../checks/verdicts.ts";
import { memberName } from "../names.ts";
import { quotaBytes } from "../spec.ts";
import { isNothing, isWorthDefragmenting, reclaimable } from "../upkeep.ts";
import type { EtcdLooked } from "./operand.ts";

/** The part of the quota from which on somebody should look: growth is rarely even. */
const wantsLooking = 0.8;

const silent = unknown("an answer of a member to etcdctl endpoint status", "no member answers");

function ofMember(name: string, field: string, value: unknown): ReturnType<typeof counted> {
  return counted(`pod/${name}`, `etcdctl endpoint status: ${field}`, value);
}

export const alarms: Check<EtcdLooked> = {
  id: "L1.etcd.alarms",
  title: "No alarm is raised",
  question: "Does etcd take writes, and do its members hold the same?",
  why: "with NOSPACE it refuses every write, with CORRUPT members hold different data",
  judge: ({ spec, seen }) => {
    if (seen.endpoints.length === 0) return silent;
    const evidence = seen.endpoints.map((endpoint) =>
      ofMember(
        memberName(spec, endpoint.ordinal),
        "errors",
        endpoint.alarms.map(({ type }) => type).join(", ") || "none",
      ),
    );
    const raised = [...new Set(seen.endpoints.flatMap((endpoint) => endpoint.alarms.map(({ type }) => type)))];
    if (raised.length === 0) return pass("none is raised", evidence);
    return fail(
      `${raised.join(" and ")} is raised`,
      evidence,
      `kubectl dbop reconcile ${spec.name} -n ${spec.namespace}`,
    );
  },
};

export const quota: Check<EtcdLooked> = {
  id: "L3.etcd.quota",
  title: "Room below the quota",
  question: "Is the database well below the size at which etcd refuses writes?",
  why: "at quota-backend-bytes etcd refuses every write until somebody has made room",
  judge: ({ spec, seen }) => {
    if (seen.endpoints.length === 0) return silent;
    const limit = quotaBytes(spec);
    const used = Math.max(...seen.endpoints.map(({ dbSizeInUse }) => dbSizeInUse));
    const evidence = [
      counted("kubectl-dbop", "quota-backend-bytes", limit),
      ...seen.endpoints.map((endpoint) =>
        ofMember(
          memberName(spec, endpoint.ordinal),
          "dbSize, dbSizeInUse",
          `${String(endpoint.dbSize)}, ${String(endpoint.dbSizeInUse)}`,
        ),
      ),
    ];
    const share = `${String(Math.round((100 * used) / limit))} % of the quota is used`;
    const fix = `kubectl dbop scale ${spec.name} -n ${spec.namespace} --storage SIZE, or fewer keys`;
    if (used >= limit) return fail(share, evidence, fix);
    return used > limit * wantsLooking ? warn(share, evidence, fix) : pass(share, evidence);
  },
};

export const compaction: Check<EtcdLooked> = {
  id: "L3.etcd.compaction",
  title: "History is compacted",
  question: "Does etcd forget old revisions by itself?",
  why: "history that nobody compacts fills the quota, however small the data is",
  judge: ({ spec }) => {
    const retention = spec.config["auto-compaction-retention"];
    const evidence = [
      counted(
        `databasecluster.dbop.dev/${spec.name}`,
        "spec.config[auto-compaction-retention]",
        retention ?? "not set: 1000 revisions are kept",
      ),
    ];
    if (!isNothing(retention)) return pass("old revisions are compacted by themselves", evidence);
    return fail(
      "nothing compacts old revisions",
      evidence,
      "leave spec.config[auto-compaction-retention] out, or set it above 0",
    );
  },
};

export const fragmentation: Check<EtcdLooked> = {
  id: "L3.etcd.fragmentation",
  title: "Little of the file is free inside",
  question: "Is the database file not much larger than what is used of it?",
  why: "the quota counts the file, and a restart reads all of it",
  judge: ({ spec, seen }) => {
    if (seen.endpoints.length === 0) return silent;
    const evidence = seen.endpoints.map((endpoint) =>
      ofMember(memberName(spec, endpoint.ordinal), "dbSize - dbSizeInUse", reclaimable(endpoint)),
    );
    const wide = seen.endpoints.filter(isWorthDefragmenting).map(({ ordinal }) => memberName(spec, ordinal));
    if (wide.length === 0) return pass("nothing that would be worth a defragmentation", evidence);
    return warn(
      `a defragmentation of ${wide.join(", ")} is due`,
      evidence,
      `kubectl dbop reconcile ${spec.name} -n ${spec.namespace}`,
    );
  },
};
