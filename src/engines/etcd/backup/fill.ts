/** The Jobs that make a member out of a snapshot (engines.md §1.7), the first one, alone; the others join it as learners. Pure. */
import type { BackupLocation } from "../../../api/backup-location.ts";
import { emptied, fetching } from "../../../backup/fetch.ts";
import { job } from "../../../backup/job.ts";
import type { Manifest } from "../../../backup/manifest.ts";
import { fetchedFolder } from "../../../backup/method.ts";
import { moverFor } from "../../../backup/mover.ts";
import type { KubeObject } from "../../../kube/objects.ts";
import { dataMount, directoryPath, type DataDirectory } from "../data-directory.ts";
import { claimName, discardJobName, fillJobName, idOf, memberName, owner, peerUrl } from "../names.ts";
import { besideMember } from "../resources/scheduling.ts";
import type { PodSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";
import { snapshotFile } from "./method.ts";

export interface FillWish {
  readonly location: BackupLocation;
  readonly path: string;
  readonly manifest: Manifest;
  readonly bumpRevision: boolean;
  readonly claimUid: string;
  /** No member uses it: the caller must have made sure of that. */
  readonly directory: DataDirectory;
  /** The pod that has the claim mounted; undefined when nobody can tell of one that is on a node. */
  readonly beside: PodSeen | undefined;
}

/** More revisions than a cluster makes between two backups (etcd recovery guide). */
const bump = ["--bump-revision=1000000000", "--mark-compacted"];

const mount = { name: "data", mountPath: dataMount };

function dataVolume(spec: EtcdSpec): object {
  return { name: "data", persistentVolumeClaim: { claimName: claimName(spec, 0) } };
}

/** Restores into a directory of the first member's claim. What an earlier, interrupted one left there is cleared first. */
export function fillJob(spec: EtcdSpec, wish: FillWish): KubeObject {
  const mover = moverFor(wish.location);
  const fetch = fetching(mover, wish.path, wish.manifest);
  const directory = directoryPath(wish.directory);
  return job(owner(spec), {
    name: fillJobName(spec),
    claimUid: wish.claimUid,
    owned: true,
    keepSeconds: 3600,
    deadlineSeconds: 24 * 3600,
    annotations: fetch.annotations,
    volumes: [...fetch.volumes, dataVolume(spec)],
    serviceAccountName: mover.serviceAccountName,
    placement: besideMember(spec, wish.beside),
    containers: [
      ...fetch.containers,
      ...emptied(directory, [mount]),
      {
        name: "restore",
        image: spec.image,
        imagePullPolicy: "IfNotPresent",
        command: restoreCommand(spec, directory, wish.bumpRevision),
        volumeMounts: [mount],
      },
    ],
  });
}

function restoreCommand(spec: EtcdSpec, directory: string, bumpRevision: boolean): readonly string[] {
  const name = memberName(spec, 0);
  // The ids of cluster and member are made from it: they must be other than those of what is replaced.
  const token = [spec.name, spec.uid, ...(spec.replacement === undefined ? [] : [idOf(spec.replacement)])].join("-");
  return [
    "etcdutl",
    "snapshot",
    "restore",
    `${fetchedFolder}/${snapshotFile}`,
    `--name=${name}`,
    `--initial-cluster=${name}=${peerUrl(spec, 0)}`,
    `--initial-cluster-token=${token}`,
    `--initial-advertise-peer-urls=${peerUrl(spec, 0)}`,
    `--data-dir=${directory}`,
    ...(bumpRevision ? bump : []),
  ];
}

/** Removes what the first member's claim still keeps of the data before. */
export function discardJob(
  spec: EtcdSpec,
  {
    replacedBy,
    directory,
    beside,
  }: { readonly replacedBy: string; readonly directory: DataDirectory; readonly beside: PodSeen | undefined },
): KubeObject {
  return job(owner(spec), {
    name: discardJobName(spec, replacedBy),
    owned: true,
    keepSeconds: 3600,
    deadlineSeconds: 3600,
    volumes: [dataVolume(spec)],
    placement: besideMember(spec, beside),
    containers: emptied(directoryPath(directory), [mount]),
  });
}
