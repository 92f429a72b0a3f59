/** Pods and claims of the members, read from the API server. */
import { parseQuantity } from "../../../api/quantity.ts";
import type { KubeObject } from "../../../kube/objects.ts";
import { isOurs } from "../../../resources/labels.ts";
import { field, listField, numberField, textField } from "../../../kube/fields.ts";
import { classifyTermination } from "../evidence.ts";
import { container, ordinalOf, owner } from "../names.ts";
import { marksIn } from "../resources/claim.ts";
import type { ClaimSeen, PodSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";

/** @param revision the StatefulSet's update revision; undefined while there is none. */
export function podsSeen(
  spec: EtcdSpec,
  pods: readonly KubeObject[],
  revision: string | undefined,
): readonly PodSeen[] {
  return pods.flatMap((pod) => podSeen(spec, pod, revision) ?? []).toSorted((a, b) => a.ordinal - b.ordinal);
}

function podSeen(spec: EtcdSpec, pod: KubeObject, revision: string | undefined): PodSeen | undefined {
  const ordinal = ordinalOf(spec, pod.metadata.name);
  if (ordinal === undefined) return undefined;
  const state = listField(pod["status"], "containerStatuses").find((status) => textField(status, "name") === container);
  const ready = listField(pod["status"], "conditions").find((condition) => textField(condition, "type") === "Ready");
  const owner = (pod.metadata.ownerReferences ?? []).find((reference) => field(reference, "controller") === true);
  return {
    ordinal,
    ...(owner === undefined ? {} : { setUid: textField(owner, "uid") }),
    name: pod.metadata.name,
    uid: pod.metadata.uid ?? "",
    terminating: pod.metadata.deletionTimestamp !== undefined,
    running: field(field(state, "state"), "running") !== undefined,
    ready: textField(ready, "status") === "True",
    outdated: revision !== undefined && pod.metadata.labels?.["controller-revision-hash"] !== revision,
    crash: crashOf(state),
    waiting: waitingOf(pod, state),
    ...(textField(pod["spec"], "nodeName") === "" ? { unscheduled: true } : {}),
  };
}

/** Set when the container has ended and not come back for good: it is down now, or it is up again but not yet started. */
function crashOf(state: unknown): PodSeen["crash"] {
  const running = field(field(state, "state"), "running") !== undefined;
  if (running && field(state, "started") === true) return undefined;
  const ended = field(field(state, "state"), "terminated") ?? field(field(state, "lastState"), "terminated");
  if (ended === undefined) return undefined;
  if (numberField(ended, "exitCode") === 0) return { termination: "silent", message: "" };
  const message = textField(ended, "message");
  return { termination: classifyTermination(message), message };
}

function waitingOf(pod: KubeObject, state: unknown): string | undefined {
  const waiting = field(field(state, "state"), "waiting");
  const reason = textField(waiting, "reason");
  if (reason !== "" && reason !== "ContainerCreating" && reason !== "PodInitializing") {
    const message = textField(waiting, "message");
    return message === "" ? reason : `${reason}: ${message.slice(0, 160)}`;
  }
  const scheduled = listField(pod["status"], "conditions").find(
    (condition) => textField(condition, "type") === "PodScheduled",
  );
  return textField(scheduled, "status") === "False"
    ? `${textField(scheduled, "reason")}: ${textField(scheduled, "message")}`
    : undefined;
}

export function claimsSeen(spec: EtcdSpec, claims: readonly KubeObject[]): readonly ClaimSeen[] {
  return claims.flatMap((claim) => claimSeen(spec, claim) ?? []).toSorted((a, b) => a.ordinal - b.ordinal);
}

function claimSeen(spec: EtcdSpec, claim: KubeObject): ClaimSeen | undefined {
  const { name, annotations, uid, deletionTimestamp } = claim.metadata;
  const ordinal = name.startsWith("data-") ? ordinalOf(spec, name.slice("data-".length)) : undefined;
  if (ordinal === undefined) return undefined;
  const requested = textField(field(field(claim["spec"], "resources"), "requests"), "storage");
  return {
    ordinal,
    name,
    uid: uid ?? "",
    ours: isOurs(owner(spec), claim),
    terminating: deletionTimestamp !== undefined,
    ...marksIn(annotations),
    requested,
    requestedBytes: parseQuantity(requested) ?? 0,
    capacityBytes: parseQuantity(textField(field(claim["status"], "capacity"), "storage")),
    restartToResize: listField(claim["status"], "conditions").some(
      (condition) =>
        textField(condition, "type") === "FileSystemResizePending" && textField(condition, "status") === "True",
    ),
  };
}
