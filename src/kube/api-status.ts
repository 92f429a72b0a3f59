/**
 * What an API server says with a `Status`, read and taken apart. Pure
 * (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/).
 */
import { field, listField, textField } from "./fields.ts";
import { parseJson } from "./parsed-json.ts";

interface StatusCause {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

/** The fields of a `Status` that matter here; undefined when the body is something else (a proxy's page, `404 page not found`). */
export interface ApiStatus {
  readonly reason: string;
  readonly message: string;
  /** Name of the object in question; "" when it is about a whole resource type. */
  readonly name: string;
  readonly causes: readonly StatusCause[];
}

/** Reads a `Status` from an answer's body. */
export function parseStatus(body: string): ApiStatus | undefined {
  return statusOf(parseJson(body));
}

/** Reads a `Status` from parsed JSON. */
export function statusOf(value: unknown): ApiStatus | undefined {
  if (textField(value, "kind") !== "Status") return undefined;
  const details = field(value, "details");
  return {
    reason: textField(value, "reason"),
    message: textField(value, "message"),
    name: textField(details, "name"),
    causes: listField(details, "causes").map((cause) => ({
      reason: textField(cause, "reason"),
      field: textField(cause, "field"),
      message: textField(cause, "message"),
    })),
  };
}

/** Whether fields of a server-side apply belong to other managers. */
export function fieldConflict(status: ApiStatus | undefined): boolean {
  return status?.causes.some((cause) => cause.reason === "FieldManagerConflict") ?? false;
}

/** Each problem the server found, one line, with its field: conflicts with their manager, validation causes, unknown fields. */
export function problemsOf(status: ApiStatus): readonly string[] {
  if (fieldConflict(status))
    return status.causes.map((cause) => `${cause.field}: ${cause.message.replace(/^conflict with /, "managed by ")}`);
  if (status.causes.length === 0) return [...strictDecodingProblems(status.message), ...typingProblems(status.message)];
  const lines = status.causes.map(({ field: path, message }) => (path === "" ? message : `${path}: ${message}`));
  return [...new Set(lines)];
}

/** `…: strict decoding error: unknown field "spec.a", duplicate field "spec.b"`. */
function strictDecodingProblems(message: string): readonly string[] {
  const [, list] = /strict decoding error: (.*)$/s.exec(message) ?? [];
  return list === undefined ? [] : list.split(/, (?=unknown field |duplicate field |json: )/);
}

/** `failed to create typed patch object (demo/a; v1, Kind=ConfigMap): .foo: …`, or `errors:` and one indented line each. */
function typingProblems(message: string): readonly string[] {
  const [, found] = /failed to create typed patch object \(.*?\): (?:errors:\s*)?(.*)$/s.exec(message) ?? [];
  return found === undefined ? [] : found.split("\n").map((line) => line.trim());
}
