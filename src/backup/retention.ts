/** Which backups may go, and the Job that removes one from its location. Pure. */
import type { BackupLocation } from "../api/backup-location.ts";
import type { DatabaseBackup } from "../api/database-backup.ts";
import type { KubeObject } from "../kube/objects.ts";
import type { Owner } from "../resources/labels.ts";
import { job, workMount } from "./job.ts";
import { manifestName } from "./manifest.ts";
import { moverFor } from "./mover.ts";
import { belongingTo } from "./take.ts";

export interface Retention {
  readonly keep: number;
  readonly locationName: string;
  /** The engine's own id of the cluster, as it is now. */
  readonly identity: string | undefined;
}

/**
 * Of the succeeded backups of this very cluster at `locationName` those beyond the newest `keep`, oldest first. The newest verified one stays
 * whatever its age (engines.md §0.4). So does what did not succeed, and every backup of another cluster that bore the same name: it may be
 * all that is left of that one. Both are for a person to look at.
 */
export function outdated(
  backups: readonly DatabaseBackup[],
  { keep, locationName, identity }: Retention,
): readonly DatabaseBackup[] {
  const newestFirst = backups
    .filter(
      (backup) =>
        backup.outcome === "succeeded" && backup.locationName === locationName && backup.clusterIdentity === identity,
    )
    .toSorted((a, b) => (b.finishedAt ?? "").localeCompare(a.finishedAt ?? ""));
  const newestVerified = newestFirst.find((backup) => backup.verified !== undefined);
  return newestFirst
    .slice(Math.max(1, keep))
    .filter((backup) => backup.name !== newestVerified?.name)
    .toReversed();
}

export const pruneJobName = (backup: string): string => `${backup}-prune`;

const nothing = `${workMount}/nothing`;

/**
 * The manifest goes first: from then on the folder is no backup, whatever becomes of the rest. To make the folder equal to an empty one
 * succeeds a second time, too.
 */
export function pruneJob(owner: Owner, backup: DatabaseBackup, location: BackupLocation): KubeObject {
  const mover = moverFor(location);
  const made = job(owner, {
    name: pruneJobName(backup.name),
    volumes: mover.volumes,
    serviceAccountName: mover.serviceAccountName,
    deadlineSeconds: 3600,
    containers: [
      mover.container("prepare", ["mkdir", nothing], []),
      mover.container("unseal", ["sync", nothing, mover.remote(`${backup.path}/`), `--include=/${manifestName}`], []),
      mover.container("purge", ["sync", nothing, mover.remote(`${backup.path}/`)], []),
    ],
  });
  return belongingTo(backup, made);
}
