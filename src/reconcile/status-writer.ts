/** The status of the DatabaseCluster: what a pass saw, what it is doing, what was done before. Always written whole. */
import type { Condition, DatabaseCluster, HistoryEntry, OperationRecord } from "../api/database-cluster.ts";
import type { EngineStatus } from "../engines/engine.ts";
import type { KubeClient } from "../kube/kube-client.ts";
import type { KubeObject } from "../kube/objects.ts";
import { conditionReason } from "./condition-reason.ts";

/** Kubernetes keeps spec and status apart by manager too: the same tool under two names. */
const statusManager = "kubectl-dbop-status";
const historyLimit = 20;

export interface StatusInput {
  readonly engine: EngineStatus;
  readonly operation: OperationRecord | undefined;
  readonly history: readonly HistoryEntry[];
  /** Why no pass can go on; undefined when one can. */
  readonly stalled: { readonly reason: string; readonly message: string } | undefined;
  readonly now: Date;
}

/**
 * Writes the status if nobody has changed the object since `cluster` was read: `Conflict` otherwise. Returns the object as stored, whose
 * resourceVersion the next write must bear.
 */
export function writeStatus(kube: KubeClient, cluster: DatabaseCluster, input: StatusInput): Promise<KubeObject> {
  const { name, namespace, uid, resourceVersion } = cluster.metadata;
  return kube.apply(
    {
      apiVersion: "dbop.dev/v1alpha1",
      kind: "DatabaseCluster",
      metadata: { name, namespace, uid, resourceVersion },
      status: statusOf(cluster, input),
    },
    { subresource: "status", fieldManager: statusManager, force: true },
  );
}

/** Pure. */
function statusOf(cluster: DatabaseCluster, input: StatusInput): Readonly<Record<string, unknown>> {
  const { engine, operation, history, now } = input;
  const identity = engine.identity ?? cluster.status.identity;
  const currentVersion = engine.currentVersion ?? cluster.status.currentVersion;
  return {
    observedGeneration: cluster.metadata.generation,
    conditions: conditions(cluster, input),
    members: {
      ready: engine.members.filter((member) => member.ready).map((member) => member.name),
      unready: engine.members.filter((member) => !member.ready).map((member) => member.name),
    },
    serviceName: engine.serviceName,
    clientPort: engine.clientPort,
    lastReconcileTime: seconds(now),
    history: history.slice(0, historyLimit),
    ...(identity === undefined ? {} : { identity }),
    ...(currentVersion === undefined ? {} : { currentVersion }),
    ...(currentVersion === cluster.spec.version ? {} : { targetVersion: cluster.spec.version }),
    ...(operation === undefined ? {} : { operation }),
  };
}

/** Ready is always there; Reconciling and Stalled only while true, as kstatus reads them. What was not looked at stands as it was. */
function conditions(cluster: DatabaseCluster, { engine, operation, stalled, now }: StatusInput): readonly Condition[] {
  const present: Pick<Condition, "type" | "status" | "reason" | "message">[] = [
    { type: "Ready", status: engine.ready ? "True" : "False", reason: engine.reason, message: engine.message },
  ];
  for (const type of ["BackupScheduled", "ReconcileScheduled"] as const) {
    const standing = engine.errands?.[type] ?? cluster.status.conditions.find((one) => one.type === type) ?? "none";
    if (standing === "none") continue;
    const { status, reason, message } = standing;
    present.push({ type, status, reason, message });
  }
  if (operation !== undefined) {
    present.push({
      type: "Reconciling",
      status: "True",
      reason: conditionReason(operation.verb),
      message: operation.step,
    });
  }
  if (stalled !== undefined) present.push({ type: "Stalled", status: "True", ...stalled });
  return present.map((condition) => {
    const before = cluster.status.conditions.find(({ type }) => type === condition.type);
    const lastTransitionTime = before?.status === condition.status ? before.lastTransitionTime : seconds(now);
    return { ...condition, observedGeneration: cluster.metadata.generation, lastTransitionTime };
  });
}

/** RFC 3339 with whole seconds, as metav1.Time is stored. */
export function seconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
