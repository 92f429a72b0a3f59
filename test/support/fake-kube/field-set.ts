/**
 * Sets of fields of an object, as managedFields keeps them. A path is its elements joined by line feeds, each in the
 * FieldsV1 spelling: `f:spec`, `k:{"name":"etcd"}`, `v:"x"`.
 */
import { equal, fieldsOf, isFields, type Fields } from "./json.ts";
import type { Shape, Shapes } from "./shapes.ts";

export type FieldSet = ReadonlySet<string>;

export interface Tree {
  [element: string]: Tree;
}

const childPath = (path: string, element: string): string => (path === "" ? element : `${path}\n${element}`);

/** Fields that belong to the server or name the object: nobody owns them. */
const unowned = new Set(
  [
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
    "selfLink",
  ].map((field) => `f:metadata\nf:${field}`),
)
  .add("f:apiVersion")
  .add("f:kind");

/** Every leaf of `object` that can be owned, with its value; items of keyed lists count as leaves too (value `true`). */
export function leavesOf(object: Fields, shapes: Shapes): ReadonlyMap<string, unknown> {
  const leaves = new Map<string, unknown>();
  const visit = (value: unknown, path: string, names: readonly string[]): void => {
    if (unowned.has(path)) return;
    if (Array.isArray(value) && value.length > 0) {
      visitList(value, path, names, shapes(names));
      return;
    }
    if (isFields(value) && Object.keys(value).length > 0 && shapes(names) !== "atomic") {
      for (const [name, member] of Object.entries(value)) visit(member, childPath(path, `f:${name}`), [...names, name]);
      return;
    }
    if (path !== "f:metadata") leaves.set(path, value);
  };
  const visitList = (items: readonly unknown[], path: string, names: readonly string[], shape: Shape): void => {
    if (shape === "set") for (const item of items) leaves.set(childPath(path, `v:${JSON.stringify(item)}`), true);
    else if (typeof shape === "string") leaves.set(path, items);
    else
      for (const item of items) {
        const itemPath = childPath(path, itemElement(fieldsOf(item), shape.keys));
        leaves.set(itemPath, true);
        for (const [name, member] of Object.entries(fieldsOf(item)))
          visit(member, childPath(itemPath, `f:${name}`), [...names, name]);
      }
  };
  visit(object, "", []);
  return leaves;
}

/** `k:{"containerPort":2379,"protocol":"TCP"}` */
export function itemElement(item: Fields, keys: Readonly<Record<string, unknown>>): string {
  const named = Object.entries(keys)
    .map(([key, fallback]): [string, unknown] => [key, item[key] ?? fallback])
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return `k:${JSON.stringify(Object.fromEntries(named))}`;
}

/** Paths whose value differs, or which only one of the two has. */
export function changedPaths(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): Set<string> {
  const changed = new Set<string>();
  for (const [path, value] of after) if (!before.has(path) || !equal(before.get(path), value)) changed.add(path);
  for (const path of before.keys()) if (!after.has(path)) changed.add(path);
  return changed;
}

/** FieldsV1: the set as a tree, `.` marking an inner node that is itself a member. */
export function toFieldsV1(set: FieldSet): Tree {
  const root: Tree = {};
  for (const path of [...set].sort()) {
    const leaf = path.split("\n").reduce<Tree>((node, element) => (node[element] ??= {}), root);
    leaf["."] = {};
  }
  dropLoneDots(root);
  return root;
}

function dropLoneDots(node: Tree): void {
  if (Object.keys(node).length === 1) delete node["."];
  for (const child of Object.values(node)) dropLoneDots(child);
}

export function fromFieldsV1(tree: unknown): Set<string> {
  const set = new Set<string>();
  const visit = (node: Fields, path: string): void => {
    const names = Object.keys(node);
    if (path !== "" && (names.length === 0 || names.includes("."))) set.add(path);
    for (const name of names) if (name !== ".") visit(fieldsOf(node[name]), childPath(path, name));
  };
  visit(fieldsOf(tree), "");
  return set;
}

/** `.spec.template.spec.containers[name="etcd"].image`, as a conflict is worded. */
export function printPath(path: string): string {
  return path
    .split("\n")
    .map((element) => {
      const text = element.slice(2);
      if (element.startsWith("f:")) return `.${text}`;
      if (element.startsWith("v:")) return `[=${text}]`;
      const keys = Object.entries(fieldsOf(JSON.parse(text)));
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(",")}]`;
    })
    .join("");
}
