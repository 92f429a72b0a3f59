import { memberName } from "../../names.ts";
import { quotaBytes } from "../../spec.ts";
import type { EndpointSeen } from "../../seen.ts";
import { endpointAt, healthyVoters, isLeader, members, spokesman, voters } from "../facts.ts";
import { act, block, type Decision, type EtcdStep, type Rule, type Situation } from "../rule.ts";

/**
 * A full database (NOSPACE) takes no writes until history is compacted, each member is defragmented — one after the other, the leader
 * last, since it blocks meanwhile — and the alarm is disarmed (engines.md §1.9).
 */
export const freeSpace: Rule = (situation) => {
  const { seen } = situation;
  const via = spokesman(seen);
  if (via === undefined || !hasAlarm(situation, "NOSPACE")) return undefined;
  return compact(situation, via) ?? defragment(situation) ?? disarmOrRefuse(situation, via);
};

/**
 * The alarm of a corrupt member stays when the member has left, and is disarmed then. Where etcd does not say which member it is, the
 * hashes must: as long as they don't, nobody can tell which data is right.
 */
export const disarmCorruption: Rule = (situation) => {
  const { seen } = situation;
  const via = spokesman(seen);
  if (via === undefined || !hasAlarm(situation, "CORRUPT")) return undefined;
  const ids = seen.endpoints.flatMap(({ alarms }) =>
    alarms.flatMap((alarm) => (alarm.type === "CORRUPT" ? [alarm.memberId] : [])),
  );
  if (ids.includes("0") && !hashesAgree(seen)) {
    return block({
      guard: "corrupt-member-known",
      message:
        "etcd found that its members' data differ, and no majority of them agrees: nobody can tell which data is right",
      observed: `CORRUPT alarm without a member id; hashes ${seen.endpoints.map((endpoint) => String(endpoint.hash ?? "<unknown>")).join(", ")}`,
    });
  }
  const present = ids.some((id) => members(seen).some((member) => member.id === id));
  return present ? undefined : act(disarm(via, "the corrupt member has left"));
};

function hashesAgree(seen: Situation["seen"]): boolean {
  const hashes = voters(seen).map((member) => endpointAt(seen, member.ordinal)?.hash);
  return hashes.every((hash) => hash !== undefined && hash === hashes[0]);
}

function hasAlarm({ seen }: Situation, type: "NOSPACE" | "CORRUPT"): boolean {
  return seen.endpoints.some(({ alarms }) => alarms.some((alarm) => alarm.type === type));
}

function compact({ seen }: Situation, via: number): Decision | undefined {
  const revision = endpointAt(seen, via)?.revision ?? 0;
  if (seen.compactRevision === undefined || seen.compactRevision >= revision) return undefined;
  return act({
    kind: "command",
    id: "space/compact",
    title: `Compact history up to revision ${String(revision)}`,
    why: "the database is full (NOSPACE) and takes no writes",
    command: { name: "compact", via, revision },
  });
}

/** Worth it when a tenth of the file is free inside. */
function isFragmented(endpoint: EndpointSeen): boolean {
  return endpoint.dbSize - endpoint.dbSizeInUse > endpoint.dbSize / 10;
}

function defragment({ spec, seen }: Situation): Decision | undefined {
  const fragmented = healthyVoters(seen).filter((member) => {
    const endpoint = endpointAt(seen, member.ordinal);
    return endpoint !== undefined && isFragmented(endpoint);
  });
  const next = fragmented.find((member) => !isLeader(seen, member)) ?? fragmented[0];
  if (next?.ordinal === undefined) return undefined;
  const name = memberName(spec, next.ordinal);
  return act({
    kind: "command",
    id: `space/defragment/${name}`,
    title: `Defragment ${name}`,
    why: "the database is full (NOSPACE); the space freed by compaction is still in the file",
    command: { name: "defragment", via: next.ordinal },
  });
}

function disarmOrRefuse({ spec, seen }: Situation, via: number): Decision {
  const quota = quotaBytes(spec);
  const largest = Math.max(...seen.endpoints.map((endpoint) => endpoint.dbSize));
  if (largest < quota) return act(disarm(via, "there is space again"));
  return block({
    guard: "space-within-quota",
    message: "the database is full with live data: delete keys, or raise spec.config.quota-backend-bytes",
    observed: `largest database ${String(largest)} bytes after compaction and defragmentation, quota ${String(quota)}`,
  });
}

function disarm(via: number, why: string): EtcdStep {
  return { kind: "command", id: "alarm/disarm", title: "Disarm the alarm", why, command: { name: "disarm", via } };
}
