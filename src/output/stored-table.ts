/** The backups at a location, newest first: what their manifests say. */
import { age } from "./age.ts";
import type { BackupTableOptions } from "./backup-table.ts";
import { table } from "./table.ts";

/** What a manifest says, as far as it is shown. */
interface ShownManifest {
  readonly clusterName: string;
  readonly namespace: string;
  readonly engineVersion: string;
  readonly clusterIdentity: string;
  readonly consistencyPoint: string;
  readonly startedAt: string;
  readonly files: readonly { readonly bytes: number }[];
  readonly verified: { readonly grade: string } | undefined;
}

export interface StoredBackup {
  /** Its folder, below the location: `--path` of a restore. */
  readonly path: string;
  /** Undefined: what is there under that name can't be read as one. */
  readonly manifest: ShownManifest | undefined;
  /** Files that the manifest names and that are not there as it says. */
  readonly amiss: readonly string[];
}

export function storedTable(stored: readonly StoredBackup[], { now, wide }: BackupTableOptions): string {
  const rows = stored.map(({ path, manifest, amiss }) => {
    if (manifest === undefined)
      return [path, undefined, undefined, "unreadable", ...Array<undefined>(wide ? 5 : 3).fill(undefined)];
    return [
      path,
      manifest.clusterName,
      manifest.engineVersion,
      amiss.length > 0 ? "incomplete" : manifest.verified?.grade,
      manifest.files.reduce((sum, { bytes }) => sum + bytes, 0),
      manifest.consistencyPoint,
      ...(wide ? [manifest.namespace, manifest.clusterIdentity] : []),
      age(manifest.startedAt, now),
    ];
  });
  const headings = ["PATH", "DATABASE", "VERSION", "VERIFIED", "BYTES", "HOLDS"];
  return table([...headings, ...(wide ? ["NAMESPACE", "IDENTITY"] : []), "AGE"], rows);
}

/** For `-o json|yaml`: the manifest as it is, where it is, and what is amiss there. */
export function storedDocument({ path, manifest, amiss }: StoredBackup): unknown {
  return { path, ...(manifest === undefined ? {} : { manifest }), ...(amiss.length === 0 ? {} : { amiss }) };
}
