/** All that a database is made of, without what differs between two that are the same: for comparing end states. */
import { field } from "../../../src/kube/fields.ts";
import { types, type KubeObject, type ResourceType } from "../../../src/kube/objects.ts";
import { admin } from "./cluster.ts";
import { database } from "./database.ts";
import type { Target } from "./dbop.ts";

const kinds: readonly ResourceType[] = [
  types.statefulSet,
  types.service,
  types.configMap,
  types.secret,
  types.podDisruptionBudget,
  types.claim,
  types.lease,
];

const volatileFields: ReadonlySet<string> = new Set([
  "uid",
  "resourceVersion",
  "creationTimestamp",
  "managedFields",
  "generation",
  "clusterIP",
  "clusterIPs",
  "volumeName",
  "lastTransitionTime",
  "lastReconcileTime",
  "history",
  "observedGeneration",
]);

/** Equal for two databases of one name that are in the same state, wherever they are. Ids are blanked, secret data left out. */
export async function shapeOf(target: Target): Promise<unknown> {
  const { kube } = await admin();
  const { namespace } = target;
  const lists = await Promise.all(kinds.map((type) => kube.list(type, { namespace })));
  const objects = lists.flatMap(({ items }) => items).filter(({ metadata }) => metadata.name !== "kube-root-ca.crt");
  const pods = await kube.list(types.pod, { namespace });
  const { spec, status } = await database(target);
  const shape = {
    spec,
    status,
    objects: Object.fromEntries(objects.map((object) => [`${object.kind} ${object.metadata.name}`, essence(object)])),
    pods: pods.items.map(({ metadata }) => metadata.name).toSorted(),
  };
  return JSON.parse(
    blank(
      JSON.stringify(shape, (key, value: unknown) => (volatileFields.has(key) ? undefined : value)),
      namespace,
    ),
  );
}

function essence(object: KubeObject): unknown {
  const { status: _, ...rest } = object;
  if (object.kind !== "Secret") return rest;
  return { ...rest, data: Object.keys({ ...asObject(field(object, "data")) }).toSorted() };
}

function asObject(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}

function blank(text: string, namespace: string): string {
  return text
    .replaceAll(namespace, "NAMESPACE")
    .replaceAll(/(?<="dbop.dev\/rotation":")[0-9a-f]+/gu, "OPERATION")
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gu, "UID")
    .replaceAll(/(?<![0-9a-f])[0-9a-f]{13,16}(?![0-9a-f])/gu, "ID");
}
