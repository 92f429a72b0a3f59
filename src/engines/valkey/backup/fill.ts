/**
 * The Job that puts the copy of a shard onto the claim of its first node. A server with an append-only file that finds none starts empty, whatever snapshot
 * lies beside it: so the copy becomes the base of one, and the manifest of that, which names it, is written last. Pure.
 */
import type { BackupLocation } from "../../../api/backup-location.ts";
import { emptied, fetching, nameIn } from "../../../backup/fetch.ts";
import { job, jobSelectorLabels } from "../../../backup/job.ts";
import type { BackupShard, Manifest } from "../../../backup/manifest.ts";
import { fetchedFolder } from "../../../backup/method.ts";
import { fileTool, moverFor } from "../../../backup/mover.ts";
import type { KubeObject } from "../../../kube/objects.ts";
import { scheduling } from "../../../resources/scheduling.ts";
import { dataDirectory } from "../config/render.ts";
import { claimName, fillJobName, owner } from "../names.ts";
import type { ValkeySpec } from "../spec.ts";

export interface FillWish {
  readonly location: BackupLocation;
  readonly path: string;
  readonly manifest: Manifest;
  readonly part: BackupShard;
  readonly shard: number;
  readonly claimUid: string;
}

const base = "appendonly.aof.1.base.rdb";
const folder = `${dataDirectory}/appendonlydir`;
const listing = "appendonly.aof.manifest";
const listingAnnotation = "dbop.dev/append-only-manifest";
const listingMount = "/append-only";

/** What an interrupted one left on the claim is cleared first; the root of a volume may hold a folder that is not ours. */
export function fillJob(spec: ValkeySpec, { location, path, manifest, part, shard, claimUid }: FillWish): KubeObject {
  const mover = moverFor(location);
  const fetch = fetching(mover, path, { files: manifest.files, only: part.file });
  const data = { name: "data", mountPath: dataDirectory };
  const text = { name: "append-only", mountPath: listingMount, readOnly: true };
  return job(owner(spec), {
    name: fillJobName(spec, shard),
    claimUid,
    owned: true,
    keepSeconds: 3600,
    deadlineSeconds: 24 * 3600,
    annotations: { ...fetch.annotations, [listingAnnotation]: `file ${base} seq 1 type b\n` },
    volumes: [
      ...fetch.volumes,
      { name: "data", persistentVolumeClaim: { claimName: claimName(spec, { shard, ordinal: 0 }) } },
      {
        name: "append-only",
        downwardAPI: {
          items: [{ path: listing, fieldRef: { fieldPath: `metadata.annotations['${listingAnnotation}']` } }],
        },
      },
    ],
    serviceAccountName: mover.serviceAccountName,
    // Where nodes may run, and apart from each other: a volume may be bound to the node that it is made on.
    placement: scheduling({ ...spec.scheduling, antiAffinity: "preferred" }, jobSelectorLabels(spec)),
    containers: [
      ...fetch.containers,
      ...emptied(dataDirectory, [data], ["--exclude=/lost+found/**"]),
      fileTool("restore", ["copyto", `${fetchedFolder}/${nameIn(part.file)}`, `${folder}/${base}`], [data]),
      fileTool("name", ["copyto", "--copy-links", `${listingMount}/${listing}`, `${folder}/${listing}`], [data, text]),
    ],
  });
}
