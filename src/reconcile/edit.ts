/** How a verb edits the spec: server-side apply of the fields this manager owns, with some changed. */
import { DbopError } from "../errors.ts";
import { field, fieldsOf, textField } from "../kube/fields.ts";
import type { KubeObject } from "../kube/objects.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * The intent to apply so that `change` is made and nothing else: every spec field that `manager` owns by apply, as it is now, and the
 * changed ones. Leaving an owned field out would delete it (Kubernetes, server-side apply).
 */
export function editIntent(object: KubeObject, manager: string, change: Fields): KubeObject {
  const owned = ownedFields(object["spec"], specOwnership(object, manager));
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      name: object.metadata.name,
      ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
    },
    spec: merge(owned, change),
  };
}

/** The intent that gives up the spec field `name`. Throws `Refused` where somebody else has it in theirs: it would stay. */
export function withoutField(object: KubeObject, manager: string, name: string): KubeObject {
  const others = (object.metadata.managedFields ?? []).filter(
    (item) =>
      field(item, "manager") !== manager && field(field(field(item, "fieldsV1"), "f:spec"), `f:${name}`) !== undefined,
  );
  if (others.length > 0) {
    const names = others.map((item) => textField(item, "manager")).join(", ");
    throw new DbopError("Refused", `spec.${name} of ${object.metadata.name} is ${names}'s: it has to go there`);
  }
  const intent = editIntent(object, manager, {});
  const { [name]: _, ...spec } = fieldsOf(intent["spec"]);
  return { ...intent, spec };
}

function specOwnership(object: KubeObject, manager: string): unknown {
  const entry = (object.metadata.managedFields ?? []).find(
    (item) =>
      field(item, "manager") === manager &&
      field(item, "operation") === "Apply" &&
      field(item, "subresource") === undefined,
  );
  return field(field(entry, "fieldsV1"), "f:spec");
}

/** The part of `value` that fieldsV1 `owned` names. Leaves and lists are taken whole. */
function ownedFields(value: unknown, owned: unknown): unknown {
  const names = Object.keys(typeof owned === "object" && owned !== null ? owned : {}).filter((key) =>
    key.startsWith("f:"),
  );
  if (names.length === 0 || typeof value !== "object" || value === null || Array.isArray(value))
    return owned === undefined ? undefined : value;
  return Object.fromEntries(
    names
      .map((key) => [key.slice(2), ownedFields(field(value, key.slice(2)), field(owned, key))])
      .filter(([, part]) => part !== undefined),
  );
}

/** `over` laid over `base`, map by map; anything else is replaced. */
export function merge(base: unknown, over: unknown): unknown {
  if (!isMap(base) || !isMap(over)) return over ?? base;
  const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries([...keys].map((key) => [key, key in over ? merge(base[key], over[key]) : base[key]]));
}

function isMap(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
