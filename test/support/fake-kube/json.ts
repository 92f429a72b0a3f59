/** Reading, copying and comparing JSON whose shape is not known to the compiler. */
import type { Json, KubeObject } from "../../../src/kube/objects.ts";

export type Fields = Record<string, unknown>;

/** An object that is still being written; once stored it is frozen and read as a KubeObject. */
export interface Draft {
  apiVersion: string;
  kind: string;
  metadata: DraftMeta;
  [field: string]: unknown;
}

export interface DraftMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: readonly Json[];
  finalizers?: string[];
  managedFields?: readonly Json[];
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
export const numberOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);

/** The value under `path`; undefined when any part of it is absent. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((inner, key) => (isFields(inner) ? inner[key] : undefined), value);
}

/** Sets the value under `path` in place, making the objects in between. */
export function put(target: Fields, path: readonly [string, ...string[]], value: unknown): void {
  const [key, next, ...rest] = path;
  if (next === undefined) {
    target[key] = value;
    return;
  }
  const child = fieldsOf(target[key]);
  target[key] = child;
  put(child, [next, ...rest], value);
}

/** Sets those of `values` that `target` does not have. */
export function fill(target: Fields, values: Fields): void {
  for (const [field, value] of Object.entries(values)) if (target[field] === undefined) target[field] = value;
}

/** A deep copy as a JSON round trip would give it: `undefined` members are left out. */
export function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => copyOf(item ?? null));
  if (!isFields(value)) return value;
  const copy: Fields = {};
  for (const [key, member] of Object.entries(value)) if (member !== undefined) copy[key] = copyOf(member);
  return copy;
}

export function draftOf(object: KubeObject): Draft {
  const copy = copyOf(object);
  if (isDraft(copy)) return copy;
  throw new TypeError(`not a Kubernetes object: ${JSON.stringify(object)}`);
}

function isDraft(value: unknown): value is Draft {
  return isFields(value) && typeof value["kind"] === "string" && isFields(value["metadata"]);
}

/** Freezes `value` to its last leaf, so that nobody can edit the store through what was read from it. */
export function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
  return value;
}

export function equal(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left))
    return Array.isArray(right) && left.length === right.length && left.every((item, i) => equal(item, right[i]));
  if (!isFields(left) || !isFields(right)) return false;
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => key in right && equal(left[key], right[key]));
}
