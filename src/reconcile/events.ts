/** Events for whoever looks with `kubectl describe`: one when an operation begins, one when it ends. Best effort; the history is the record. */
import type { OperationRecord } from "../api/database-cluster.ts";
import type { KubeObject } from "../kube/objects.ts";
import { microTime } from "./lock.ts";
import type { PassDeps } from "./request.ts";

export interface Note {
  readonly type: "Normal" | "Warning";
  /** CamelCase, ours: `OperationStarted`. */
  readonly reason: string;
  /** At most a kilobyte is kept. */
  readonly text: string;
}

export async function emitEvent(
  { kube, clock, host, newId }: PassDeps,
  { object, operation }: { readonly object: KubeObject; readonly operation: OperationRecord },
  note: Note,
): Promise<void> {
  const { name, namespace, uid } = object.metadata;
  const event: KubeObject = {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: `${name}.${operation.id}.${newId()}`, ...(namespace === undefined ? {} : { namespace }) },
    eventTime: microTime(clock.now()),
    reportingController: "dbop.dev/kubectl-dbop",
    reportingInstance: host.slice(0, 128),
    action: operation.verb,
    reason: note.reason,
    type: note.type,
    note: note.text.slice(0, 1000),
    regarding: { apiVersion: object.apiVersion, kind: object.kind, name, namespace, uid },
  };
  await kube.create(event).catch(() => undefined);
}
