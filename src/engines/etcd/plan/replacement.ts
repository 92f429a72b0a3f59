/**
 * Where a restore in place stands (docs/adr/0012). The data of the backup is restored beside what is in use, then every member stops, and
 * with one write on the first member's claim it is the other data that counts. From then on the cluster is one that is made from a backup, and
 * what was recorded of the one before counts no more. Pure.
 */
import { idOf } from "../names.ts";
import type { ClaimSeen, EtcdSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";
import { claimAt } from "./facts.ts";

/**
 * The data of the backup that is asked for is what counts, or what has become of it: the first member's claim says so, and once the cluster has
 * formed its configuration too, since that claim may be lost then like any other.
 */
export function isReplaced({ replacement }: Pick<EtcdSpec, "replacement">, seen: EtcdSeen): boolean {
  if (replacement === undefined) return false;
  return [claimAt(seen, 0)?.replacedBy, seen.config?.replacedBy].includes(idOf(replacement));
}

interface View {
  readonly wish: EtcdSpec;
  readonly seen: EtcdSeen;
}

/**
 * Wish and observation as they are to be read since the data was replaced: the cluster's id is the one that was recorded since, and the other
 * claims belong to members that have left. Before that, and where nothing is replaced, as they are.
 */
export function sinceReplaced({ wish, seen }: View): View {
  const { replacement } = wish;
  if (replacement === undefined || !isReplaced(wish, seen)) return { wish, seen };
  const identity = seen.config?.clusterId ?? claimAt(seen, 0)?.clusterId;
  const { locationName, path, bumpRevision } = replacement;
  return {
    wish: { ...wish, identity, bootstrap: { locationName, path, bumpRevision } },
    seen: { ...seen, claims: seen.claims.map((claim) => withoutOldCluster(claim, identity)) },
  };
}

function withoutOldCluster(claim: ClaimSeen, identity: string | undefined): ClaimSeen {
  const own = claim.ordinal === 0 || claim.clusterId === undefined || claim.clusterId === identity;
  return own ? claim : { ...claim, clusterId: undefined, ofBefore: true };
}
