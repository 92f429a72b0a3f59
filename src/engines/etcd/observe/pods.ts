/** Pods and claims of the members, read from the API server. */
import type { KubeObject } from "../../../kube/objects.ts";
import { field, numberField, textField } from "../../../kube/fields.ts";
import { liveClaim } from "../../../resources/live-claim.ts";
import { containerState, livePod } from "../../../resources/live-pod.ts";
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
  const state = containerState(pod, container);
  const owner = (pod.metadata.ownerReferences ?? []).find((reference) => field(reference, "controller") === true);
  return {
    ordinal,
    ...(owner === undefined ? {} : { setUid: textField(owner, "uid") }),
    ...livePod(pod, { container, revision }),
    crash: crashOf(state),
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

export function claimsSeen(spec: EtcdSpec, claims: readonly KubeObject[]): readonly ClaimSeen[] {
  return claims.flatMap((claim) => claimSeen(spec, claim) ?? []).toSorted((a, b) => a.ordinal - b.ordinal);
}

function claimSeen(spec: EtcdSpec, claim: KubeObject): ClaimSeen | undefined {
  const { name, annotations } = claim.metadata;
  const ordinal = name.startsWith("data-") ? ordinalOf(spec, name.slice("data-".length)) : undefined;
  if (ordinal === undefined) return undefined;
  return { ordinal, ...liveClaim(owner(spec), claim), ...marksIn(annotations) };
}
