/** The schema of a kind, as its CustomResourceDefinition has it. Pure. */
import { field, fieldsOf, listField, textField } from "../kube/fields.ts";
import type { KubeObject } from "../kube/objects.ts";

/** Of the version the object was read in; undefined when the definition does not serve it. */
export function servedVersion(definition: KubeObject, subject: KubeObject): unknown {
  const version = subject.apiVersion.split("/")[1];
  return listField(definition["spec"], "versions").find(
    (one) => textField(one, "name") === version && field(one, "served") === true,
  );
}

/** The schema below `spec` or `status` of the kind; undefined where there is none. */
export function schemaOf(definition: KubeObject, subject: KubeObject, part: "spec" | "status"): unknown {
  const root = field(field(servedVersion(definition, subject), "schema"), "openAPIV3Schema");
  return field(field(root, "properties"), part);
}

export interface SchemaField {
  /** `spec.storage.size`. */
  readonly path: string;
  readonly schema: unknown;
}

const deepest = 8;

/** Every field below a schema, down to a depth that a person writes. */
export function fieldsBelow(schema: unknown, path: string, depth = 0): readonly SchemaField[] {
  if (depth > deepest) return [];
  const items = field(schema, "items");
  const inner = items === undefined ? [] : fieldsBelow(items, `${path}[]`, depth + 1);
  const own = Object.entries(fieldsOf(field(schema, "properties"))).flatMap(([name, child]) => [
    { path: `${path}.${name}`, schema: child },
    ...fieldsBelow(child, `${path}.${name}`, depth + 1),
  ]);
  return [...own, ...inner];
}

/** The first field, nearest to the top, whose own name is one of `names`. */
export function findField(schema: unknown, path: string, names: RegExp): SchemaField | undefined {
  const depthOf = ({ path: text }: SchemaField): number => text.split(".").length;
  return fieldsBelow(schema, path)
    .filter((one) => names.test(one.path.split(".").at(-1) ?? ""))
    .toSorted((a, b) => depthOf(a) - depthOf(b))[0];
}
