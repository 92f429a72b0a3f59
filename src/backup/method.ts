/** What an engine says of how its database is written to files and how such files are tried: containers, for `take.ts` to put in order. */
import type { Grade } from "../api/database-backup.ts";
import type { Result } from "../api/result.ts";
import { workMount, type Container } from "./job.ts";
import type { Manifest } from "./manifest.ts";

/** Where the engine's containers leave the files of a backup. */
export const takenFolder = `${workMount}/taken`;
/** Where they find them as they came back from the location. */
export const fetchedFolder = `${workMount}/fetched`;

/** What containers whose names begin so have printed is read when the Job is done, and judged by the engine. */
export const inspecting = "inspect";

export interface BackupMethod {
  /** In the engine's words: `snapshot`. */
  readonly method: string;
  /** The member it is taken from. */
  readonly source: string;
  readonly engineVersion: string;
  readonly clusterIdentity: string;
  /** Certificates and what else the containers need. */
  readonly volumes: readonly object[];
  /** How the database stands when the backup begins, for {@link Taken.expected}: any JSON. */
  readonly expected?: unknown;
  /** Write {@link takenFolder}; it exists and is empty. */
  readonly take: readonly Container[];
  /** Print what the backup holds. */
  readonly inspect: readonly Container[];
  /** Try {@link fetchedFolder}: each container fails when the backup is not good. None for a grade of nothing more than reading back. */
  readonly rehearse: (grade: Exclude<Grade, "integrity">) => readonly Container[];
}

/** What a Job that has taken a backup tells of it. */
export interface Taken {
  /** What a container has printed; empty when nobody knows. */
  readonly said: (container: string) => string;
  /** As {@link BackupMethod.expected} had it when the Job was made. */
  readonly expected: unknown;
}

/** What a backup holds. */
export type Contents = Pick<Manifest, "consistencyPoint" | "format" | "shards">;

/** Of a backup whose Job can't be asked any more. */
export const lost: Result<never, string> = {
  ok: false,
  problems: "what its Job found out is lost: the pod or its log is gone",
};
