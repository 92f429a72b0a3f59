/** What is done for a database without a person: backups, and passes that heal. Each is a CronJob that runs this program. Pure. */
import type { Condition, DatabaseCluster, ErrandTiming } from "../../api/database-cluster.ts";
import type { AccessRule, Engine } from "../../engines/engine.ts";
import { accessFor, scheduling } from "../access.ts";

export const errandNames = ["backup", "reconcile"] as const;
export type ErrandName = (typeof errandNames)[number];

/** It is recorded before anything of the errand is made, and goes last. */
export const conditionOf = {
  backup: "BackupScheduled",
  reconcile: "ReconcileScheduled",
} as const satisfies Readonly<Record<ErrandName, Condition["type"]>>;

export interface Errand {
  readonly name: ErrandName;
  readonly timing: ErrandTiming;
  /** What a person would type after `kubectl dbop`. */
  readonly args: readonly string[];
  /** The rights of that. */
  readonly rules: readonly AccessRule[];
  /** When and how, for people. */
  readonly words: string;
  /** Without this BackupLocation every run of it fails. */
  readonly locationName?: string;
}

type Access = Pick<Engine<unknown, unknown, unknown>, "access">;

/** Those the spec asks for. */
export function errandsOf(engine: Access, cluster: DatabaseCluster): readonly Errand[] {
  return [backupErrand(engine, cluster), reconcileErrand(engine, cluster)].filter((errand) => errand !== undefined);
}

/** Those a pass has to look after: they are asked for, or were. */
export function errandsAround({ spec, status }: DatabaseCluster): readonly ErrandName[] {
  const recorded = (name: ErrandName): boolean => status.conditions.some(({ type }) => type === conditionOf[name]);
  return errandNames.filter((name) => spec[name] !== undefined || recorded(name));
}

/**
 * What is needed beyond the rights of the verb itself to look after `names`: nobody can grant what they don't have (RBAC's own rule), so
 * the rights of what is run belong to them.
 */
export function schedulingAccess({ access }: Access, names: readonly ErrandName[]): readonly AccessRule[] {
  return [...scheduling, ...names.flatMap((name) => accessFor(name, access(name)))];
}

/** Another run is waited for; without `--yes` nothing older would be removed. How long it may take is up to `--timeout`, which ends cleanly. */
function backupErrand({ access }: Access, { spec, metadata }: DatabaseCluster): Errand | undefined {
  const { backup } = spec;
  if (backup === undefined) return undefined;
  const { schedule, timeZone, locationName, verify, keep } = backup;
  return {
    name: "backup",
    timing: backup,
    args: [
      "backup",
      metadata.name,
      `--namespace=${metadata.namespace}`,
      `--to=${locationName}`,
      `--verify=${verify}`,
      ...(keep === undefined ? [] : [`--keep=${String(keep)}`]),
      "--timeout=6h",
      "--lock-timeout=1h",
      "--yes",
      "--no-input",
    ],
    rules: accessFor("backup", access("backup")),
    words: `${schedule} (${timeZone}) to ${locationName}${keep === undefined ? "" : `, ${String(keep)} are kept`}`,
    locationName,
  };
}

/** It looks after the errands too, itself included: what it finds changed it mends. */
function reconcileErrand(engine: Access, cluster: DatabaseCluster): Errand | undefined {
  const { reconcile } = cluster.spec;
  if (reconcile === undefined) return undefined;
  const { name, namespace } = cluster.metadata;
  return {
    name: "reconcile",
    timing: reconcile,
    args: ["reconcile", name, `--namespace=${namespace}`, "--timeout=1h", "--lock-timeout=1h", "--yes", "--no-input"],
    rules: [...accessFor("reconcile", engine.access("reconcile")), ...schedulingAccess(engine, errandsAround(cluster))],
    words: `${reconcile.schedule} (${reconcile.timeZone})`,
  };
}
