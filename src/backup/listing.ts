/** Which backups are at a location, when the objects that told of them are gone: those whose manifest is there. Pure. */
import { createHash } from "node:crypto";
import type { BackupLocation } from "../api/backup-location.ts";
import type { KubeObject } from "../kube/objects.ts";
import type { Owner } from "../resources/labels.ts";
import { job, workMount } from "./job.ts";
import { manifestName, parseManifest, type Manifest } from "./manifest.ts";
import { moverFor } from "./mover.ts";
import { filesListed, sizesListed } from "./take.ts";

export interface StoredBackup {
  /** Its folder, below the location: `--path` of a restore. */
  readonly path: string;
  /** Undefined: what is there under that name can't be read as one. */
  readonly manifest: Manifest | undefined;
  /** Files of the manifest, below the folder, that are not there or have another size. None is no proof: bytes are compared by a restore. */
  readonly amiss: readonly string[];
}

const fetched = `${workMount}/manifests`;
const manifestsOnly = `--include=${manifestName}`;

/** Its container `found` prints where there are manifests, `stored` which files there are, and `manifests` what the manifests say. */
export function listingJob(
  owner: Owner,
  { name, location }: { readonly name: string; readonly location: BackupLocation },
): KubeObject {
  const mover = moverFor(location);
  return job(owner, {
    name,
    volumes: mover.volumes,
    serviceAccountName: mover.serviceAccountName,
    deadlineSeconds: 600,
    keepSeconds: 3600,
    containers: [
      mover.container("prepare", ["mkdir", fetched], []),
      mover.container("fetch", ["copy", mover.remote(""), fetched, manifestsOnly], []),
      mover.container("found", ["lsjson", fetched, "--recursive", "--files-only", "--hash", "--hash-type=sha256"], []),
      mover.container("stored", ["lsjson", mover.remote(""), "--recursive", "--files-only", "--no-modtime"], []),
      mover.container("manifests", ["cat", fetched, manifestsOnly], []),
    ],
  });
}

/** Newest first. The manifests come one after the other in any order, without their names: each is known by its hash. */
export function storedBackups(printed: {
  readonly found: string;
  readonly stored: string;
  readonly manifests: string;
}): readonly StoredBackup[] {
  const { found, stored, manifests } = printed;
  const sizes = sizesListed(stored);
  const texts = new Map(manifests.split(/(?<=^\}\n)/mu).map((text) => [sha256(text), text]));
  return (filesListed(found, "") ?? [])
    .map((file): StoredBackup => {
      const manifest = parseManifest(texts.get(file.sha256) ?? "");
      const path = file.path.replace(/\/?[^/]*$/u, "");
      if (!manifest.ok) return { path, manifest: undefined, amiss: [] };
      const { files } = manifest.value;
      const amiss = files.filter((one) => sizes.get(path === "" ? one.path : `${path}/${one.path}`) !== one.bytes);
      return { path, manifest: manifest.value, amiss: amiss.map((one) => one.path) };
    })
    .toSorted((a, b) => timeOf(b).localeCompare(timeOf(a)));
}

function timeOf({ manifest }: StoredBackup): string {
  return manifest?.startedAt ?? "";
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
