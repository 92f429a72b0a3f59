/** The steps a backup consists of. */
import type { DatabaseBackup } from "../../api/database-backup.ts";
import { renderManifest, sizeOf, type Manifest } from "../../backup/manifest.ts";
import { sealJobName, takeJobName, type JobSeen } from "../../backup/take.ts";
import { types, type KubeObject } from "../../kube/objects.ts";
import type { Step } from "../../plan/step.ts";
import type { BackupCommand, BackupWish, Opened } from "./wish.ts";

export type BackupStep = Step<BackupCommand>;

interface Words {
  readonly id: string;
  readonly title: string;
  readonly why: string;
}

export function command(does: BackupCommand, words: Words): BackupStep {
  return { kind: "command", command: does, ...words };
}

/** What a backup goes through; a step has the same id when it is foreseen as when it is done. */
const stages = {
  open: "Record that it begins",
  take: "Take it",
  await: "Wait until it is there, read back and tried",
  seal: "Write the manifest, which makes it a backup, and read it back",
  "await-seal": "Wait until the manifest is there",
  finish: "Record what was proved",
} as const;
export type StageName = keyof typeof stages;

const idOf = (name: StageName, wish: BackupWish): string =>
  `${name.startsWith("await") ? "wait/" : ""}backup-${name}/${wish.name}`;

export function applyJob(object: KubeObject, words: Words): BackupStep {
  return { kind: "apply", ...words, objects: [object] };
}

/** A stage whose turn has come. */
export function stage(
  wish: BackupWish,
  name: StageName,
  words: { readonly title?: string; readonly why: string },
): Words {
  return { id: idOf(name, wish), title: words.title ?? stages[name], why: words.why };
}

export function waitForJob(wish: BackupWish, name: "await" | "await-seal", job: JobSeen): BackupStep {
  const until = name === "await" ? `backup ${wish.name} is there, read back and tried` : "the manifest is there";
  return { kind: "wait", id: idOf(name, wish), title: stages[name], why: job.word, until };
}

/** Its pods go with it: what they have said has been read. */
export function deleteJob(job: JobSeen, namespace: string, why = "it has done its work"): BackupStep {
  return {
    kind: "delete",
    id: `job-delete/${job.name}`,
    title: `Delete Job ${job.name}`,
    why,
    target: { type: types.job, namespace, name: job.name },
    uid: job.uid,
    propagation: "Background",
  };
}

const order: readonly StageName[] = ["open", "take", "await", "seal", "await-seal", "finish"];

/** What is still to come after `stage`: told in the plan, and known in full only when its turn comes. */
export function after(stage: StageName, wish: BackupWish): readonly BackupStep[] {
  const jobs = [takeJobName(wish.name), sealJobName(wish.name)];
  return [
    ...order.slice(order.indexOf(stage) + 1).map((name) => foreseen(wish, name)),
    ...jobs.map((name) => later({ id: `job-delete/${name}`, title: `Delete Job ${name}` })),
  ];
}

export function foreseen(wish: BackupWish, name: StageName, title: string = stages[name]): BackupStep {
  return later({ id: idOf(name, wish), title });
}

function later({ id, title }: Pick<Words, "id" | "title">): BackupStep {
  return { kind: "wait", id, title, why: "after the step before", until: title };
}

/** What the manifest says, on the object: for people and for what looks for a recent backup. */
export function closing(wish: BackupWish, backup: DatabaseBackup, manifest: Manifest): BackupStep {
  const [only] = manifest.files;
  const status = {
    engine: manifest.engine,
    engineVersion: manifest.engineVersion,
    clusterIdentity: manifest.clusterIdentity,
    source: manifest.source,
    finishedAt: manifest.finishedAt,
    consistencyPoint: manifest.consistencyPoint,
    sizeBytes: sizeOf(manifest),
    manifest: renderManifest(manifest),
    ...(manifest.files.length === 1 && only !== undefined ? { sha256: only.sha256 } : {}),
    ...(manifest.verified === undefined ? {} : { verified: manifest.verified }),
  };
  return command(
    { name: "finish", of: openedOf(backup), status },
    stage(wish, "finish", { why: `${manifest.consistencyPoint}; the manifest is there` }),
  );
}

/** Of the same backup it is the same: a plan does not change with what its status says of sizes and grades. */
export function openedOf({ name, uid, path, startedAt }: DatabaseBackup): Opened {
  return { name, uid, path, startedAt };
}
