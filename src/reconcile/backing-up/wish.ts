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
  /** Jobs that go on for other backups, although nobody waits for them: this run holds the lock. */
  readonly strays: readonly JobSeen[];
}

/** Of a DatabaseBackup, for a write of its status: which one it is, and what was said when it began. */
export type Opened = Pick<DatabaseBackup, "name" | "uid" | "path" | "startedAt">;

/** Writes of the DatabaseBackup: everything else is objects applied and deleted. */
export type BackupCommand =
  | { readonly name: "open" }
  | { readonly name: "finish"; readonly of: Opened; readonly status: Readonly<Record<string, unknown>> }
  /** Says so in its status, and throws `OperationFailed`. */
  | { readonly name: "fail"; readonly of: Opened; readonly message: string }
  /** Another's, whose run was stopped. */
  | { readonly name: "interrupt"; readonly of: Opened }
  /** One that has to make room: it is no good backup any more from before the first byte of it goes. */
  | { readonly name: "retire"; readonly of: Opened }
  /** This backup is good and something else is not: throws `OperationFailed`. */
  | { readonly name: "complain"; readonly message: string };
