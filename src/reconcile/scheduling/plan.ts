/** The steps that make errands as asked, and what is told of them. Pure. */
import type { ErrandStandings, ScheduleStanding } from "../../engines/engine.ts";
import { describeObject, type KubeObject, type ObjectRef } from "../../kube/objects.ts";
import type { Consent, Plan, Step, Verdict } from "../../plan/step.ts";
import { contains } from "../../resources/drift.ts";
import { isOurs, type Owner } from "../../resources/labels.ts";
import { conditionOf, type Errand, type ErrandName } from "./errand.ts";

/** One errand, asked for or not any more, and what is there of it. */
export interface ErrandSeen {
  readonly name: ErrandName;
  /** Undefined: it is not asked for any more. */
  readonly errand: Errand | undefined;
  /** The CronJob and its account as wished; empty when it is not asked for. */
  readonly wished: readonly KubeObject[];
  /** Those of them that are there. */
  readonly present: readonly Present[];
  /** Whether its BackupLocation is there; true when it needs none. */
  readonly hasLocation: boolean;
}

export interface Present {
  readonly ref: ObjectRef;
  readonly object: KubeObject;
}

export interface ScheduleInput {
  readonly owner: Owner;
  readonly errands: readonly ErrandSeen[];
  readonly consents: ReadonlySet<Consent>;
}

/** What the engine has to do comes first: a database is not backed up before it has formed. */
export function withErrands<Command>(own: Plan<Command>, { owner, errands, consents }: ScheduleInput): Plan<Command> {
  const warnings = [...own.warnings, ...errands.flatMap(locationWarning)];
  const foreign = consents.has("adopt") ? [] : errands.flatMap((seen) => refusal(owner, seen));
  if (own.outcome === "blocked") return { ...own, by: [...own.by, ...foreign], warnings };
  if (foreign.length > 0) return { outcome: "blocked", by: foreign, warnings };
  const ours = errands.flatMap((seen) => steps(owner, seen));
  const all: readonly Step<Command>[] = [...(own.outcome === "act" ? own.steps : []), ...ours];
  const [first, ...rest] = all;
  return first === undefined
    ? { outcome: "converged", warnings }
    : { outcome: "act", steps: [first, ...rest], warnings };
}

/** For the conditions of the DatabaseCluster. */
export function standingsOf(owner: Owner, errands: readonly ErrandSeen[]): ErrandStandings {
  return Object.fromEntries(errands.map((seen) => [conditionOf[seen.name], standingOf(owner, seen)]));
}

function standingOf(owner: Owner, seen: ErrandSeen): ScheduleStanding | "none" {
  const { errand, hasLocation } = seen;
  const [next] = steps(owner, seen);
  if (errand === undefined)
    return next === undefined
      ? "none"
      : { status: "False", reason: "NotAsked", message: "its CronJob is to be removed" };
  if (!hasLocation)
    return {
      status: "False",
      reason: "NoLocation",
      message: `BackupLocation ${errand.locationName ?? ""} is not there`,
    };
  if (next !== undefined) return { status: "False", reason: "NotAsWished", message: next.why };
  return { status: "True", reason: "Scheduled", message: errand.words };
}

const nouns: Readonly<Record<ErrandName, string>> = { backup: "backups", reconcile: "passes" };

function steps(owner: Owner, seen: ErrandSeen): readonly Step<never>[] {
  const { name, errand, wished } = seen;
  if (errand === undefined) return removals(owner, seen);
  const amiss = wished.filter((object) => !contains(liveOf(object, seen), object));
  if (amiss.length === 0) return [];
  return [
    {
      id: name === "backup" ? "schedule/apply" : `schedule/apply/${name}`,
      title: `Schedule ${nouns[name]} at ${errand.words}`,
      why: `missing or not as wished: ${amiss.map(describeObject).join(", ")}`,
      kind: "apply",
      objects: amiss,
    },
  ];
}

/** The CronJob first: without its account it would only fail. What somebody else made stays. */
function removals(owner: Owner, { name, present }: ErrandSeen): readonly Step<never>[] {
  return present
    .filter(({ object }) => isOurs(owner, object))
    .toReversed()
    .map(({ ref, object }) => ({
      id: `schedule/delete/${ref.type.plural}${name === "backup" ? "" : `/${name}`}`,
      title: `Delete ${describeObject(object)}`,
      why: `no ${nouns[name]} are scheduled any more`,
      kind: "delete",
      target: ref,
      uid: object.metadata.uid ?? "",
      propagation: "Background",
    }));
}

function liveOf({ kind }: KubeObject, { present }: ErrandSeen): KubeObject | undefined {
  return present.find(({ ref }) => ref.type.kind === kind)?.object;
}

function refusal(owner: Owner, { name, errand, present }: ErrandSeen): readonly Verdict[] {
  const foreign = present.filter(({ object }) => !isOurs(owner, object));
  if (foreign.length === 0 || errand === undefined) return [];
  const names = foreign.map(({ object }) => describeObject(object)).join(", ");
  return [
    {
      guard: "owned-by-us",
      message: `${names}: of the name that scheduled ${nouns[name]} need, and not made for them`,
      observed: "no label dbop.dev/cluster-uid with the uid of this DatabaseCluster",
      lift: "--adopt",
    },
  ];
}

function locationWarning({ errand, hasLocation }: ErrandSeen): readonly Verdict[] {
  const name = errand?.locationName;
  if (name === undefined || hasLocation) return [];
  return [
    {
      guard: "backup-location-there",
      message: `BackupLocation ${name} is not there: every scheduled backup will fail until it is`,
      observed: `spec.backup.locationName is ${name}`,
    },
  ];
}
