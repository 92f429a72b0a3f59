/** Which pods stand in for each other: as the engine tells it, or one group a StatefulSet where nobody does. Pure. */
import { field, numberField, textField } from "../kube/fields.ts";
import type { KubeObject } from "../kube/objects.ts";
import type { Group } from "./engine-facts.ts";
import type { Evidence } from "./finding.ts";
import type { Observation, Read } from "./observation.ts";
import { selects } from "./selector.ts";
import { both, read } from "./verdicts.ts";

export interface LiveGroup extends Group {
  /** What its budget has to select. */
  readonly pods: readonly KubeObject[];
}

/** Groups with the pods they have now. */
export function liveGroups({ sets, pods, manager, subject }: Observation): Read<readonly LiveGroup[]> {
  const reading = both(sets, pods);
  if (reading.state !== "read") return reading;
  const [found, running] = reading.value;
  const told =
    manager.kind === "kubectl-dbop" && manager.engine.state === "read" ? manager.engine.value.operand : undefined;
  if (told !== undefined) {
    const value = told.groups.map((group) => ({ ...group, pods: running.filter((pod) => isOf(pod, group.set)) }));
    return { state: "read", value };
  }
  const bySet = found.map((set) => withPods(set, running));
  const loose = running.filter((pod) => !found.some((set) => isOf(pod, set.metadata.name)));
  const rest = loose.length === 0 ? [] : [groupOf(subject.metadata.name, loose.length, loose)];
  return { state: "read", value: [...bySet, ...rest] };
}

function withPods(set: KubeObject, running: readonly KubeObject[]): LiveGroup {
  const pods = running.filter((pod) => isOf(pod, set.metadata.name));
  return groupOf(set.metadata.name, numberField(set["spec"], "replicas"), pods);
}

/** Of members nobody knows the engine of: a majority must stay, which is what an engine that votes needs and others can do with. */
function groupOf(set: string, members: number, pods: readonly KubeObject[]): LiveGroup {
  return { set, members, needed: members === 1 ? 0 : Math.floor(members / 2) + 1, votes: false, pods };
}

function isOf(pod: KubeObject, set: string): boolean {
  return (pod.metadata.ownerReferences ?? []).some(
    (owner) => textField(owner, "kind") === "StatefulSet" && textField(owner, "name") === set,
  );
}

/** Budgets that select every pod of the group; none for a group without pods. */
export function budgetsOf({ pods }: LiveGroup, budgets: readonly KubeObject[]): readonly KubeObject[] {
  if (pods.length === 0) return [];
  return budgets.filter((budget) =>
    pods.every((pod) => selects(field(budget["spec"], "selector"), pod.metadata.labels ?? {})),
  );
}

/** What it allows, as written: `spec.minAvailable`. */
export function readBudget(budget: KubeObject): Evidence {
  const bound = field(budget["spec"], "minAvailable") === undefined ? "maxUnavailable" : "minAvailable";
  return read(budget, `spec.${bound}`, field(budget["spec"], bound));
}

/** How many of `members` the budget lets go at once. Percentages round as the disruption controller does: up, for both. */
export function allowance(budget: KubeObject, members: number): number {
  const least = field(budget["spec"], "minAvailable");
  if (least !== undefined) return Math.max(0, members - countOf(least, members));
  return Math.min(members, countOf(field(budget["spec"], "maxUnavailable") ?? 0, members));
}

function countOf(value: unknown, members: number): number {
  if (typeof value === "number") return value;
  const percent = /^(\d+)%$/u.exec(typeof value === "string" ? value : "")?.[1];
  return percent === undefined ? Number(value) : Math.ceil((Number(percent) * members) / 100);
}

/** The nodes its pods are on. */
export function nodesOf({ pods }: LiveGroup): readonly string[] {
  return [...new Set(pods.map((pod) => textField(pod["spec"], "nodeName")).filter((node) => node !== ""))];
}
