/** The DatabaseCluster that is made from a backup: what the manifest says it was, except for what is asked to be otherwise. Pure. */
import { field, fieldsOf } from "../../kube/fields.ts";
import { types, type KubeObject } from "../../kube/objects.ts";
import { merge } from "../edit.ts";
import type { BackupSource } from "./source.ts";

/** What of the old spec a new database takes over: not where it ran, nor whose Secrets it used. */
const inherited = ["engine", "version", "replicas", "shards", "storage", "image", "resources", "config"] as const;

export interface RestoreWish {
  readonly name: string;
  readonly namespace: string;
  /** Fields of the spec that are to be other than they were. */
  readonly change: Readonly<Record<string, unknown>>;
  readonly bumpRevision: boolean;
}

export function restoredCluster(
  { name, namespace, change, bumpRevision }: RestoreWish,
  source: BackupSource,
): KubeObject {
  const { locationName, path, manifest } = source;
  // An image of the old version is none of another.
  const keys = change["version"] === undefined ? inherited : inherited.filter((key) => key !== "image");
  const entries = keys.map((key): readonly [string, unknown] => [key, manifest.spec[key]]);
  const old = Object.fromEntries(entries.filter(([, value]) => !isNothing(value)));
  const { shards, engineVersion } = manifest;
  const taken = {
    version: engineVersion,
    storage: { size: field(old["storage"], "size") },
    ...(shards === undefined ? {} : { shards: shards.length }),
  };
  const bootstrap = { locationName, path, ...(bumpRevision ? { bumpRevision } : {}) };
  const { apiVersion, kind } = types.databaseCluster;
  const spec = { ...fieldsOf(merge({ ...old, ...taken }, change)), bootstrap };
  return { apiVersion, kind, metadata: { name, namespace }, spec };
}

/** The API refuses empty maps. */
function isNothing(value: unknown): boolean {
  return value === undefined || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}
