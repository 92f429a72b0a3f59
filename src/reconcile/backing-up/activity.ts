/** `backup` as a pass: the engine looks at its database and says how it is backed up, and the rest is the same for every engine. */
import { jobSelector } from "../../backup/job.ts";
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

function backingUp<Spec, Seen, Command>(
  engine: Engine<Spec, Seen, Command>,
  wish: BackupWish,
): Engine<BackupSpec<Spec>, BackupSeen<Seen>, BackupCommand> {
  const { backup: _, ...rest } = engine;
  return {
    ...rest,
    parseSpec: (cluster) => {
      const parsed = engine.parseSpec(cluster);
      return parsed.ok ? { ok: true, value: { engine: parsed.value, cluster } } : parsed;
    },
    observe: async (read, spec, now) => {
      const [seen, backup] = await Promise.all([
        engine.observe(read, spec.engine, now),
        observeBackup(read, spec.cluster.metadata, wish),
      ]);
      return { ...backup, engine: seen };
    },
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

/** The Job that is at work, or what the backup has come to. */
function describe({ backup, take, seal, prunes }: BackupSeen<unknown>, { name }: BackupWish): string {
  const working = [take, seal, ...Object.values(prunes)].find((job) => job?.state === "running");
  if (working !== undefined) return working.word;
  return backup?.outcome === "succeeded" ? `backup ${name} is good: ${backup.consistencyPoint}` : `backup ${name}`;
}
