/**
 * What the cluster will look like after a step if nothing else happens. With the rules it makes the whole plan out of its first step;
 * what really happened is always observed anew. Pure.
 */
import { parseQuantity } from "../../../api/quantity.ts";
import { field, numberField, textField } from "../../../kube/fields.ts";
import { describeObject, type KubeObject } from "../../../kube/objects.ts";
import { ordinalOf } from "../names.ts";
import { marksIn } from "../resources/claim.ts";
import {
  clusterIdAnnotation,
  modesAnnotation,
  replacedByAnnotation,
  restartsAnnotation,
} from "../resources/config-map.ts";
import { imageOf, markedVersion, parseOrdinals } from "../observe/objects.ts";
import type { ConfigSeen, EtcdSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";
import { expectCommand } from "./expect-command.ts";
import { begun } from "./expect-seed.ts";
import { settle } from "./settle.ts";
import type { EtcdStep } from "./rule.ts";

export function expect(spec: EtcdSpec, seen: EtcdSeen, step: EtcdStep): EtcdSeen {
  switch (step.kind) {
    case "apply":
      return step.objects.reduce((before, object) => applied(spec, before, object), seen);
    case "delete":
      return deleted(seen, step.target.type.kind, step.uid);
    case "command":
      return expectCommand(spec, seen, step.command);
    case "wait":
      return settle(spec, seen);
  }
}

function applied(spec: EtcdSpec, seen: EtcdSeen, object: KubeObject): EtcdSeen {
  switch (object.kind) {
    case "ConfigMap":
      return { ...seen, config: configOf(object) };
    case "StatefulSet":
      return withStatefulSet(spec, seen, object);
    case "Job":
      return { ...seen, ...begun(seen, object) };
    case "PersistentVolumeClaim":
      return withClaim(spec, seen, object);
    default:
      return {
        ...seen,
        drifted: seen.drifted.filter((name) => name !== describeObject(object)),
        foreign: seen.foreign.filter((name) => name !== describeObject(object)),
      };
  }
}

function configOf(map: KubeObject): ConfigSeen {
  const annotations = map.metadata.annotations ?? {};
  return {
    clusterId: annotations[clusterIdAnnotation],
    modes: parseOrdinals(annotations[modesAnnotation]),
    restarts: parseOrdinals(annotations[restartsAnnotation]),
    version: markedVersion(map),
    replacedBy: annotations[replacedByAnnotation],
    current: true,
  };
}

/**
 * A changed template makes every pod outdated, except those that run the version it goes back to; fewer replicas make pods go, more make
 * them appear when the cluster settles.
 */
function withStatefulSet(spec: EtcdSpec, seen: EtcdSeen, set: KubeObject): EtcdSeen {
  const before = seen.statefulSet;
  const replicas = numberField(set["spec"], "replicas");
  const version = markedVersion(set);
  const otherVersion = before !== undefined && before.version !== undefined && before.version !== version;
  const runs = (ordinal: number): string | undefined =>
    seen.endpoints.find((endpoint) => endpoint.ordinal === ordinal)?.version;
  const pods = seen.pods.map((pod) => ({
    ...pod,
    outdated: otherVersion ? runs(pod.ordinal) !== version : pod.outdated || before?.current === false,
    terminating: pod.terminating || pod.ordinal >= replicas,
  }));
  return {
    ...(replacesAll(replicas) ? withoutMembers(seen) : seen),
    pods,
    statefulSet: {
      uid: before?.uid ?? "",
      replicas,
      current: true,
      observed: false,
      claimSize: before?.claimSize ?? spec.storage.size,
      version,
      image: imageOf(set),
    },
  };
}

/** No scale ends with none: that is how a database gives way to another's data. */
const replacesAll = (replicas: number): boolean => replicas === 0;

function withoutMembers(seen: EtcdSeen): EtcdSeen {
  return { ...seen, endpoints: [], membership: { known: false, why: "all members have stopped" } };
}

function withClaim(spec: EtcdSpec, seen: EtcdSeen, object: KubeObject): EtcdSeen {
  const requested = textField(field(field(object["spec"], "resources"), "requests"), "storage");
  const ordinal = ordinalOf(spec, object.metadata.name.slice("data-".length));
  return {
    ...seen,
    claims: seen.claims.map((claim) =>
      claim.ordinal === ordinal
        ? {
            ...claim,
            ours: true,
            ...marksIn(object.metadata.annotations),
            requested,
            requestedBytes: parseQuantity(requested) ?? 0,
          }
        : claim,
    ),
  };
}

function deleted(seen: EtcdSeen, kind: string, uid: string): EtcdSeen {
  if (kind === "Job") return seen.seed === undefined ? seen : { ...seen, seed: { ...seen.seed, fill: undefined } };
  if (kind === "StatefulSet") {
    // Its pods are orphaned.
    return { ...seen, statefulSet: undefined, pods: seen.pods.map(({ setUid: _, ...pod }) => pod) };
  }
  const pods = seen.pods.map((pod) =>
    pod.uid === uid ? { ...pod, terminating: true, ready: false, running: false } : pod,
  );
  const gone = pods.filter((pod) => pod.uid === uid).map((pod) => pod.ordinal);
  return {
    ...seen,
    pods,
    claims: seen.claims.map((claim) => (claim.uid === uid ? { ...claim, terminating: true } : claim)),
    endpoints: seen.endpoints.filter((endpoint) => !gone.includes(endpoint.ordinal)),
  };
}
