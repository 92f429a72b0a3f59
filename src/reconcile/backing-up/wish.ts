/** What `backup` is asked for, and what is seen of it. */
import type { BackupLocation } from "../../api/backup-location.ts";
import type { DatabaseBackup } from "../../api/database-backup.ts";
import type { DatabaseCluster } from "../../api/database-cluster.ts";
import type { JobSeen } from "../../backup/take.ts";

export interface BackupWish {
  readonly name: string;
  readonly locationName: string;
  readonly verify: DatabaseBackup["verify"];
  /** How many succeeded backups of the database to keep at the location; undefined: all. */
  readonly keep: number | undefined;
}

export interface BackupSpec<Spec> {
  readonly engine: Spec;
  readonly cluster: DatabaseCluster;
}

export interface BackupSeen<Seen> {
  readonly engine: Seen;
  readonly location: BackupLocation;
  /** Of this name, whatever its cluster. */
  readonly backup: DatabaseBackup | undefined;
  /** All of this cluster's, this one included. */
  readonly backups: readonly DatabaseBackup[];
  readonly take: JobSeen | undefined;
  readonly seal: JobSeen | undefined;
  /** Jobs that remove older backups, by the name of the backup. */
  readonly prunes: Readonly<Record<string, JobSeen>>;
}

/** Writes of the DatabaseBackup: everything else is objects applied and deleted. */
export type BackupCommand =
  | { readonly name: "open" }
  | { readonly name: "finish"; readonly status: Readonly<Record<string, unknown>> }
  /** Says so in its status and then, unless it was another's, throws `OperationFailed`. */
  | {
      readonly name: "fail";
      readonly backup: string;
      readonly reason: "Failed" | "Interrupted";
      readonly message: string;
    };
