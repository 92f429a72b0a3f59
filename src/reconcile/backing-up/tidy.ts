import { outdated, pruneJob } from "../../backup/retention.ts";
import { readBackup, type DatabaseBackup } from "../../api/database-backup.ts";
import { types } from "../../kube/objects.ts";
import { ownerOf, type BackupInput } from "./plan.ts";
import { applyJob, command, deleteJob, openedOf, type BackupStep } from "./steps.ts";
import type { JobSeen } from "../../backup/take.ts";

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
  return removals(input, [...others, soonGood(input)]);
}

function soonGood<Spec, Seen>({ wish, spec }: BackupInput<Spec, Seen>): DatabaseBackup {
  const verified = wish.verify === "none" ? undefined : { grade: wish.verify, at: "" };
  const empty = readBackup({ apiVersion: "", kind: "", metadata: { name: wish.name } });
  const clusterIdentity = spec.cluster.status.identity ?? "";
  // Later than any time there is.
  return { ...empty, ...wish, clusterIdentity, outcome: "succeeded", finishedAt: "9999", verified };
}

/** A removal that was begun is gone on with whatever is asked to be kept now: what is left of that one is no backup. */
function removals<Spec, Seen>(
  input: BackupInput<Spec, Seen>,
  backups: readonly DatabaseBackup[],
): readonly BackupStep[] {
  const { wish, spec } = input;
  const { keep, locationName } = wish;
  const { identity } = spec.cluster.status;
  const begun = backups.filter((backup) => backup.outcome === "removing" && backup.locationName === locationName);
  const due = keep === undefined ? [] : outdated(backups, { keep, locationName, identity });
  // The same command, given again when there are newer ones, does not undo what it is asked for.
  const others = due.filter((backup) => backup.name !== wish.name);
  return [...begun.flatMap((backup) => remove(input, backup)), ...others.flatMap((backup) => retire(input, backup))];
}

/** Once it has begun nobody takes it for a good one, even if it ends half-way. */
function retire<Spec, Seen>(input: BackupInput<Spec, Seen>, backup: DatabaseBackup): readonly BackupStep[] {
  const words = {
    id: `backup-retire/${backup.name}`,
    title: `Record that backup ${backup.name} is being removed from ${backup.locationName}`,
    why: `--keep ${String(input.wish.keep)}: newer ones are there`,
  };
  const retiring: BackupStep = { ...command({ name: "retire", of: openedOf(backup) }, words), danger: "moderate" };
  return [retiring, ...remove(input, backup)];
}

function remove<Spec, Seen>(
  { engine, seen, spec, wish }: BackupInput<Spec, Seen>,
  backup: DatabaseBackup,
): readonly BackupStep[] {
  const job = seen.prunes[backup.name];
  const gone = deletion(backup, spec.cluster.metadata.namespace);
  if (job === undefined) {
    const object = pruneJob(ownerOf(engine.name, spec.cluster.metadata), backup, seen.location);
    const title = `Remove backup ${backup.name} from ${backup.locationName}`;
    return [applyJob(object, { id: `backup-remove/${backup.name}`, title, why: "newer ones are there" }), gone];
  }
  if (job.state === "running") return [waitFor(`backup ${backup.name} is removed`, job), gone];
  if (job.state === "complete") return [gone];
  const message = `backup ${wish.name} is good; removing the older ${backup.name} failed, and the next backup tries again: ${job.word}`;
  const title = `Tell that ${backup.name} could not be removed`;
  return [command({ name: "complain", message }, { id: `prune-fail/${backup.name}`, title, why: job.word })];
}

function deletion({ name, uid }: DatabaseBackup, namespace: string): BackupStep {
  return {
    kind: "delete",
    id: `backup-delete/${name}`,
    title: `Delete DatabaseBackup ${name}`,
    why: "its data is gone from the location",
    target: { type: types.databaseBackup, namespace, name },
    uid,
    propagation: "Background",
  };
}

function waitFor(until: string, job: JobSeen): BackupStep {
  return { kind: "wait", id: `wait/${job.name}`, title: `Wait until ${until}`, why: job.word, until };
}
