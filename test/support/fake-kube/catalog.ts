/** What the server knows of a kind: built in, or taken from a CustomResourceDefinition in the store. */
import type { KubeObject, ResourceType } from "../../../src/kube/objects.ts";
import { groupOf, versionOf } from "./api-errors.ts";
import { at, fieldsOf, isFields, listOf, type Fields } from "./json.ts";

export interface KindFacts {
  /** Whether spec and status are written through different paths. */
  readonly hasStatus: boolean;
  /** Whether metadata.generation counts changes of the spec. */
  readonly hasGeneration: boolean;
  /** The structural schema, for kinds that a CRD defines. */
  readonly schema?: Fields;
  /** Built-in kinds have defaults, immutable fields and fixed list keys of their own. */
  readonly builtIn: boolean;
}

const status = { hasStatus: true, hasGeneration: false, builtIn: true };
const plain = { hasStatus: false, hasGeneration: false, builtIn: true };
const workload = { hasStatus: true, hasGeneration: true, builtIn: true };

const builtIn: Readonly<Record<string, KindFacts>> = {
  "/Pod": workload,
  "/Service": status,
  "/ConfigMap": plain,
  "/Secret": plain,
  "/ServiceAccount": plain,
  "/PersistentVolumeClaim": status,
  "/PersistentVolume": status,
  "/Namespace": status,
  "/Node": status,
  "apps/StatefulSet": workload,
  "apps/Deployment": workload,
  "batch/Job": workload,
  "batch/CronJob": workload,
  "policy/PodDisruptionBudget": workload,
  "networking.k8s.io/NetworkPolicy": { ...plain, hasGeneration: true },
  "autoscaling/HorizontalPodAutoscaler": status,
  "events.k8s.io/Event": plain,
  "storage.k8s.io/StorageClass": plain,
  "coordination.k8s.io/Lease": plain,
  "rbac.authorization.k8s.io/Role": plain,
  "rbac.authorization.k8s.io/RoleBinding": plain,
  "apiextensions.k8s.io/CustomResourceDefinition": workload,
};

/** The facts about a kind; undefined when it is neither built in nor defined by one of `crds`. */
export function factsOf(
  type: Pick<ResourceType, "apiVersion" | "kind">,
  crds: readonly KubeObject[],
): KindFacts | undefined {
  const group = groupOf(type.apiVersion);
  const known = builtIn[`${group}/${type.kind}`];
  if (known !== undefined) return known;
  const crd = crds.find((one) => at(one["spec"], "group") === group && at(one["spec"], "names", "kind") === type.kind);
  const version = listOf(at(crd?.["spec"], "versions")).find(
    (one) => at(one, "name") === versionOf(type.apiVersion) && at(one, "served") === true,
  );
  if (version === undefined) return undefined;
  const schema = at(version, "schema", "openAPIV3Schema");
  return {
    builtIn: false,
    hasGeneration: true,
    hasStatus: isFields(at(version, "subresources", "status")),
    ...(isFields(schema) && { schema }),
  };
}

/** For kinds nobody defined, when the fake is told to take any. */
export const anyKind: KindFacts = { hasStatus: true, hasGeneration: true, builtIn: false };

/** The type that a CRD's first served version defines. */
export function typeOfCrd(crd: KubeObject): ResourceType {
  const spec = fieldsOf(crd["spec"]);
  const version = listOf(spec["versions"]).find((one) => at(one, "served") === true);
  return {
    apiVersion: `${String(spec["group"])}/${String(at(version, "name"))}`,
    kind: String(at(spec, "names", "kind")),
    plural: String(at(spec, "names", "plural")),
    namespaced: spec["scope"] === "Namespaced",
  };
}
