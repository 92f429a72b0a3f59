/**
 * The two Jobs of a backup. The first takes it, carries it to the location, reads it back and tries it; the second writes the manifest,
 * without which there is no backup. Pure.
 */
import type { BackupLocation } from "../api/backup-location.ts";
import type { DatabaseBackup, Grade } from "../api/database-backup.ts";
import { field, fieldsOf, listField, numberField, textField } from "../kube/fields.ts";
import type { KubeObject } from "../kube/objects.ts";
import { clusterUidLabel, type Owner } from "../resources/labels.ts";
import { claimUidAnnotation, job, type Container, type JobWish } from "./job.ts";
import { manifestName, renderManifest, type BackupFile, type Manifest } from "./manifest.ts";
import { fetchedFolder, takenFolder, type BackupMethod } from "./method.ts";
import { moverFor, placeOf } from "./mover.ts";
import { crashOf, failureOf, progressOf } from "./words.ts";

/** Long enough for any database; a run stops waiting long before (`--timeout`) and can be gone on with. */
const deadlineSeconds = 24 * 3600;

/** Marks a Job as belonging to one DatabaseBackup and to no namesake of it. */
const backupUidAnnotation = "dbop.dev/backup-uid";

/** What was known of the database when the Job was made: the Job bears it, since it may be another when the manifest is written. */
export type TakenOf = Pick<
  Manifest,
  "engine" | "engineVersion" | "clusterName" | "namespace" | "clusterIdentity" | "spec" | "source" | "method"
> & { readonly expected?: unknown };

const takenOfAnnotation = "dbop.dev/taken-of";
/** A location can be changed while a backup is taken: the manifest must come where the data is. */
const storedAtAnnotation = "dbop.dev/stored-at";

export interface Undertaken {
  readonly owner: Owner;
  readonly backup: Pick<DatabaseBackup, "name" | "uid" | "path" | "verify">;
  readonly location: BackupLocation;
}

export const takeJobName = (backup: string): string => `${backup}-take`;
export const sealJobName = (backup: string): string => `${backup}-seal`;

export function takeJob(
  { owner, backup, location }: Undertaken,
  { method, takenOf }: { readonly method: BackupMethod; readonly takenOf: TakenOf },
): KubeObject {
  const mover = moverFor(location);
  const list = (name: string, folder: string): Container =>
    mover.container(name, ["lsjson", folder, "--recursive", "--files-only", "--hash", "--hash-type=sha256"], []);
  const stored = mover.remote(`${backup.path}/data/`);
  return owned(backup, {
    owner,
    name: takeJobName(backup.name),
    marks: { [takenOfAnnotation]: JSON.stringify(takenOf), [storedAtAnnotation]: placeOf(location) },
    volumes: [...mover.volumes, ...method.volumes],
    serviceAccountName: mover.serviceAccountName,
    containers: [
      mover.container("prepare", ["mkdir", takenFolder], []),
      ...method.take,
      ...method.inspect,
      list("measure", takenFolder),
      // Moved: a volume of twice the size of the backup suffices.
      ...(backup.verify === "none"
        ? []
        : [
            mover.container("upload", ["move", takenFolder, stored], []),
            mover.container("fetch", ["copy", stored, fetchedFolder], []),
            ...rehearsals(method, backup.verify),
          ]),
      backup.verify === "none"
        ? mover.container("upload", ["move", takenFolder, stored], [])
        : list("compare", fetchedFolder),
    ],
  });
}

function rehearsals(method: BackupMethod, grade: Grade): readonly Container[] {
  return grade === "integrity" ? [] : method.rehearse(grade);
}

/** The manifest comes to its Job in an annotation, is written, and is read back. What the kubelet projects into a volume is a link. */
export function sealJob({ owner, backup, location }: Undertaken, manifest: Manifest): KubeObject {
  const mover = moverFor(location);
  const mount = { name: "manifest", mountPath: "/manifest", readOnly: true };
  const source = `/manifest/${manifestName}`;
  const target = mover.remote(`${backup.path}/${manifestName}`);
  return owned(backup, {
    owner,
    name: sealJobName(backup.name),
    annotations: { [manifestAnnotation]: renderManifest(manifest) },
    volumes: [...mover.volumes, manifestVolume],
    serviceAccountName: mover.serviceAccountName,
    containers: [
      mover.container("seal", ["copyto", "--copy-links", "--ignore-times", source, target], [mount]),
      mover.container("read-back", ["cat", target], [mount]),
    ],
  });
}

const manifestAnnotation = "dbop.dev/manifest";

const manifestVolume = {
  name: "manifest",
  downwardAPI: {
    items: [{ path: manifestName, fieldRef: { fieldPath: `metadata.annotations['${manifestAnnotation}']` } }],
  },
};

type OwnedWish = Omit<JobWish, "deadlineSeconds" | "containers"> & {
  readonly owner: Owner;
  readonly containers: readonly Container[];
  /** Annotations of the Job itself. */
  readonly marks?: Readonly<Record<string, string>>;
};

/** Goes with its DatabaseBackup. */
function owned(backup: Undertaken["backup"], { owner, marks, ...wish }: OwnedWish): KubeObject {
  const [first, ...rest] = wish.containers;
  return belongingTo(backup, job(owner, { ...wish, containers: [first ?? {}, ...rest], deadlineSeconds }), marks);
}

/** `object` as one that goes with its DatabaseBackup, and is known from those of a namesake. */
export function belongingTo(
  { name, uid }: Pick<DatabaseBackup, "name" | "uid">,
  object: KubeObject,
  marks: Readonly<Record<string, string>> = {},
): KubeObject {
  return {
    ...object,
    metadata: {
      ...object.metadata,
      annotations: { ...marks, [backupUidAnnotation]: uid },
      ownerReferences: [{ apiVersion: "dbop.dev/v1alpha1", kind: "DatabaseBackup", name, uid, controller: true }],
    },
  };
}

/** What `lsjson` said of the files of a folder, which is `folder` in the backup; undefined when it is not that. */
export function filesListed(log: string, folder = "data/"): readonly BackupFile[] | undefined {
  const value = parse(log);
  if (!Array.isArray(value)) return undefined;
  const files = value.map((entry: unknown) => ({
    path: `${folder}${textField(entry, "Path")}`,
    bytes: numberField(entry, "Size"),
    sha256: textField(field(entry, "Hashes"), "sha256"),
  }));
  return files.length > 0 && files.every((file) => file.sha256 !== "") ? files : undefined;
}

/** The size of each file that `rclone lsjson` has listed, by its path. */
export function sizesListed(log: string): ReadonlyMap<string, number> {
  const value = parse(log);
  const entries: readonly unknown[] = Array.isArray(value) ? value : [];
  return new Map(entries.map((entry) => [textField(entry, "Path"), numberField(entry, "Size")]));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether what came back is byte for byte what was sent. */
export function sameFiles(sent: readonly BackupFile[], back: readonly BackupFile[]): boolean {
  const key = (file: BackupFile): string => `${file.path} ${String(file.bytes)} ${file.sha256}`;
  const left = sent.map(key).toSorted();
  const right = back.map(key).toSorted();
  return left.length === right.length && left.every((one, index) => one === right[index]);
}

/** How a Job stands, and what its containers have said. */
export interface JobSeen {
  readonly name: string;
  readonly uid: string;
  readonly backupUid: string;
  /** Of the DatabaseCluster it was made for. */
  readonly clusterUid: string;
  /** Of the claim it works on; empty when it works on none. */
  readonly claimUid: string;
  readonly state: "running" | "complete" | "failed";
  /** What it is doing, or what it is waiting for, or how it failed. */
  readonly word: string;
  readonly startedAt: string;
  /** When it was complete. */
  readonly completedAt: string;
  /** Only of a Job that takes a backup. */
  readonly takenOf: TakenOf | undefined;
  /** Where it has carried its backup: see `placeOf`. */
  readonly storedAt: string;
  readonly logs: Readonly<Record<string, string>>;
}

/** Of the Job and its pod. Logs are read by the caller. */
export function jobSeen(object: KubeObject, pod: KubeObject | undefined): Omit<JobSeen, "logs"> {
  const { name, uid = "", annotations = {}, labels = {} } = object.metadata;
  const status = object["status"];
  return {
    name,
    uid,
    backupUid: annotations[backupUidAnnotation] ?? "",
    clusterUid: labels[clusterUidLabel] ?? "",
    claimUid: annotations[claimUidAnnotation] ?? "",
    ...standing(object, pod),
    startedAt: textField(status, "startTime"),
    completedAt: textField(status, "completionTime"),
    takenOf: readTakenOf(annotations[takenOfAnnotation]),
    storedAt: annotations[storedAtAnnotation] ?? "",
  };
}

function standing(object: KubeObject, pod: KubeObject | undefined): Pick<JobSeen, "state" | "word"> {
  const holds = (type: string): unknown =>
    listField(object["status"], "conditions").find(
      (one) => textField(one, "type") === type && textField(one, "status") === "True",
    );
  if (holds("Complete") !== undefined) return { state: "complete", word: "it has done its work" };
  const failed = holds("Failed");
  const word = crashOf(pod) ?? (failed === undefined ? undefined : failureOf(pod, failed));
  if (word !== undefined) return { state: "failed", word };
  return { state: "running", word: progressOf(object.metadata.name, pod) };
}

function readTakenOf(text: string | undefined): TakenOf | undefined {
  const value = text === undefined ? undefined : parse(text);
  if (value === undefined) return undefined;
  const at = (name: string): string => textField(value, name);
  return {
    engine: at("engine"),
    engineVersion: at("engineVersion"),
    clusterName: at("clusterName"),
    namespace: at("namespace"),
    clusterIdentity: at("clusterIdentity"),
    spec: fieldsOf(field(value, "spec")),
    source: at("source"),
    method: at("method"),
    ...(field(value, "expected") === undefined ? {} : { expected: field(value, "expected") }),
  };
}
