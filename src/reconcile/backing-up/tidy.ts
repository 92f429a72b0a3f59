import { outdated, pruneJob } from "../../backup/retention.ts";
import { readBackup, type DatabaseBackup } from "../../api/database-backup.ts";
import { types } from "../../kube/objects.ts";
import { ownerOf, type BackupInput } from "./plan.ts";
import { applyJob, command, deleteJob, type BackupStep } from "./steps.ts";
import type { JobSeen } from "../../backup/take.ts";
import type { BackupWish } from "./wish.ts";

/** The backup is good: its Jobs go, and then, one by one, the backups that `--keep` has no more room for. */
export function tidyUp<Spec, Seen>(input: BackupInput<Spec, Seen>): readonly BackupStep[] {
  const { seen, spec } = input;
  const { namespace } = spec.cluster.metadata;
  const done = [seen.take, seen.seal].flatMap((job) => (job === undefined ? [] : [deleteJob(job, namespace)]));
  return [...done, ...removals(input, seen.backups)];
}

/** What will go once this backup is good: told, and agreed to, before it is begun. */
export function foreseenRemovals<Spec, Seen>(input: BackupInput<Spec, Seen>): readonly BackupStep[] {
  const { seen, wish } = input;
  const others = seen.backups.filter((backup) => backup.name !== wish.name);
  return removals(input, [...others, soonGood(wish)]);
}

function soonGood(wish: BackupWish): DatabaseBackup {
  const verified = wish.verify === "none" ? undefined : { grade: wish.verify, at: "" };
  const empty = readBackup({ apiVersion: "", kind: "", metadata: { name: wish.name } });
  // Later than any time there is.
  return { ...empty, ...wish, outcome: "succeeded", finishedAt: "9999", verified };
}

function removals<Spec, Seen>(
  input: BackupInput<Spec, Seen>,
  backups: readonly DatabaseBackup[],
): readonly BackupStep[] {
  const { keep, locationName } = input.wish;
  if (keep === undefined) return [];
  return outdated(backups, { keep, locationName }).flatMap((backup) => remove(input, backup));
}

function remove<Spec, Seen>(
  { engine, seen, spec, wish }: BackupInput<Spec, Seen>,
  backup: DatabaseBackup,
): readonly BackupStep[] {
  const job = seen.prunes[backup.name];
  const gone: BackupStep = {
    kind: "delete",
    id: `backup-delete/${backup.name}`,
    title: `Delete DatabaseBackup ${backup.name}`,
    why: "its data is gone from the location",
    target: { type: types.databaseBackup, namespace: spec.cluster.metadata.namespace, name: backup.name },
    uid: backup.uid,
    propagation: "Background",
  };
  if (job === undefined) {
    const object = pruneJob(ownerOf(engine.name, spec.cluster.metadata), backup, seen.location);
    const title = `Remove backup ${backup.name} from ${backup.locationName}`;
    const why = `--keep ${String(wish.keep)}: newer ones are there`;
    return [{ ...applyJob(object, { id: `backup-remove/${backup.name}`, title, why }), danger: "moderate" }, gone];
  }
  if (job.state === "running") return [waitFor(`backup ${backup.name} is removed`, job), gone];
  if (job.state === "complete") return [gone];
  const message = `backup ${wish.name} is good; removing the older ${backup.name} failed: ${job.word}`;
  return [
    command(
      { name: "fail", backup: "", reason: "Failed", message },
      { id: `prune-fail/${backup.name}`, title: `Tell that ${backup.name} could not be removed`, why: job.word },
    ),
  ];
}

function waitFor(until: string, job: JobSeen): BackupStep {
  return { kind: "wait", id: `wait/${job.name}`, title: `Wait until ${until}`, why: job.word, until };
}
