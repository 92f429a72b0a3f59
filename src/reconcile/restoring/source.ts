/** The backup a new database is to be made from: by its DatabaseBackup, or by location and folder when that object is gone. */
import { readBackup } from "../../api/database-backup.ts";
import { manifestJob } from "../../backup/fetch.ts";
import { findLocation } from "../../backup/find-location.ts";
import { parseManifest, type Manifest } from "../../backup/manifest.ts";
import { readJobs } from "../../backup/read-jobs.ts";
import { printed } from "../../backup/words.ts";
import { DbopError } from "../../errors.ts";
import { textField } from "../../kube/fields.ts";
import { types } from "../../kube/objects.ts";
import type { DatabaseName } from "../database.ts";
import type { PassDeps } from "../request.ts";

export type BackupChoice =
  | { readonly by: "name"; readonly backup: string }
  | { readonly by: "place"; readonly locationName: string; readonly path: string };

export interface BackupSource {
  readonly locationName: string;
  readonly path: string;
  readonly manifest: Manifest;
}

/** A backup whose manifest may still have to be read. */
export type Place = Omit<BackupSource, "manifest"> & { readonly manifest: Manifest | undefined };

/** Where `choice` is, without looking into it. Throws `NotFound`, or `Refused` for a backup that is none. */
export async function placeOf(
  { kube }: Pick<PassDeps, "kube">,
  namespace: string,
  choice: BackupChoice,
): Promise<Place> {
  if (choice.by === "place") return { locationName: choice.locationName, path: choice.path, manifest: undefined };
  const object = await kube.get({ type: types.databaseBackup, namespace, name: choice.backup });
  if (object === undefined) {
    throw new DbopError(
      "NotFound",
      `databasebackups.dbop.dev "${choice.backup}" not found in namespace "${namespace}"`,
      {
        hint: "kubectl dbop backup list shows those that are there; --from-location and --path name one whose object is gone",
      },
    );
  }
  const { outcome, locationName, path, message } = readBackup(object);
  if (outcome !== "succeeded") {
    const why = { failed: `it failed: ${message}`, removing: message, unfinished: "it has not ended" }[outcome];
    throw new DbopError("Refused", `backup ${choice.backup} can't be restored: ${why}`);
  }
  const manifest = parseManifest(textField(object["status"], "manifest"));
  return { locationName, path, manifest: manifest.ok ? manifest.value : undefined };
}

/** Only a pod reaches the location: a Job reads it, and goes. Throws `OperationFailed` when there is no manifest of ours. */
export async function readManifest(
  deps: PassDeps,
  { namespace, name }: DatabaseName,
  { locationName, path }: Pick<BackupSource, "locationName" | "path">,
): Promise<Manifest> {
  const { kube } = deps;
  const location = await findLocation(kube, namespace, locationName);
  // Of no DatabaseCluster yet; the name is its own, so that it is never taken for the one a pass makes.
  const jobName = `${name}-restore-look`;
  const owner = { engine: "", name, namespace, uid: "" };
  deps.report({ type: "note", text: `Reading the manifest of ${path} at ${locationName}` });
  await kube.apply({ ...manifestJob(owner, { name: jobName, location, path, owned: false }) }, { force: true });
  try {
    return parsed(await wordOf(deps, { namespace, name }, jobName), path);
  } finally {
    await removeJob(deps, namespace, jobName);
  }
}

function parsed(text: string, path: string): Manifest {
  const manifest = parseManifest(text);
  if (manifest.ok) return manifest.value;
  throw new DbopError("Refused", `${path} can't be restored; nothing was changed`, {
    problems: manifest.problems.map(({ field, value, message }) => `${field}: ${value} ${message}`),
  });
}

const patienceMs = 120_000;

async function wordOf({ kube, clock, signal }: PassDeps, database: DatabaseName, jobName: string): Promise<string> {
  const deadline = clock.now().getTime() + patienceMs;
  for (;;) {
    const job = (await readJobs(kube, database)).find((one) => one.name === jobName);
    if (job?.state === "complete") return printed(job.logs["manifest"] ?? "");
    if (job?.state === "failed") throw new DbopError("OperationFailed", `there is no backup to be read: ${job.word}`);
    if (clock.now().getTime() > deadline) {
      throw new DbopError("Timeout", `timed out reading the manifest: ${job?.word ?? "its Job is gone"}`);
    }
    await clock.sleep(300, signal);
  }
}

async function removeJob({ kube }: PassDeps, namespace: string, name: string): Promise<void> {
  const ref = { type: types.job, namespace, name };
  const found = await kube.get(ref).catch(() => undefined);
  const uid = found?.metadata.uid;
  if (uid !== undefined) await kube.delete(ref, { uid, propagation: "Background" }).catch(() => undefined);
}
