/** Owner references, and finding an object by the kind and name one gives. */
import type { Json, KubeObject, ObjectRef } from "../../../../src/kube/objects.ts";
import { at, fieldsOf, listOf, type Fields } from "../json.ts";
import type { World } from "../world.ts";

export const ownersOf = (object: KubeObject): readonly Fields[] =>
  listOf(object.metadata.ownerReferences).map(fieldsOf);

export const controllerOf = (object: KubeObject): Fields | undefined =>
  ownersOf(object).find((owner) => owner["controller"] === true);

export const ownerReference = (owner: KubeObject): Json => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid ?? "",
  controller: true,
  blockOwnerDeletion: true,
});

/** Every object with its reference, whatever its type. */
export const everything = ({ server }: World): readonly (ObjectRef & { readonly object: KubeObject })[] =>
  server.store.everything().map(({ type, object }) => ({ ...refTo(object, type), object }));

export const refTo = (object: KubeObject, type: ObjectRef["type"]): ObjectRef => ({
  type,
  name: object.metadata.name,
  ...(object.metadata.namespace !== undefined && { namespace: object.metadata.namespace }),
});

/** Whether a pod runs and passes its readiness probe. */
export const isReady = (pod: KubeObject): boolean =>
  listOf(at(pod["status"], "conditions")).some((one) => at(one, "type") === "Ready" && at(one, "status") === "True");

export const isTerminating = (object: KubeObject): boolean => object.metadata.deletionTimestamp !== undefined;
