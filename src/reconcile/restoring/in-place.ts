/**
 * `restore --in-place` as a pass: the engine lets its data give way to that of a backup (docs/adr/0012), and just before its members stop, a last
 * backup is taken of what they hold.
 */
import type { DatabaseCluster } from "../../api/database-cluster.ts";
import { stopStep, type Engine, type EngineBackup, type EngineReplacement } from "../../engines/engine.ts";
import type { Plan, Step, Verdict } from "../../plan/step.ts";
import { backingUp } from "../backing-up/activity.ts";
import type { BackupCommand, BackupSeen, BackupSpec, BackupWish } from "../backing-up/wish.ts";
import type { Activity } from "../request.ts";
import { inPlaceRequest, withoutLastBackup, type InPlaceWish } from "./in-place-wish.ts";

export function restoringInPlace(wish: InPlaceWish): Activity {
  return {
    on: ({ backup, ...engine }, body) =>
      backup?.inPlace === undefined
        ? body(refusing(engine, wish))
        : body(replacing(engine, { ...backup, inPlace: backup.inPlace }, wish)),
  };
}

/** Of an engine whose data never gives way: the way is told that there is. */
function refusing<Spec, Seen, Own>(
  engine: Engine<Spec, Seen, Own>,
  { locationName, path }: InPlaceWish,
): Engine<Spec, Seen, Own> {
  const by: Verdict = {
    guard: "restore-beside",
    message: `${engine.title} is not restored in place: restore beside it, under another name, and switch the clients over`,
    observed: "--in-place",
    lift: `kubectl dbop restore NEW --from-location ${locationName} --path ${path}`,
  };
  return { ...engine, plan: () => ({ outcome: "blocked", by: [by], warnings: [] }) };
}

interface Replaceable<Spec, Seen> extends EngineBackup<Spec, Seen> {
  readonly inPlace: EngineReplacement<Spec, Seen>;
}

type Command<Own> =
  { readonly of: "engine"; readonly command: Own } | { readonly of: "backup"; readonly command: BackupCommand };

interface Looked<Seen> {
  readonly engine: Seen;
  /** Of the last backup; undefined when none is to be taken. */
  readonly last: BackupSeen<Seen> | undefined;
}

function replacing<Spec, Seen, Own>(
  engine: Omit<Engine<Spec, Seen, Own>, "backup">,
  backup: Replaceable<Spec, Seen>,
  wish: InPlaceWish,
): Engine<BackupSpec<Spec>, Looked<Seen>, Command<Own>> {
  const { checks: _own, ...rest } = engine;
  const lastBackups = lastBackupOf(engine, backup, wish);
  return {
    ...rest,
    parseSpec: (cluster) => {
      const parsed = engine.parseSpec(cluster);
      if (!parsed.ok) return parsed;
      const spec = backup.inPlace.replacing(parsed.value, { ...wish, id: idOf(cluster, wish) });
      return { ok: true, value: { engine: spec, cluster } };
    },
    observe: async (read, spec, now) => {
      if (!wish.lastBackup) return { engine: await engine.observe(read, spec.engine, now), last: undefined };
      const last = await lastBackups(spec.cluster).observe(read, spec, now);
      return { engine: last.engine, last };
    },
    plan: (input) => {
      const own = engine.plan({ ...input, spec: input.spec.engine, seen: input.seen.engine });
      const { last } = input.seen;
      if (own.outcome !== "act" || last === undefined) return ofEngine(own);
      return withLastBackup(own, lastBackups(input.spec.cluster).plan({ ...input, seen: last }));
    },
    run: (command, io, spec) =>
      command.of === "engine"
        ? engine.run(command.command, io, spec.engine)
        : lastBackups(spec.cluster).run(command.command, io, spec),
    status: (spec, seen, now) => engine.status(spec.engine, seen.engine, now),
    describe: (spec, { engine: seen, last }) =>
      last?.take?.state === "running" || last?.seal?.state === "running"
        ? lastBackups(spec.cluster).describe(spec, last)
        : engine.describe(spec.engine, seen),
    watches: (spec) => [...engine.watches(spec.engine), ...lastBackups(spec.cluster).watches(spec)],
  };
}

/** Of this very operation; undefined before it is recorded. */
function idOf({ status: { operation } }: DatabaseCluster, wish: InPlaceWish): string | undefined {
  const recorded = operation?.verb === "restore-in-place" && operation.request === inPlaceRequest(wish);
  return recorded ? operation.id : undefined;
}

/** `backup` of whatever answers, under a name that tells what it was taken before. One engine an operation: it remembers what it last saw. */
function lastBackupOf<Spec, Seen, Own>(
  engine: Omit<Engine<Spec, Seen, Own>, "backup">,
  backup: Replaceable<Spec, Seen>,
  wish: InPlaceWish,
): (cluster: DatabaseCluster) => Engine<BackupSpec<Spec>, BackupSeen<Seen>, BackupCommand> {
  const { locationName, path } = wish;
  const nobody: Verdict = {
    guard: "backup-source-known",
    message: "no member answers: no last backup is taken of what gives way",
    observed: `restore of ${path}`,
  };
  const lastOf: Engine<Spec, Seen, Own> = {
    ...engine,
    backup: {
      ...backup,
      method: (spec, seen) => {
        const method = backup.inPlace.lastMethod(spec, seen);
        return method === undefined ? { ok: false, problems: nobody } : { ok: true, value: method };
      },
    },
  };
  const byName = new Map<string, Engine<BackupSpec<Spec>, BackupSeen<Seen>, BackupCommand>>();
  return (cluster) => {
    const name = `${cluster.metadata.name}-before-${idOf(cluster, wish) ?? "new"}`;
    const last: BackupWish = { name, locationName, verify: "structural", keep: undefined };
    const known = byName.get(name) ?? backingUp(lastOf, last);
    byName.set(name, known);
    return known;
  };
}

type Acting<Own> = Extract<Plan<Own>, { outcome: "act" }>;

/** Before the members stop, and not at all once they have: then nobody is left to ask. */
function withLastBackup<Own>(own: Acting<Own>, last: Plan<BackupCommand>): Plan<Command<Own>> {
  const at = own.steps.findIndex((step) => step.id === stopStep);
  const engineOnly = ofEngine(own);
  if (at < 0 || last.outcome === "converged") return engineOnly;
  if (last.outcome === "blocked") {
    return isNobody(last.by) ? { ...engineOnly, warnings: [...own.warnings, ...last.by] } : refused(last, own);
  }
  const warnings = [...own.warnings, writesMeanwhile];
  const steps = own.steps.map(engineStep);
  const [first, ...others] = [...steps.slice(0, at), ...last.steps.map(backupStep<Own>), ...steps.slice(at)];
  return first === undefined ? engineOnly : { ...own, steps: [first, ...others], warnings };
}

/** A snapshot is taken of members that serve: there is a time between it and their stop. */
const writesMeanwhile: Verdict = {
  guard: "writes-after-last-backup",
  message:
    "what is written after the last backup was taken, until the members stop, is in no backup: stop the writers first",
  observed: "members serve until the data of the backup is ready to take the place of theirs",
};

function isNobody(by: readonly Verdict[]): boolean {
  return by.every(({ guard }) => guard === "backup-source-known");
}

function refused<Own>(last: Extract<Plan<BackupCommand>, { outcome: "blocked" }>, own: Acting<Own>): Plan<never> {
  return { ...last, by: last.by.map((one) => ({ ...one, lift: withoutLastBackup })), warnings: own.warnings };
}

function ofEngine<Own>(plan: Plan<Own>): Plan<Command<Own>> {
  if (plan.outcome !== "act") return plan;
  const [first, ...others] = plan.steps;
  return { ...plan, steps: [engineStep(first), ...others.map(engineStep)] };
}

function engineStep<Own>(step: Step<Own>): Step<Command<Own>> {
  return step.kind === "command" ? { ...step, command: { of: "engine", command: step.command } } : step;
}

function backupStep<Own>(step: Step<BackupCommand>): Step<Command<Own>> {
  return step.kind === "command" ? { ...step, command: { of: "backup", command: step.command } } : step;
}
