/** What of an object a write leaves as it was, and what it moves on. */
import { at, copyOf, draftOf, equal, fieldsOf, type Draft } from "./json.ts";
import type { KindFacts } from "./catalog.ts";

/** A copy of `old` with the status of `sent`: all that a write through the status subresource can change. */
export function withStatusOf(sent: Draft, old: Draft): Draft {
  const copy = draftOf(old);
  delete copy["status"];
  return sent["status"] === undefined ? copy : { ...copy, status: sent["status"] };
}

const serverFields = [
  "uid",
  "creationTimestamp",
  "generation",
  "resourceVersion",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
] as const;

/** Lays the fields that a write of the main resource cannot change over what the client sent. */
export function keepServerFields(draft: Draft, old: Draft, facts: KindFacts): void {
  for (const field of serverFields)
    if (old.metadata[field] !== undefined) Object.assign(draft.metadata, { [field]: old.metadata[field] });
  if (!facts.hasStatus) return;
  if (old["status"] === undefined) delete draft["status"];
  else draft["status"] = old["status"];
}

/** Counts up when anything but metadata and status changed. */
export function nextGeneration(draft: Draft, old: Draft | undefined, facts: KindFacts): number {
  if (old?.metadata.generation === undefined) return 1;
  const counted = ({ metadata: _, status, ...spec }: Draft): unknown => (facts.hasStatus ? spec : { ...spec, status });
  return old.metadata.generation + (equal(copyOf(counted(draft)), copyOf(counted(old))) ? 0 : 1);
}

/** An object as far as it matters for whether a write changes anything. */
export function withoutTimes(object: unknown): unknown {
  const { managedFields, ...metadata } = fieldsOf(at(object, "metadata"));
  const entries = Array.isArray(managedFields) ? managedFields.map((entry) => ({ ...fieldsOf(entry), time: "" })) : [];
  return { ...fieldsOf(object), metadata: { ...metadata, managedFields: entries } };
}
