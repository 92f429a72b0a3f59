/** What the API server says of a pod, for whoever runs one container of a database in it. Pure. */
import { field, listField, textField } from "../kube/fields.ts";
import type { KubeObject } from "../kube/objects.ts";

export interface LivePod {
  readonly name: string;
  readonly uid: string;
  readonly terminating: boolean;
  /** The container runs now. */
  readonly running: boolean;
  readonly ready: boolean;
  /** Made from an older template than the StatefulSet's. */
  readonly outdated: boolean;
  /** Why it does not run, in the cluster's words: Unschedulable, ErrImagePull, … */
  readonly waiting: string | undefined;
}

export interface PodQuestion {
  readonly container: string;
  /** The StatefulSet's update revision; undefined while there is none, or nobody can tell. */
  readonly revision: string | undefined;
}

export function livePod(pod: KubeObject, { container, revision }: PodQuestion): LivePod {
  const state = containerState(pod, container);
  return {
    name: pod.metadata.name,
    uid: pod.metadata.uid ?? "",
    terminating: pod.metadata.deletionTimestamp !== undefined,
    running: field(field(state, "state"), "running") !== undefined,
    ready: textField(condition(pod, "Ready"), "status") === "True",
    outdated: revision !== undefined && pod.metadata.labels?.["controller-revision-hash"] !== revision,
    waiting: waitingOf(pod, state),
  };
}

/** The status of the container of that name; undefined until there is one. */
export function containerState(pod: KubeObject, container: string): unknown {
  return listField(pod["status"], "containerStatuses").find((status) => textField(status, "name") === container);
}

function condition(pod: KubeObject, type: string): unknown {
  return listField(pod["status"], "conditions").find((one) => textField(one, "type") === type);
}

function waitingOf(pod: KubeObject, state: unknown): string | undefined {
  const waiting = field(field(state, "state"), "waiting");
  const reason = textField(waiting, "reason");
  if (reason !== "" && reason !== "ContainerCreating" && reason !== "PodInitializing") {
    const message = textField(waiting, "message");
    return message === "" ? reason : `${reason}: ${message.slice(0, 160)}`;
  }
  const scheduled = condition(pod, "PodScheduled");
  return textField(scheduled, "status") === "False"
    ? `${textField(scheduled, "reason")}: ${textField(scheduled, "message")}`
    : undefined;
}
