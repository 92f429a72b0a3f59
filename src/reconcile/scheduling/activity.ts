/**
 * Scheduled backups as part of a pass (docs/adr/0011): once the engine has nothing more to do, the CronJob and its account are made as
 * `spec.backup` has it, or removed when that is gone. The same for every engine.
 */
import type { Condition, DatabaseCluster } from "../../api/database-cluster.ts";
import type { AccessRule, Engine, Reader } from "../../engines/engine.ts";
import { isDbopError } from "../../errors.ts";
import { types, type KubeObject, type ObjectRef } from "../../kube/objects.ts";
import { accessFor, scheduling } from "../access.ts";
import type { Activity } from "../request.ts";
import { scheduleObjects, scheduleRefs } from "./objects.ts";
import { standingOf, withSchedule, type ScheduleSeen, type ScheduleSpec } from "./plan.ts";

/** Whether a pass has to look after scheduled backups: they are asked for, or were. The condition is recorded before anything is made. */
export function isScheduled({ spec, status }: DatabaseCluster): boolean {
  return spec.backup !== undefined || status.conditions.some(({ type }) => type === conditionType);
}

const conditionType = "BackupScheduled" satisfies Condition["type"];

export const keepingSchedule: Activity = { on: (engine, body) => body(keeping(engine)) };

type KeptSpec<Spec> = ScheduleSpec & { readonly engine: Spec };
type KeptSeen<Seen> = ScheduleSeen & { readonly engine: Seen };

function keeping<Spec, Seen, Command>(
  engine: Engine<Spec, Seen, Command>,
): Engine<KeptSpec<Spec>, KeptSeen<Seen>, Command> {
  const { backup: _, ...rest } = engine;
  return {
    ...rest,
    parseSpec: (cluster) => {
      const parsed = engine.parseSpec(cluster);
      return parsed.ok ? { ok: true, value: { engine: parsed.value, ...scheduleSpec(engine, cluster) } } : parsed;
    },
    observe: async (read, spec, now) => {
      const [seen, schedule] = await Promise.all([engine.observe(read, spec.engine, now), observeSchedule(read, spec)]);
      return { engine: seen, ...schedule };
    },
    plan: (input) => {
      const { spec, seen, consents } = input;
      return withSchedule(engine.plan({ ...input, spec: spec.engine, seen: seen.engine }), { spec, seen, consents });
    },
    run: (command, io, spec) => engine.run(command, io, spec.engine),
    status: (spec, seen, now) => ({
      ...engine.status(spec.engine, seen.engine, now),
      schedule: standingOf(spec, seen) ?? "none",
    }),
    describe: (spec, seen) => engine.describe(spec.engine, seen.engine),
    access: (verb) => [...engine.access(verb), ...schedulingAccess(engine)],
    watches: (spec) => engine.watches(spec.engine),
  };
}

/** What is needed beyond the rights of the verb itself. Nobody can grant what they don't have: those of `backup` belong to it. */
export function schedulingAccess(engine: Pick<Engine<unknown, unknown, unknown>, "access">): readonly AccessRule[] {
  return [...scheduling, ...accessFor("backup", engine.access("backup"))];
}

function scheduleSpec<Spec, Seen, Command>(
  engine: Engine<Spec, Seen, Command>,
  cluster: DatabaseCluster,
): ScheduleSpec {
  const { name, namespace, uid } = cluster.metadata;
  const owner = { engine: engine.name, name, namespace, uid };
  const { backup } = cluster.spec;
  const rules = accessFor("backup", engine.access("backup"));
  return { cluster, owner, wished: backup === undefined ? [] : scheduleObjects({ owner, backup, rules }) };
}

async function observeSchedule(read: Reader, { cluster, owner }: ScheduleSpec): Promise<ScheduleSeen> {
  const { namespace } = owner;
  const refs = scheduleRefs(owner);
  const name = cluster.spec.backup?.locationName;
  const [location, ...objects] = await Promise.all([
    name === undefined ? undefined : findIfKnown(read, { type: types.backupLocation, namespace, name }),
    ...refs.map((ref) => read.get(ref)),
  ]);
  const present = refs.flatMap((ref, index) => {
    const object = objects[index];
    return object === undefined ? [] : [{ ref, object }];
  });
  return { present, hasLocation: name === undefined || location !== undefined };
}

/** Before the first install the server does not know the kind. */
async function findIfKnown(read: Reader, ref: ObjectRef): Promise<KubeObject | undefined> {
  try {
    return await read.get(ref);
  } catch (error) {
    if (isDbopError(error, "NotFound")) return undefined;
    throw error;
  }
}
