/** What an engine says of how its database is written to files and how such files are tried: containers, for `take.ts` to put in order. */
import type { Grade } from "../api/database-backup.ts";
import { workMount, type Container } from "./job.ts";

/** Where the engine's containers leave the files of a backup. */
export const takenFolder = `${workMount}/taken`;
/** Where they find them as they came back from the location. */
export const fetchedFolder = `${workMount}/fetched`;

export interface BackupMethod {
  /** In the engine's words: `snapshot`. */
  readonly method: string;
  /** The member it is taken from. */
  readonly source: string;
  readonly engineVersion: string;
  readonly clusterIdentity: string;
  /** Certificates and what else the containers need. */
  readonly volumes: readonly object[];
  /** Write {@link takenFolder}; it exists and is empty. */
  readonly take: readonly Container[];
  /** Named `inspect`: prints what the backup holds. */
  readonly inspect: Container;
  /** Try {@link fetchedFolder}: each container fails when the backup is not good. None for a grade of nothing more than reading back. */
  readonly rehearse: (grade: Exclude<Grade, "integrity">) => readonly Container[];
}
