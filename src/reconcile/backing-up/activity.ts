/** `backup` as a pass: the engine looks at its database and says how it is backed up, and the rest is the same for every engine. */
import { jobSelector } from "../../backup/job.ts";
import type { JobSeen } from "../../backup/take.ts";
import type { Engine } from "../../engines/engine.ts";
import { types } from "../../kube/objects.ts";
import type { Activity } from "../request.ts";
import { observeBackup } from "./observe.ts";
import { planBackup } from "./plan.ts";
import { runBackupCommand } from "./run.ts";
import type { BackupCommand, BackupSeen, BackupSpec, BackupWish } from "./wish.ts";

export function backupActivity(wish: BackupWish): Activity {
  return { on: (engine, body) => body(backingUp(engine, wish)) };
}

/** The engine as `backup` has it. */
export function backingUp<Spec, Seen, Command>(
  engine: Engine<Spec, Seen, Command>,
  wish: BackupWish,
): Engine<BackupSpec<Spec>, BackupSeen<Seen>, BackupCommand> {
  const { backup: _, checks: _own, ...rest } = engine;
  return {
    ...rest,
    parseSpec: (cluster) => {
      const parsed = engine.parseSpec(cluster);
      return parsed.ok ? { ok: true, value: { engine: parsed.value, cluster } } : parsed;
    },
    observe: observing(engine, wish),
    plan: ({ spec, seen }) => planBackup({ engine, spec, seen, wish }),
    run: (command, io, { cluster }) => runBackupCommand(command, io, { engineName: engine.name, cluster, wish }),
    status: (spec, seen, now) => engine.status(spec.engine, seen.engine, now),
    needsReady: false,
    describe: (_, seen) => describe(seen, wish),
    watches: ({ cluster: { metadata } }) => {
      const query = { namespace: metadata.namespace, labelSelector: jobSelector(metadata) };
      return [types.job, types.pod].map((type) => ({ type, query }));
    },
  };
}

/** While a Job works nothing else is decided: the database itself is asked for its status alone, and no more often than this. */
const glanceMs = 15_000;

/** A look at both. A member is asked by a process in its pod: for as long as a large backup takes that is not free. */
function observing<Spec, Seen, Command>(
  engine: Engine<Spec, Seen, Command>,
  wish: BackupWish,
): Engine<BackupSpec<Spec>, BackupSeen<Seen>, BackupCommand>["observe"] {
  let last: { readonly at: number; readonly seen: Seen } | undefined;
  return async (read, spec, now) => {
    const backup = await observeBackup(read, spec.cluster.metadata, wish);
    const young = last !== undefined && now.getTime() - last.at < glanceMs;
    if (last === undefined || !young || working(backup) === undefined) {
      last = { at: now.getTime(), seen: await engine.observe(read, spec.engine, now) };
    }
    return { ...backup, engine: last.seen };
  };
}

function working({ take, seal, prunes }: Omit<BackupSeen<unknown>, "engine">): JobSeen | undefined {
  return [take, seal, ...Object.values(prunes)].find((job) => job?.state === "running");
}

/** The Job that is at work, or what the backup has come to. */
function describe(seen: BackupSeen<unknown>, { name }: BackupWish): string {
  const job = working(seen);
  const { backup } = seen;
  if (job !== undefined) return job.word;
  return backup?.outcome === "succeeded" ? `backup ${name} is good: ${backup.consistencyPoint}` : `backup ${name}`;
}
