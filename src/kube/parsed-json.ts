/** The doors from parsed JSON, which may be anything, to the types the rest of the client works with; single fields: `fields.ts`. */
import { field, textField } from "./fields.ts";
import type { KubeObject } from "./objects.ts";

export type JsonRecord = Readonly<Record<string, unknown>>;

/** Whether `value` is a JSON object (not an array, not null). */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether `value` has what every object of the API has. Reviews (SelfSubjectAccessReview) come back without a name. */
export function isKubeObject(value: unknown): value is KubeObject {
  return textField(value, "apiVersion") !== "" && textField(value, "kind") !== "" && isRecord(field(value, "metadata"));
}

/** `JSON.parse` that answers undefined to text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // proxies and old endpoints answer text or HTML: the caller decides what that means
  }
}
