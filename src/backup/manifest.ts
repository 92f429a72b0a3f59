/**
 * `manifest.json`, written last beside the data: a folder without one is no backup. It holds all that is needed to restore safely when
 * nothing is left but the location (engines.md §0.4), and no secret.
 */
import type { Problem } from "../api/problem.ts";
import type { Result } from "../api/result.ts";
import { grades, type Grade } from "../api/database-backup.ts";

import { field, fieldsOf, listField, numberField, textField } from "../kube/fields.ts";

export const manifestName = "manifest.json";
const schema = "backup.dbop.dev/v1";

export interface Manifest {
  readonly engine: string;
  readonly engineVersion: string;
  readonly clusterName: string;
  readonly namespace: string;
  readonly clusterIdentity: string;
  /** The spec of the cluster when it was taken: what a restore makes again unless told otherwise. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly source: string;
  readonly method: string;
  /** Up to where it holds every write, in the engine's words: `revision 4711`. */
  readonly consistencyPoint: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly files: readonly BackupFile[];
  readonly verified: { readonly grade: Grade; readonly at: string } | undefined;
  /** What has written the files and so can read them, in the engine's words; absent where `engineVersion` says it all. */
  readonly format?: string;
  /** Of an engine whose data is spread over shards: which part of it is in which file. */
  readonly shards?: readonly BackupShard[];
}

export interface BackupShard {
  readonly name: string;
  /** One of {@link Manifest.files}. */
  readonly file: string;
  /** The part of the data, in the engine's words: `0-5460 10923`. */
  readonly slots: string;
  readonly keys: number;
  /** How many of the keys have a time at which they go. */
  readonly expiring: number;
}

export interface BackupFile {
  /** Below the folder of the backup. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The same manifest gives the same bytes: what is written twice is written alike. */
export function renderManifest(manifest: Manifest): string {
  return `${JSON.stringify({ schema, ...manifest, sizeBytes: sizeOf(manifest) }, undefined, 2)}\n`;
}

export function sizeOf({ files }: Pick<Manifest, "files">): number {
  return files.reduce((sum, file) => sum + file.bytes, 0);
}

/** Every problem of `text` at once: what is not a manifest of ours is never restored. */
export function parseManifest(text: string): Result<Manifest, readonly Problem[]> {
  // A bucket answers with nothing for what it does not have.
  if (text.trim() === "") {
    return {
      ok: false,
      problems: [{ field: manifestName, value: "<none>", message: "is not there: that is no backup" }],
    };
  }
  const value = parse(text);
  const problems = [...missingTexts(value), ...schemaProblems(value), ...fileProblems(value), ...shardProblems(value)];
  if (problems.length > 0) return { ok: false, problems };
  const grade = grades.find((one) => one === textField(field(value, "verified"), "grade"));
  return {
    ok: true,
    value: {
      engine: textField(value, "engine"),
      engineVersion: textField(value, "engineVersion"),
      clusterName: textField(value, "clusterName"),
      namespace: textField(value, "namespace"),
      clusterIdentity: textField(value, "clusterIdentity"),
      spec: fieldsOf(field(value, "spec")),
      source: textField(value, "source"),
      method: textField(value, "method"),
      consistencyPoint: textField(value, "consistencyPoint"),
      startedAt: textField(value, "startedAt"),
      finishedAt: textField(value, "finishedAt"),
      files: listField(value, "files").map(readFile),
      verified: grade && { grade, at: textField(field(value, "verified"), "at") },
      ...(textField(value, "format") === "" ? {} : { format: textField(value, "format") }),
      ...(field(value, "shards") === undefined ? {} : { shards: listField(value, "shards").map(readShard) }),
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const required = ["engine", "engineVersion", "clusterName", "clusterIdentity", "method", "consistencyPoint"] as const;

function missingTexts(value: unknown): readonly Problem[] {
  return required
    .filter((name) => textField(value, name) === "")
    .map((name) => ({ field: name, value: "<none>", message: "must be there" }));
}

function schemaProblems(value: unknown): readonly Problem[] {
  const seen = textField(value, "schema");
  return seen === schema ? [] : [{ field: "schema", value: seen || "<none>", message: `must be ${schema}` }];
}

function fileProblems(value: unknown): readonly Problem[] {
  const files = listField(value, "files");
  if (files.length === 0) return [{ field: "files", value: "<none>", message: "must name at least one file" }];
  return files.flatMap((file, index) => {
    const { path, bytes, sha256: hash } = readFile(file);
    const safe = /^[\w.-]+(\/[\w.-]+)*$/u.test(path) && !path.split("/").includes("..");
    const good = safe && bytes > 0 && /^[0-9a-f]{64}$/u.test(hash);
    const message = "must have a relative path, a size and a sha256";
    return good ? [] : [{ field: `files[${String(index)}]`, value: JSON.stringify(file), message }];
  });
}

function readFile(value: unknown): BackupFile {
  return { path: textField(value, "path"), bytes: numberField(value, "bytes"), sha256: textField(value, "sha256") };
}

function shardProblems(value: unknown): readonly Problem[] {
  const files = listField(value, "files").map((file) => readFile(file).path);
  return listField(value, "shards").flatMap((shard, index) => {
    const { name, file, slots } = readShard(shard);
    const message = "must have a name, slots and one of the files";
    const good = name !== "" && slots !== "" && files.includes(file);
    return good ? [] : [{ field: `shards[${String(index)}]`, value: JSON.stringify(shard), message }];
  });
}

function readShard(value: unknown): BackupShard {
  return {
    name: textField(value, "name"),
    file: textField(value, "file"),
    slots: textField(value, "slots"),
    keys: numberField(value, "keys"),
    expiring: numberField(value, "expiring"),
  };
}
