/** The steps that make scheduled backups as asked, and what is told of them. Pure. */
import type { DatabaseCluster } from "../../api/database-cluster.ts";
import type { ScheduleStanding } from "../../engines/engine.ts";
import { describeObject, type KubeObject, type ObjectRef } from "../../kube/objects.ts";
import type { Consent, Plan, Step, Verdict } from "../../plan/step.ts";
import { contains } from "../../resources/drift.ts";
import { isOurs, type Owner } from "../../resources/labels.ts";

export interface ScheduleSpec {
  readonly cluster: DatabaseCluster;
  readonly owner: Owner;
  /** The CronJob and its account as wished; empty when no backup is scheduled. */
  readonly wished: readonly KubeObject[];
}

export interface ScheduleSeen {
  /** Those of the CronJob and its account that are there. */
  readonly present: readonly Present[];
  /** Whether the BackupLocation is there; true when none is asked for. */
  readonly hasLocation: boolean;
}

export interface Present {
  readonly ref: ObjectRef;
  readonly object: KubeObject;
}

export interface ScheduleInput {
  readonly spec: ScheduleSpec;
  readonly seen: ScheduleSeen;
  readonly consents: ReadonlySet<Consent>;
}

/** What the engine has to do comes first: a database is not backed up before it has formed. */
export function withSchedule<Command>(own: Plan<Command>, input: ScheduleInput): Plan<Command> {
  const warnings = [...own.warnings, ...locationWarning(input)];
  const foreign = refusal(input);
  if (own.outcome === "blocked") return { ...own, by: [...own.by, ...foreign], warnings };
  if (foreign.length > 0) return { outcome: "blocked", by: foreign, warnings };
  const all: readonly Step<Command>[] = [...(own.outcome === "act" ? own.steps : []), ...steps(input)];
  const [first, ...rest] = all;
  return first === undefined
    ? { outcome: "converged", warnings }
    : { outcome: "act", steps: [first, ...rest], warnings };
}

/** For the condition of the DatabaseCluster; undefined when no backup is scheduled, and nothing of one is left. */
export function standingOf(spec: ScheduleSpec, seen: ScheduleSeen): ScheduleStanding | undefined {
  const { backup } = spec.cluster.spec;
  const due = steps({ spec, seen, consents: new Set() });
  if (backup === undefined) {
    return due.length === 0
      ? undefined
      : { status: "False", reason: "NotAsked", message: "its CronJob is to be removed" };
  }
  if (!seen.hasLocation)
    return { status: "False", reason: "NoLocation", message: `BackupLocation ${backup.locationName} is not there` };
  const [next] = due;
  if (next !== undefined) return { status: "False", reason: "NotAsWished", message: next.why };
  return { status: "True", reason: "Scheduled", message: words(spec.cluster) };
}

function words({ spec: { backup } }: DatabaseCluster): string {
  if (backup === undefined) return "";
  const { schedule, timeZone, locationName, keep } = backup;
  return `${schedule} (${timeZone}) to ${locationName}${keep === undefined ? "" : `, ${String(keep)} are kept`}`;
}

function steps({ spec, seen }: ScheduleInput): readonly Step<never>[] {
  const { wished, cluster } = spec;
  if (wished.length === 0) return removals(spec, seen);
  const amiss = wished.filter((object) => !contains(liveOf(object, seen), object));
  if (amiss.length === 0) return [];
  return [
    {
      id: "schedule/apply",
      title: `Schedule backups at ${words(cluster)}`,
      why: `missing or not as wished: ${amiss.map(describeObject).join(", ")}`,
      kind: "apply",
      objects: amiss,
    },
  ];
}

/** The CronJob first: without its account it would only fail. What somebody else made stays. */
function removals({ owner }: ScheduleSpec, { present }: ScheduleSeen): readonly Step<never>[] {
  return present
    .filter(({ object }) => isOurs(owner, object))
    .toReversed()
    .map(({ ref, object }) => ({
      id: `schedule/delete/${ref.type.plural}`,
      title: `Delete ${describeObject(object)}`,
      why: "no backups are scheduled any more",
      kind: "delete",
      target: ref,
      uid: object.metadata.uid ?? "",
      propagation: "Background",
    }));
}

function liveOf({ kind }: KubeObject, { present }: ScheduleSeen): KubeObject | undefined {
  return present.find(({ ref }) => ref.type.kind === kind)?.object;
}

function refusal({ spec, seen, consents }: ScheduleInput): readonly Verdict[] {
  const foreign = seen.present.filter(({ object }) => !isOurs(spec.owner, object));
  if (foreign.length === 0 || spec.wished.length === 0 || consents.has("adopt")) return [];
  const names = foreign.map(({ object }) => describeObject(object)).join(", ");
  return [
    {
      guard: "owned-by-us",
      message: `${names}: of the name that scheduled backups need, and not made for them`,
      observed: "no label dbop.dev/cluster-uid with the uid of this DatabaseCluster",
      lift: "--adopt",
    },
  ];
}

function locationWarning({ spec: { cluster }, seen }: ScheduleInput): readonly Verdict[] {
  const name = cluster.spec.backup?.locationName;
  if (name === undefined || seen.hasLocation) return [];
  return [
    {
      guard: "backup-location-there",
      message: `BackupLocation ${name} is not there: every scheduled backup will fail until it is`,
      observed: `spec.backup.locationName is ${name}`,
    },
  ];
}
