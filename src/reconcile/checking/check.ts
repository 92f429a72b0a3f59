/** From a database to its report: look, judge, grade. Changes nothing. */
import { ask } from "../../checks/finding.ts";
import { checks } from "../../checks/index.ts";
import { reportOf, type CheckReport } from "../../checks/report.ts";
import { DbopError } from "../../errors.ts";
import { types, type KubeObject, type ObjectRef } from "../../kube/objects.ts";
import type { Clock } from "../clock.ts";
import { findKind } from "./find-kind.ts";
import { observeDatabase, type Observed } from "./observe.ts";
import { observeForeign } from "./observe-foreign.ts";
import { sharedReads, type Reads } from "./shared-reads.ts";

/** How many databases are looked at at once: each asks some twenty questions of the API server. */
const atOnce = 4;

function judge({ observation, own }: Observed): CheckReport {
  const answers = [...checks.map((check) => ask(check, observation)), ...own];
  return reportOf(observation, answers);
}

/** A custom resource of any kind. Throws `NotFound` when there is none. */
export async function checkForeign(
  kube: Reads,
  clock: Clock,
  { kind, namespace, name }: Pick<ObjectRef, "name"> & { readonly kind: string; readonly namespace: string },
): Promise<CheckReport> {
  const reads = sharedReads(kube);
  const type = await findKind(reads, kind);
  const object = await reads.get({ type, namespace, name });
  if (object === undefined)
    throw new DbopError(
      "NotFound",
      `${type.plural}.${type.apiVersion.split("/")[0] ?? ""} "${name}" not found in namespace "${namespace}"`,
    );
  return judge(await observeForeign(reads, { object, type }, clock.now()));
}

/** In their order. What belongs to the whole cluster is read once for all of them. */
export async function checkAll(
  kube: Reads,
  clock: Clock,
  databases: readonly KubeObject[],
): Promise<readonly CheckReport[]> {
  const common = sharedReads(kube);
  const reports: CheckReport[] = [];
  const waiting = [...databases.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, object] = next;
      reports[index] = judge(await observeDatabase(sharedReads(clusterWide(kube, common)), object, clock.now()));
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, waiting.length) }, work));
  return reports;
}

/** Definitions, storage classes and what discovery says are the same for all; the rest would only fill the memory. */
function clusterWide(kube: Reads, common: Reads): Reads {
  const shared: ReadonlySet<unknown> = new Set([types.crd, types.storageClass]);
  return {
    ...{ list: kube.list.bind(kube), exec: kube.exec.bind(kube), log: kube.log.bind(kube) },
    get: (ref) => (shared.has(ref.type) ? common.get(ref) : kube.get(ref)),
    raw: (path) => (path === "/apis" ? common.raw(path) : kube.raw(path)),
  };
}
