/** How the lists and maps of a kind merge under server-side apply: by key, as a set, or whole. */
import { at, fieldsOf, isFields, listOf, textOf, type Fields } from "./json.ts";
import type { KindFacts } from "./catalog.ts";

export type Shape = "granular" | "atomic" | "set" | { readonly keys: Readonly<Record<string, unknown>> };

/** The shape of the list or map at a path of field names; items of lists have no element of their own in it. */
export type Shapes = (names: readonly string[]) => Shape;

/** Key fields with the default that stands in when one is left out. */
const listKeys: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  conditions: { type: undefined },
  containers: { name: undefined },
  env: { name: undefined },
  ephemeralContainers: { name: undefined },
  hostAliases: { ip: undefined },
  imagePullSecrets: { name: undefined },
  initContainers: { name: undefined },
  ownerReferences: { uid: undefined },
  topologySpreadConstraints: { topologyKey: undefined, whenUnsatisfiable: undefined },
  volumeDevices: { devicePath: undefined },
  volumeMounts: { mountPath: undefined },
  volumes: { name: undefined },
};

const atomicMaps = new Set([
  "selector",
  "nodeSelector",
  "labelSelector",
  "fieldRef",
  "secretKeyRef",
  "configMapKeyRef",
  "resourceFieldRef",
]);

/** The shapes of a kind. Kinds nobody described merge their conditions and owners by key, other lists whole. */
export function shapesOf(kind: string, facts: KindFacts): Shapes {
  const { schema } = facts;
  return (names) => {
    const inMetadata = names[0] === "metadata";
    if (schema !== undefined && !inMetadata) return shapeInSchema(schema, names);
    return builtInShape(kind, names);
  };
}

function builtInShape(kind: string, names: readonly string[]): Shape {
  const last = names.at(-1) ?? "";
  if (last === "finalizers" && names[0] === "metadata") return "set";
  if (last === "ports")
    return { keys: { [kind === "Service" ? "port" : "containerPort"]: undefined, protocol: "TCP" } };
  const keys = listKeys[last];
  if (keys !== undefined) return { keys };
  return atomicMaps.has(last) ? "atomic" : "granular";
}

function shapeInSchema(schema: Fields, names: readonly string[]): Shape {
  const node = names.reduce<Fields>((parent, name) => childOf(itemsOf(parent), name), schema);
  const listType = textOf(node["x-kubernetes-list-type"]);
  if (listType === "map") return { keys: keysOf(node) };
  if (listType === "set") return "set";
  return node["x-kubernetes-map-type"] === "atomic" ? "atomic" : "granular";
}

const itemsOf = (node: Fields): Fields => (isFields(node["items"]) ? node["items"] : node);

function childOf(node: Fields, name: string): Fields {
  const property = at(node, "properties", name);
  return isFields(property) ? property : fieldsOf(node["additionalProperties"]);
}

function keysOf(node: Fields): Record<string, unknown> {
  const keys: Record<string, unknown> = {};
  for (const key of listOf(node["x-kubernetes-list-map-keys"]))
    keys[String(key)] = at(node, "items", "properties", String(key), "default");
  return keys;
}
