/** Bringing a backup back: what its manifest says, and its files, byte for byte as the manifest has them. Pure. */
import type { BackupLocation } from "../api/backup-location.ts";
import type { KubeObject } from "../kube/objects.ts";
import type { Owner } from "../resources/labels.ts";
import { job, workMount, type Container } from "./job.ts";
import { manifestName, type Manifest } from "./manifest.ts";
import { fetchedFolder } from "./method.ts";
import { fileTool, moverFor, type Mover } from "./mover.ts";

export interface ManifestWish {
  readonly name: string;
  readonly location: BackupLocation;
  readonly path: string;
  /** False: there is no DatabaseCluster yet that it could go with. */
  readonly owned?: boolean;
}

/** Prints the manifest of the backup at `path`; its container is called `manifest`. */
export function manifestJob(owner: Owner, { name, location, path, owned = true }: ManifestWish): KubeObject {
  const mover = moverFor(location);
  return job(owner, {
    name,
    volumes: mover.volumes,
    serviceAccountName: mover.serviceAccountName,
    deadlineSeconds: 600,
    keepSeconds: 3600,
    owned,
    containers: [mover.container("manifest", ["cat", mover.remote(`${path}/${manifestName}`)], [])],
  });
}

const sumsAnnotation = "dbop.dev/sha256sums";
const sumsMount = "/sums";

export interface FetchWish extends Pick<Manifest, "files"> {
  readonly only?: string;
}

/** What a Job needs that begins by fetching: the containers leave the files in {@link fetchedFolder} or fail. */
export interface Fetching {
  readonly annotations: Readonly<Record<string, string>>;
  readonly volumes: readonly object[];
  readonly containers: readonly [Container, ...Container[]];
}

/**
 * Compared with the manifest before anybody uses them: a byte that has changed ends the Job.
 * @param only the path of the one file that is needed; the others stay where they are.
 */
export function fetching(mover: Mover, path: string, { files, only }: FetchWish): Fetching {
  const wanted = files.filter((file) => only === undefined || file.path === only);
  const named = only === undefined ? [] : [`--include=/${nameIn(only)}`];
  const sums = wanted.map((file) => `${file.sha256}  ${nameIn(file.path)}\n`).join("");
  const volume = {
    name: "sums",
    downwardAPI: {
      items: [{ path: "sha256sums", fieldRef: { fieldPath: `metadata.annotations['${sumsAnnotation}']` } }],
    },
  };
  const mount = { name: "sums", mountPath: sumsMount, readOnly: true };
  return {
    annotations: { [sumsAnnotation]: sums },
    volumes: [...mover.volumes, volume],
    containers: [
      mover.container("fetch", ["copy", mover.remote(`${path}/data/`), fetchedFolder, ...named], []),
      mover.container(
        "check",
        ["checksum", "--copy-links", "sha256", `${sumsMount}/sha256sums`, fetchedFolder],
        [mount],
      ),
    ],
  };
}

/** Of a file of a backup, in the folder it is fetched to. */
export function nameIn(path: string): string {
  return path.replace(/^data\//u, "");
}

/**
 * Makes `folder`, which is not at the location but on a volume, empty whether it is there or not.
 * @param filters what rclone is to leave alone.
 */
export function emptied(
  folder: string,
  mounts: readonly object[],
  filters: readonly string[] = [],
): readonly [Container, Container] {
  const nothing = `${workMount}/nothing`;
  return [
    fileTool("prepare", ["mkdir", nothing], []),
    fileTool("clear", ["sync", nothing, folder, ...filters], mounts),
  ];
}
