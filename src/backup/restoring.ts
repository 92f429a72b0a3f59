/**
 * What every restore goes through before an engine puts the files where its servers find them: the location is found, the manifest read and judged, and a
 * Job that fails is told of and makes room for another try.
 */
import type { BackupLocation } from "../api/backup-location.ts";
import type { Problem } from "../api/problem.ts";
import type { Result } from "../api/result.ts";
import { DbopError } from "../errors.ts";
import type { KubeClient } from "../kube/kube-client.ts";
import { types } from "../kube/objects.ts";
import { act, block, waitFor, type Decision } from "../plan/decision.ts";
import type { Verdict } from "../plan/step.ts";
import type { Owner } from "../resources/labels.ts";
import { manifestJob } from "./fetch.ts";
import { findLocation } from "./find-location.ts";
import { parseManifest, type Manifest } from "./manifest.ts";
import { readJobs } from "./read-jobs.ts";
import type { JobSeen } from "./take.ts";
import { printed } from "./words.ts";

/** The Job goes, and the run ends with what it has said: an engine that is restored has it among its commands. */
export interface TellRestoreFailed {
  readonly name: "tellRestoreFailed";
  readonly job: string;
  readonly uid: string;
  readonly message: string;
}

type Step = Decision<TellRestoreFailed>;

/** How far a database has come that is made from a backup. */
export interface SourceSeen {
  readonly location: BackupLocation;
  /** The Job that reads the manifest, and what that says. */
  readonly look: JobSeen | undefined;
  readonly manifest: Result<Manifest, readonly Problem[]> | undefined;
  /** All that were made for this very database, that one included. */
  readonly jobs: readonly JobSeen[];
}

/** @param lookName of the Job that reads the manifest. */
export async function observeSource(
  read: Pick<KubeClient, "get" | "list" | "log">,
  owner: Owner,
  { locationName, lookName }: { readonly locationName: string; readonly lookName: string },
): Promise<SourceSeen> {
  const [location, all] = await Promise.all([findLocation(read, owner.namespace, locationName), readJobs(read, owner)]);
  const jobs = all.filter((job) => job.clusterUid === owner.uid);
  const look = jobs.find((job) => job.name === lookName);
  const manifest = look?.state === "complete" ? parseManifest(printed(look.logs["manifest"] ?? "")) : undefined;
  return { location, look, manifest, jobs };
}

export interface Reading {
  readonly owner: Owner;
  readonly source: Omit<SourceSeen, "jobs">;
  /** The folder of the backup. */
  readonly path: string;
  /** Of the Job that reads the manifest. */
  readonly lookName: string;
  /** That it may be restored, for people. */
  readonly why: string;
  /** Why the engine can't restore it; undefined when it can. */
  readonly refuses: (manifest: Manifest) => Verdict | undefined;
}

/** What the manifest says, or what is left to do until that is known and found good. */
export function readManifest({ owner, source, path, lookName, why, refuses }: Reading): Manifest | Step {
  const { look, manifest, location } = source;
  if (look === undefined) {
    return act({
      kind: "apply",
      id: "restore-manifest",
      title: `Read the manifest of ${path}`,
      why: `${why}, at ${location.name}`,
      objects: [manifestJob(owner, { name: lookName, location, path })],
    });
  }
  if (look.state === "running") return waitFor("the manifest has been read", look.word);
  if (look.state === "failed") return tellFailure(look, `there is no backup at ${path}: ${look.word}`);
  if (manifest === undefined) return tellFailure(look, "what the manifest says is lost: the pod or its log is gone");
  if (!manifest.ok) {
    const [problem] = manifest.problems;
    const said = problem === undefined ? "" : `: ${problem.field}: ${problem.value} ${problem.message}`;
    const message = `${path} can't be restored${said}`;
    return block({ guard: "backup-usable", message, observed: `${path}/manifest.json at ${location.name}` });
  }
  const refused = refuses(manifest.value);
  return refused === undefined ? manifest.value : block(refused);
}

/** The container `check` compares what was fetched with the manifest, before anything is restored. */
export function whyNotRestored({ path, source: { location } }: Pick<Reading, "path" | "source">, word: string): string {
  return word.startsWith("check: Failed to checksum")
    ? `what is stored at ${path} of ${location.name} is not what its manifest says: files are missing or altered, and nothing was restored from them (${word})`
    : `the backup could not be restored: ${word}`;
}

export function fillAgain({ namespace }: Pick<Owner, "namespace">, { name, uid }: JobSeen, why: string): Step {
  return act({
    kind: "delete",
    id: `restore-again/${name}`,
    title: `Delete Job ${name}`,
    why,
    target: { type: types.job, namespace, name },
    uid,
    propagation: "Background",
  });
}

export function tellFailure({ name, uid }: JobSeen, message: string): Step {
  return act({
    kind: "command",
    id: `restore-failed/${name}`,
    title: `Delete Job ${name}, which has failed`,
    why: message,
    command: { name: "tellRestoreFailed", job: name, uid, message },
  });
}

export async function tellRestoreFailed(
  { job, uid, message }: TellRestoreFailed,
  io: Pick<KubeClient, "delete">,
  { namespace }: Pick<Owner, "namespace">,
): Promise<never> {
  await io.delete({ type: types.job, namespace, name: job }, { uid, propagation: "Background" });
  throw new DbopError("OperationFailed", message, {
    final: true,
    hint: "nothing was lost: the same command begins anew, and fails again where the backup itself is damaged",
  });
}

/** Of a Job that was just made, for a plan that foresees what comes of it. */
export function begunJob(name: string, claimUid: string): JobSeen {
  const nothing = { backupUid: "", clusterUid: "", storedAt: "", startedAt: "", completedAt: "", takenOf: undefined };
  return { ...nothing, uid: `new-${name}`, name, claimUid, state: "running", word: "it was just begun", logs: {} };
}
