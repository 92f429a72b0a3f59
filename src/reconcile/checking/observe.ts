/** Reads what the checks judge: each object once, in as few requests as there are kinds. */
import { readBackup } from "../../api/database-backup.ts";
import type { Objects, Observation, OwnManager, Read } from "../../checks/observation.ts";
import type { Answer } from "../../checks/finding.ts";
import { isDbopError } from "../../errors.ts";
import { textField } from "../../kube/fields.ts";
import { types, type KubeObject } from "../../kube/objects.ts";
import { selectorText } from "../../resources/labels.ts";
import { readDatabase } from "../database.ts";
import { listIfServed, listMonitors, optional, servedGroups } from "./discovered.ts";
import { lookThroughEngine, type EngineView } from "./engine-facts.ts";
import { observeMetrics } from "./metrics.ts";
import { listing, reading, rightTo } from "./reading.ts";
import type { Reads } from "./shared-reads.ts";

export interface Observed {
  readonly observation: Observation;
  /** What only its engine is asked. */
  readonly own: readonly Answer[];
}

/** A database of kubectl-dbop's own. */
export async function observeDatabase(reads: Reads, object: KubeObject, now: Date): Promise<Observed> {
  const namespace = object.metadata.namespace ?? "";
  const labelled = { namespace, labelSelector: labelsOf(object) };
  const [sets, pods, claims, services, around] = await Promise.all([
    listing(reads, types.statefulSet, labelled),
    listing(reads, types.pod, labelled),
    listing(reads, types.claim, labelled),
    listing(reads, types.service, labelled),
    observeAround(reads, object),
  ]);
  // After the lists: what they have shown is not asked for again.
  const { manager, own } = await observeManager(reads, object, now);
  const [storageClass, metrics] = await Promise.all([
    classOf(reads, claims),
    observeMetrics(reads, { pods, engine: manager.engine }),
  ]);
  const observation = { now, subject: object, sets, pods, claims, services, ...around, storageClass, metrics, manager };
  return { observation, own };
}

function labelsOf({ metadata, spec }: KubeObject): string {
  const { name, namespace = "", uid = "" } = metadata;
  return selectorText({ engine: textField(spec, "engine"), name, namespace, uid });
}

type Around = Pick<
  Observation,
  | "definition"
  | "budgets"
  | "policies"
  | "cronJobs"
  | "events"
  | "autoscalers"
  | "verticalAutoscalers"
  | "monitors"
  | "rules"
>;

/** What lies around it in its namespace, and the definition of its kind. */
export async function observeAround(
  reads: Reads,
  subject: KubeObject,
  definitionName = "databaseclusters.dbop.dev",
): Promise<Around> {
  const namespace = subject.metadata.namespace ?? "";
  const asking = servedGroups(reads);
  const [definition, budgets, policies, cronJobs, events, autoscalers, groups] = await Promise.all([
    reading(rightTo("get", types.crd), () => reads.get({ type: types.crd, name: definitionName })),
    listing(reads, types.podDisruptionBudget, { namespace }),
    listing(reads, types.networkPolicy, { namespace }),
    listing(reads, types.cronJob, { namespace }),
    listing(reads, types.event, { namespace }),
    listing(reads, types.horizontalPodAutoscaler, { namespace }),
    asking,
  ]);
  const wanted = { reads, groups, namespace };
  const [verticalAutoscalers, monitors, rules] = await Promise.all([
    listIfServed(wanted, optional.verticalPodAutoscaler),
    listMonitors(wanted),
    listIfServed(wanted, optional.prometheusRule),
  ]);
  return { definition, budgets, policies, cronJobs, events, autoscalers, verticalAutoscalers, monitors, rules };
}

async function observeManager(
  reads: Reads,
  object: KubeObject,
  now: Date,
): Promise<{ readonly manager: OwnManager; readonly own: readonly Answer[] }> {
  const { namespace = "", name } = object.metadata;
  const read = readOrProblems(object);
  const [backups, engine] = await Promise.all([
    listing(reads, types.databaseBackup, { namespace }),
    "problems" in read ? noEngine(read.problems) : lookThroughEngine(reads, { ...read, object, now }),
  ]);
  const own: Read<ReturnType<typeof ofDatabase>> =
    backups.state === "read" ? { state: "read", value: ofDatabase(backups.value, name) } : backups;
  const manager: OwnManager = {
    kind: "kubectl-dbop",
    cluster: "problems" in read ? undefined : read.cluster,
    problems: "problems" in read ? read.problems : [],
    backups: own,
    engine: engine.facts,
  };
  return { manager, own: engine.own };
}

function ofDatabase(backups: readonly KubeObject[], name: string): readonly ReturnType<typeof readBackup>[] {
  return backups.map(readBackup).filter(({ clusterName }) => clusterName === name);
}

function readOrProblems(
  object: KubeObject,
): ReturnType<typeof readDatabase> | { readonly problems: readonly string[] } {
  try {
    return readDatabase(object);
  } catch (error) {
    if (isDbopError(error, "Usage")) return { problems: error.problems };
    throw error;
  }
}

function noEngine(problems: readonly string[]): EngineView {
  return { facts: { state: "unreadable", missing: "a spec that can be read", why: problems.join("; ") }, own: [] };
}

/** Of the first claim that names one. */
export async function classOf(reads: Reads, claims: Objects): Promise<Read<KubeObject | undefined>> {
  if (claims.state !== "read") return claims;
  const name = claims.value.map((claim) => textField(claim["spec"], "storageClassName")).find((one) => one !== "");
  if (name === undefined) return { state: "read", value: undefined };
  return reading(rightTo("get", types.storageClass), () => reads.get({ type: types.storageClass, name }));
}
