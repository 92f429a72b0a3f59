/** The backup a new database is to be made from: by its DatabaseBackup, or by location and folder when that object is gone. */
import { readBackup } from "../../api/database-backup.ts";
import { manifestJob } from "../../backup/fetch.ts";
import { findLocation } from "../../backup/find-location.ts";
import { parseManifest, type Manifest } from "../../backup/manifest.ts";
import { DbopError } from "../../errors.ts";
import { textField } from "../../kube/fields.ts";
import { types } from "../../kube/objects.ts";
import type { DatabaseName } from "../database.ts";
import type { PassDeps } from "../request.ts";
import { askLocation } from "./ask-location.ts";

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
        hint: "kubectl dbop backup list shows those that are there; with --location LOCATION those whose object is gone, too, for --from-location and --path",
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

/** Throws `OperationFailed` when there is none, `Refused` when it is none of ours, `Timeout` when no answer comes. */
export async function readManifest(
  deps: PassDeps,
  { namespace, name }: DatabaseName,
  { locationName, path }: Pick<BackupSource, "locationName" | "path">,
): Promise<Manifest> {
  const location = await findLocation(deps.kube, namespace, locationName);
  // Of no DatabaseCluster yet; the name is its own, so that it is never taken for the one a pass makes.
  const owner = { engine: "", name, namespace, uid: "" };
  const job = manifestJob(owner, { name: `${name}-restore-look`, location, path, owned: false });
  deps.report({ type: "note", text: `Reading the manifest of ${path} at ${locationName}` });
  const answer = await askLocation(deps, { job, of: name, doing: "reading the manifest", patienceMs: 120_000 });
  if (answer.state === "failed")
    throw new DbopError("OperationFailed", `there is no backup to be read: ${answer.word}`);
  return parsed(answer.logs["manifest"] ?? "", path);
}

function parsed(text: string, path: string): Manifest {
  const manifest = parseManifest(text);
  if (manifest.ok) return manifest.value;
  throw new DbopError("Refused", `${path} can't be restored; nothing was changed`, {
    problems: manifest.problems.map(({ field, value, message }) => `${field}: ${value} ${message}`),
  });
}
