/**
 * When it is worth disturbing a member for its database file. In step with engines.md §1.9 (a file more than 1.5 to 2 times what is used,
 * and more than about 100 MiB to win) and with OpenShift's cluster-etcd-operator, which defragments from 100 MB and 45 % on.
 */
import type { EndpointSeen } from "./seen.ts";
import { quotaBytes, type EtcdSpec } from "./spec.ts";

const leastWinBytes = 100 * 1024 * 1024;
/** The part of the file that is free inside: 0.45 is a file 1.8 times what is used. */
const leastWinShare = 0.45;

/** Revisions that a compaction of ours leaves: ten times what auto-compaction keeps by default. */
export const keptRevisions = 10_000;
/** The part of the quota from which on history that nobody compacts leads to a full database. */
const heavyShare = 0.5;

/** Bytes that a defragmentation would give back to the volume. */
export function reclaimable({ dbSize, dbSizeInUse }: Pick<EndpointSeen, "dbSize" | "dbSizeInUse">): number {
  return dbSize - dbSizeInUse;
}

export function isWorthDefragmenting(endpoint: Pick<EndpointSeen, "dbSize" | "dbSizeInUse">): boolean {
  const win = reclaimable(endpoint);
  return win > leastWinBytes && win > endpoint.dbSize * leastWinShare;
}

/**
 * Whether history may be what fills the database: auto-compaction, which is on unless `spec.config` turns it off, does not bound it, and
 * more than half of the quota is in use.
 */
export function mayNeedCompaction(spec: EtcdSpec, endpoints: readonly Pick<EndpointSeen, "dbSizeInUse">[]): boolean {
  return (
    isNothing(spec.config["auto-compaction-retention"]) &&
    endpoints.some(({ dbSizeInUse }) => dbSizeInUse > quotaBytes(spec) * heavyShare)
  );
}

/** `0`, or a duration of nothing such as `0s`. */
export function isNothing(retention: string | undefined): boolean {
  return retention !== undefined && /^0+\p{Letter}*$/u.test(retention);
}
