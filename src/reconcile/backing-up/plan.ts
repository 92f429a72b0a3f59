/** The steps of a backup from what is seen of it: open, take, seal, finish, tidy up. Pure: each stage is known by what the one before it left. */
import type { DatabaseBackup } from "../../api/database-backup.ts";
import { isSealed, manifestOf } from "../../backup/facts.ts";
import { sizeOf, type Manifest } from "../../backup/manifest.ts";
import { lost, type BackupMethod } from "../../backup/method.ts";
import { placeOf } from "../../backup/mover.ts";
import { sealJob, takeJob, type JobSeen, type TakenOf, type Undertaken } from "../../backup/take.ts";
import type { Engine } from "../../engines/engine.ts";
import type { Plan, Verdict } from "../../plan/step.ts";
import type { Owner } from "../../resources/labels.ts";
import {
  after,
  applyJob,
  closing,
  command,
  deleteJob,
  foreseen,
  openedOf,
  stage,
  waitForJob,
  type BackupStep,
} from "./steps.ts";
import { foreseenRemovals, tidyUp } from "./tidy.ts";
import type { BackupCommand, BackupSeen, BackupSpec, BackupWish } from "./wish.ts";

export interface BackupInput<Spec, Seen> {
  readonly engine: Engine<Spec, Seen, unknown>;
  readonly spec: BackupSpec<Spec>;
  readonly seen: BackupSeen<Seen>;
  readonly wish: BackupWish;
}

type Stage = readonly BackupStep[] | Verdict;

export function planBackup<Spec, Seen>(input: BackupInput<Spec, Seen>): Plan<BackupCommand> {
  const stage = refusal(input) ?? nextStage(input);
  if ("guard" in stage) return { outcome: "blocked", by: [stage], warnings: [] };
  const later = input.seen.backup?.outcome === "succeeded" ? [] : foreseenRemovals(input);
  const [first, ...rest] = [...leftovers(input), ...stage, ...later];
  if (first === undefined) return { outcome: "converged", warnings: [] };
  return { outcome: "act", steps: [first, ...rest], warnings: [] };
}

/** A name is used once: what it stands for is never written over, nor said to be what it is not. */
function refusal<Spec, Seen>({ seen: { backup }, spec, wish }: BackupInput<Spec, Seen>): Verdict | undefined {
  const message = backup && (another(backup, spec.cluster.metadata.name, wish) ?? ended(backup));
  if (message === undefined) return undefined;
  const observed = `databasebackup.dbop.dev/${wish.name}`;
  return {
    guard: "backup-name-free",
    message: `DatabaseBackup ${wish.name} ${message}`,
    observed,
    lift: "another --name",
  };
}

function another(backup: DatabaseBackup, clusterName: string, wish: BackupWish): string | undefined {
  const same = backup.clusterName === clusterName && backup.locationName === wish.locationName;
  if (!same) return `is there already: of ${backup.clusterName}, at ${backup.locationName}`;
  return backup.verify === wish.verify ? undefined : `is there already: with --verify ${backup.verify}`;
}

function ended({ outcome, message }: DatabaseBackup): string | undefined {
  if (outcome === "failed") return `has failed: ${message}`;
  return outcome === "removing" ? `is being removed: ${message}` : undefined;
}

/** Of earlier runs, whose ends nobody saw: this one holds the lock. A removal that failed is tried again. */
function leftovers<Spec, Seen>({ seen, spec, wish }: BackupInput<Spec, Seen>): readonly BackupStep[] {
  const { namespace } = spec.cluster.metadata;
  const failed = seen.backup === undefined ? Object.values(seen.prunes).filter((job) => job.state === "failed") : [];
  const interrupted = seen.backups.filter((backup) => backup.outcome === "unfinished" && backup.name !== wish.name);
  return [
    ...failed.map((job) => deleteJob(job, namespace, "it failed, and is tried again")),
    ...seen.strays.map((job) =>
      deleteJob(job, namespace, "it takes another backup, and its run has ended when this one has the lock"),
    ),
    ...interrupted.map((backup) =>
      command(
        { name: "interrupt", of: openedOf(backup) },
        {
          id: `backup-interrupted/${backup.name}`,
          title: `Record that backup ${backup.name} was interrupted`,
          why: "it has not ended, and its run has when this one has the lock",
        },
      ),
    ),
  ];
}

function nextStage<Spec, Seen>(input: BackupInput<Spec, Seen>): Stage {
  const { backup, take } = input.seen;
  if (backup?.outcome === "succeeded") return tidyUp(input);
  return backup === undefined || take === undefined ? begin(input, backup) : afterStart(input, backup, take);
}

/** Whether it can be taken is known before anything is written. */
function begin<Spec, Seen>(input: BackupInput<Spec, Seen>, backup: DatabaseBackup | undefined): Stage {
  const { engine, spec, seen, wish } = input;
  const method = engine.backup?.method(spec.engine, seen.engine);
  if (method === undefined) return notTaken(engine.title);
  if (!method.ok) return method.problems;
  const title = `Take a ${method.value.method} of ${method.value.source} to ${wish.locationName}, read it back and try it (${wish.verify})`;
  if (backup === undefined || backup.path === "")
    return [open(wish), foreseen(wish, "take", title), ...after("take", wish)];
  const object = takeJob(undertaken(input, backup), { method: method.value, takenOf: takenOf(input, method.value) });
  return [applyJob(object, stage(wish, "take", { title, why: "it has not been taken yet" })), ...after("take", wish)];
}

function takenOf<Spec, Seen>({ engine, spec }: BackupInput<Spec, Seen>, method: BackupMethod): TakenOf {
  const { name, namespace } = spec.cluster.metadata;
  return {
    engine: engine.name,
    engineVersion: method.engineVersion,
    clusterName: name,
    namespace,
    clusterIdentity: method.clusterIdentity,
    spec: { ...spec.cluster.spec },
    source: method.source,
    method: method.method,
    ...(method.expected === undefined ? {} : { expected: method.expected }),
  };
}

function afterStart<Spec, Seen>(input: BackupInput<Spec, Seen>, backup: DatabaseBackup, take: JobSeen): Stage {
  const { engine, wish } = input;
  const namesake = inTheWay(input, backup);
  if (namesake.length > 0) return [...namesake, ...after("open", wish)];
  if (take.state === "running") return [waitForJob(wish, "await", take), ...after("await", wish)];
  if (take.state === "failed") return [fail(backup, `${take.word} (${placeOf(input.seen.location)})`)];
  const manifest = manifestOf(take, backup.verify, engine.backup?.contents ?? (() => lost));
  if (!manifest.ok) return [fail(backup, manifest.problems)];
  const place = placeOf(input.seen.location);
  if (take.storedAt === place) return sealing(input, backup, manifest.value);
  return [fail(backup, `BackupLocation ${wish.locationName} was changed meanwhile: from ${take.storedAt} to ${place}`)];
}

/** Jobs of a namesake that was deleted: theirs is not what this backup's would find out. */
function inTheWay<Spec, Seen>({ seen, spec }: BackupInput<Spec, Seen>, backup: DatabaseBackup): readonly BackupStep[] {
  return [seen.take, seen.seal]
    .flatMap((job) => (job === undefined || job.backupUid === backup.uid ? [] : [job]))
    .map((job) => deleteJob(job, spec.cluster.metadata.namespace, "it is of a backup of this name that is no more"));
}

function open(wish: BackupWish): BackupStep {
  return command(
    { name: "open" },
    stage(wish, "open", { title: `Record that backup ${wish.name} begins`, why: `asked for, at ${wish.locationName}` }),
  );
}

function notTaken(title: string): Verdict {
  return { guard: "backup-source-known", message: `${title} is not backed up by this release`, observed: "the engine" };
}

function sealing<Spec, Seen>(input: BackupInput<Spec, Seen>, backup: DatabaseBackup, manifest: Manifest): Stage {
  const { wish } = input;
  const { seal } = input.seen;
  if (seal === undefined) {
    const object = sealJob(undertaken(input, backup), manifest);
    const why = `${String(sizeOf(manifest))} bytes are at ${wish.locationName}`;
    return [applyJob(object, stage(wish, "seal", { why })), ...after("seal", wish)];
  }
  if (seal.state === "running") return [waitForJob(wish, "await-seal", seal), ...after("await-seal", wish)];
  if (seal.state === "failed") return [fail(backup, `${seal.word} (${placeOf(input.seen.location)})`)];
  if (!isSealed(seal, manifest)) return [fail(backup, "the manifest that came back is not the one that was written")];
  return [closing(wish, backup, manifest), ...after("finish", wish)];
}

function fail(backup: DatabaseBackup, message: string): BackupStep {
  return command(
    { name: "fail", of: openedOf(backup), message },
    { id: `backup-fail/${backup.name}`, title: `Record that backup ${backup.name} has failed`, why: message },
  );
}

function undertaken<Spec, Seen>({ engine, spec, seen }: BackupInput<Spec, Seen>, backup: DatabaseBackup): Undertaken {
  return { owner: ownerOf(engine.name, spec.cluster.metadata), backup, location: seen.location };
}

export function ownerOf(engine: string, { name, namespace, uid }: Omit<Owner, "engine">): Owner {
  return { engine, name, namespace, uid };
}
