/**
 * `manifest.json`, written last beside the data: a folder without one is no backup. It holds all that is needed to restore safely when
 * nothing is left but the location (engines.md §0.4), and no secret.
 */
import type { Grade } from "../api/database-backup.ts";

export const manifestName = "manifest.json";
const schema = "backup.dbop.dev/v1";

export interface Manifest {
  readonly engine: string;
  readonly engineVersion: string;
  readonly clusterName: string;
  readonly namespace: string;
  readonly clusterIdentity: string;
  /** The spec of the cluster when it was taken: what a restore makes again unless told otherwise. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly source: string;
  readonly method: string;
  /** Up to where it holds every write, in the engine's words: `revision 4711`. */
  readonly consistencyPoint: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly files: readonly BackupFile[];
  readonly verified: { readonly grade: Grade; readonly at: string } | undefined;
}

export interface BackupFile {
  /** Below the folder of the backup. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The same manifest gives the same bytes: what is written twice is written alike. */
export function renderManifest(manifest: Manifest): string {
  return `${JSON.stringify({ schema, ...manifest, sizeBytes: sizeOf(manifest) }, undefined, 2)}\n`;
}

export function sizeOf({ files }: Pick<Manifest, "files">): number {
  return files.reduce((sum, file) => sum + file.bytes, 0);
}
