/** The Job that makes a member out of a snapshot (engines.md §1.7): the first one, alone; the others join it as learners. */
import type { BackupLocation } from "../../../api/backup-location.ts";
import { emptied, fetching } from "../../../backup/fetch.ts";
import { job } from "../../../backup/job.ts";
import type { Manifest } from "../../../backup/manifest.ts";
import { fetchedFolder } from "../../../backup/method.ts";
import { moverFor } from "../../../backup/mover.ts";
import type { KubeObject } from "../../../kube/objects.ts";
import { claimName, fillJobName, memberName, owner, peerUrl } from "../names.ts";
import { dataDirectory } from "../resources/config-map.ts";
import type { EtcdSpec } from "../spec.ts";
import { snapshotFile } from "./method.ts";

export interface FillWish {
  readonly location: BackupLocation;
  readonly path: string;
  readonly manifest: Manifest;
  readonly bumpRevision: boolean;
}

/** More revisions than a cluster makes between two backups (etcd recovery guide). */
const bump = ["--bump-revision=1000000000", "--mark-compacted"];

/**
 * Fills the first member's claim. What an earlier, interrupted one left there is cleared first: no member has used the claim yet, and the
 * caller must have made sure of it.
 */
export function fillJob(spec: EtcdSpec, { location, path, manifest, bumpRevision }: FillWish): KubeObject {
  const mover = moverFor(location);
  const data = { name: "data", mountPath: "/var/lib/etcd" };
  const fetch = fetching(mover, path, manifest);
  const name = memberName(spec, 0);
  return job(owner(spec), {
    name: fillJobName(spec),
    owned: true,
    keepSeconds: 3600,
    deadlineSeconds: 24 * 3600,
    annotations: fetch.annotations,
    volumes: [...fetch.volumes, { name: "data", persistentVolumeClaim: { claimName: claimName(spec, 0) } }],
    serviceAccountName: mover.serviceAccountName,
    containers: [
      ...fetch.containers,
      ...emptied(mover, dataDirectory, [data]),
      {
        name: "restore",
        image: spec.image,
        imagePullPolicy: "IfNotPresent",
        command: [
          "etcdutl",
          "snapshot",
          "restore",
          `${fetchedFolder}/${snapshotFile}`,
          `--name=${name}`,
          `--initial-cluster=${name}=${peerUrl(spec, 0)}`,
          `--initial-cluster-token=${spec.name}-${spec.uid}`,
          `--initial-advertise-peer-urls=${peerUrl(spec, 0)}`,
          `--data-dir=${dataDirectory}`,
          ...(bumpRevision ? bump : []),
        ],
        volumeMounts: [data],
      },
    ],
  });
}
