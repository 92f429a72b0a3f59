/** URLs of the Kubernetes API, built without discovery (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris). */
import { DbopError } from "../errors.ts";
import { typeOf } from "./objects.ts";
import type { KubeObject, ObjectRef, ResourceType } from "./objects.ts";

/** Of a query; undefined ones are left out. */
export type Parameters = Readonly<Record<string, string | undefined>>;

/** The path of all objects of a type: in one namespace, or everywhere when it is undefined. */
export function collectionPath(type: ResourceType, namespace: string | undefined): string {
  const root = type.apiVersion.includes("/") ? `/apis/${type.apiVersion}` : `/api/${type.apiVersion}`;
  const scope = type.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${root}${scope}/${type.plural}`;
}

/** The path of one object. Throws `Internal` when a namespaced type comes without a namespace. */
export function objectPath(ref: ObjectRef, subresource?: string): string {
  const collection = collectionPath(ref.type, namespaceOf(ref));
  const below = subresource === undefined ? "" : `/${subresource}`;
  return `${collection}/${encodeURIComponent(ref.name)}${below}`;
}

/** The path one creates the object at. */
export function creationPath(object: KubeObject): string {
  const ref = refOf(object);
  return collectionPath(ref.type, namespaceOf(ref));
}

/** Where an object is. Throws `Internal` for a kind this program does not know: its plural can't be told without discovery. */
export function refOf(object: KubeObject): ObjectRef {
  const type = typeOf(object);
  if (type === undefined) {
    throw new DbopError("Internal", `no resource is known for ${object.apiVersion} ${object.kind}`, {
      hint: "add it to src/kube/objects.ts",
    });
  }
  const { name, namespace } = object.metadata;
  return namespace === undefined ? { type, name } : { type, name, namespace };
}

/** `path?a=1&b=2`, leaving out what is undefined; `path` may have a query already. */
export function withQuery(path: string, parameters: Parameters): string {
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return given.length === 0 ? path : `${path}${path.includes("?") ? "&" : "?"}${given.join("&")}`;
}

function namespaceOf(ref: ObjectRef): string | undefined {
  if (!ref.type.namespaced) return undefined;
  if (ref.namespace === undefined || ref.namespace === "") {
    throw new DbopError("Internal", `${ref.type.kind} ${ref.name} is addressed without a namespace`);
  }
  return ref.namespace;
}
