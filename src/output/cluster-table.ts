/** DatabaseClusters as rows, from what is recorded in them. */
import { field, listField, numberField, textField } from "../kube/fields.ts";
import type { KubeObject } from "../kube/objects.ts";
import { age } from "./age.ts";
import { table, type Cell } from "./table.ts";

export interface ClusterTableOptions {
  readonly now: Date;
  /** NAMESPACE first: for `-A`. */
  readonly withNamespace: boolean;
  readonly wide: boolean;
}

/** One line a database. */
export function clusterTable(clusters: readonly KubeObject[], options: ClusterTableOptions): string {
  const { now, withNamespace, wide } = options;
  const headings = ["NAME", "ENGINE", "VERSION", "REPLICAS", "READY", "REASON", ...(wide ? wideHeadings : []), "AGE"];
  const rows = clusters.map((cluster): Cell[] => {
    const ready = conditionOf(cluster, "Ready");
    const { spec, status } = partsOf(cluster);
    return [
      cluster.metadata.name,
      textField(spec, "engine"),
      textField(status, "currentVersion") || textField(spec, "version"),
      numberField(spec, "replicas"),
      textField(ready, "status") || "<unknown>",
      textField(ready, "reason") || "<unknown>",
      ...(wide ? wideCells(cluster, now) : []),
      age(cluster.metadata.creationTimestamp, now),
    ];
  });
  if (!withNamespace) return table(headings, rows);
  return table(
    ["NAMESPACE", ...headings],
    rows.map((row, index) => [clusters[index]?.metadata.namespace, ...row]),
  );
}

const wideHeadings = ["SHARDS", "STORAGE", "SERVICE", "OPERATION", "RECONCILED"];

function wideCells(cluster: KubeObject, now: Date): Cell[] {
  const { spec, status } = partsOf(cluster);
  const reconciled = textField(status, "lastReconcileTime");
  const shards = numberField(spec, "shards");
  return [
    shards === 0 ? undefined : shards,
    textField(field(spec, "storage"), "size"),
    textField(status, "serviceName"),
    textField(field(status, "operation"), "verb"),
    reconciled === "" ? "<none>" : age(reconciled, now),
  ];
}

function partsOf(cluster: KubeObject): { readonly spec: unknown; readonly status: unknown } {
  return { spec: cluster["spec"], status: cluster["status"] };
}

/** A condition of the recorded status; undefined when it holds none of that type. */
function conditionOf(cluster: KubeObject, type: string): unknown {
  return listField(cluster["status"], "conditions").find((condition) => textField(condition, "type") === type);
}
