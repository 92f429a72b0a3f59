/** BackupLocations, the DatabaseBackups there are, and what they have left at their location. */
import { readBackup, type DatabaseBackup } from "../../../src/api/database-backup.ts";
import { textField } from "../../../src/kube/fields.ts";
import { types } from "../../../src/kube/objects.ts";
import { admin, applyAll } from "./cluster.ts";
import type { Target } from "./dbop.ts";
import type { S3Server } from "./s3-server.ts";
import { storedFiles, storedSha256, storedText, type StoreDisk } from "./store-disk.ts";

/** Makes `name` a location of this kind: `{ s3: … }`, `{ pvc: … }`. */
export async function makeLocation(namespace: string, name: string, spec: object): Promise<void> {
  await applyAll([{ apiVersion: "dbop.dev/v1alpha1", kind: "BackupLocation", metadata: { name, namespace }, spec }]);
}

/** Makes `name` the bucket of a server in another namespace: with copies of the Secrets that it needs. */
export async function makeCopiedLocation(
  namespace: string,
  name: string,
  { namespace: from, location }: Pick<S3Server, "namespace" | "location">,
): Promise<void> {
  const { kube } = await admin();
  const { credentialsSecret, caSecret = "" } = location;
  const secrets = await Promise.all(
    [credentialsSecret, caSecret].map(async (secretName) => {
      const secret = await kube.get({ type: types.secret, namespace: from, name: secretName });
      return { apiVersion: "v1", kind: "Secret", metadata: { name: secretName, namespace }, data: secret?.["data"] };
    }),
  );
  await applyAll(secrets);
  await makeLocation(namespace, name, { s3: location });
}

export async function backup({ namespace }: Target, name: string): Promise<DatabaseBackup> {
  const { kube } = await admin();
  const object = await kube.get({ type: types.databaseBackup, namespace, name });
  if (object === undefined) throw new Error(`there is no backup ${namespace}/${name}`);
  return readBackup(object);
}

export async function namesOf(kind: "job" | "databaseBackup", namespace: string): Promise<readonly string[]> {
  const { kube } = await admin();
  return (await kube.list(types[kind], { namespace })).items.map(({ metadata }) => metadata.name);
}

export interface Left {
  /** The manifest, as it lies there. */
  readonly manifest: unknown;
  /** Of one of the files, computed where it lies. */
  readonly sha256: string;
  /** Below the folder of the backup. */
  readonly files: readonly string[];
}

/** What a backup has left on the disk of its location. `summed`: the file whose sum is asked for. */
export async function left(disk: StoreDisk, { path }: DatabaseBackup, summed = "data/db"): Promise<Left> {
  const files = (await storedFiles(disk)).map((file) => file.path).filter((file) => file.startsWith(`${path}/`));
  return {
    manifest: JSON.parse(await storedText(disk, `${path}/manifest.json`)) as unknown,
    sha256: await storedSha256(disk, `${path}/${summed}`),
    files: files.map((file) => file.slice(path.length + 1)),
  };
}

/** Up to which revision it holds every write. */
export function revisionOf({ consistencyPoint }: Pick<DatabaseBackup, "consistencyPoint">): number {
  return Number(/^revision (\d+)$/u.exec(consistencyPoint)?.[1]);
}

/** What is told of each backup in `backup list -o json`, by name. */
export function outcomes(stdout: string): Readonly<Record<string, string>> {
  const list: unknown = JSON.parse(stdout);
  const items =
    typeof list === "object" && list !== null && "items" in list && Array.isArray(list.items) ? list.items : [];
  return Object.fromEntries(
    items.map((item: unknown) => {
      const object = item as Parameters<typeof readBackup>[0];
      return [textField(object.metadata, "name"), readBackup(object).outcome] as const;
    }),
  );
}
