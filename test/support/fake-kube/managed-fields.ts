/** metadata.managedFields: who wrote which field last. */
import { changedPaths, fromFieldsV1, leavesOf, toFieldsV1, type FieldSet } from "./field-set.ts";
import type { Json } from "../../../src/kube/objects.ts";
import { listOf, textOf, fieldsOf, type Draft } from "./json.ts";
import type { Shapes } from "./shapes.ts";

/** Who writes, and how. Two entries are the same manager when all of these agree; of one that applies, the version does not count. */
export interface Manager {
  readonly name: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource?: string;
}

export interface Ownership {
  readonly manager: Manager;
  readonly fields: FieldSet;
  readonly time: string;
}

export const sameManager = (left: Manager, right: Manager): boolean =>
  left.name === right.name &&
  left.operation === right.operation &&
  (left.operation === "Apply" || left.apiVersion === right.apiVersion) &&
  (left.subresource ?? "") === (right.subresource ?? "");

export function ownershipsOf(
  object: { readonly metadata: { readonly managedFields?: readonly unknown[] } } | undefined,
): readonly Ownership[] {
  return listOf(object?.metadata.managedFields).map((entry) => {
    const { manager, operation, apiVersion, subresource, time, fieldsV1 } = fieldsOf(entry);
    return {
      manager: {
        name: textOf(manager) ?? "",
        operation: operation === "Apply" ? "Apply" : "Update",
        apiVersion: textOf(apiVersion) ?? "",
        ...(typeof subresource === "string" && { subresource }),
      },
      fields: fromFieldsV1(fieldsV1),
      time: textOf(time) ?? "",
    };
  });
}

/** The entries as the API shows them; those that own nothing are left out. */
export function toManagedFields(ownerships: readonly Ownership[]): Json[] {
  return ownerships
    .filter(({ fields }) => fields.size > 0)
    .map(({ manager, fields, time }) => ({
      manager: manager.name,
      operation: manager.operation,
      apiVersion: manager.apiVersion,
      time,
      fieldsType: "FieldsV1",
      fieldsV1: toFieldsV1(fields),
      ...(manager.subresource !== undefined && { subresource: manager.subresource }),
    }));
}

/** After a create or update by `manager`: what it changed is its own now and nobody else's. */
export function afterUpdate(
  before: Draft | undefined,
  after: Draft,
  manager: Manager,
  now: string,
  shapes: Shapes,
): Ownership[] {
  const now_ = leavesOf(after, shapes);
  const changed = changedPaths(before === undefined ? new Map() : leavesOf(before, shapes), now_);
  const ownerships = ownershipsOf(before);
  if (changed.size === 0) return [...ownerships];
  const present = (path: string): boolean => now_.has(path);
  const mine = ownerships.find((one) => sameManager(one.manager, manager));
  const others = ownerships
    .filter((one) => one !== mine)
    .map((one) => ({ ...one, fields: new Set([...one.fields].filter((path) => !changed.has(path))) }));
  const fields = new Set([...(mine?.fields ?? []), ...changed].filter(present));
  return [...others, { manager, fields, time: now }];
}
