/**
 * Turns a refusal of the API server into a {@link DbopError}: the one place that knows HTTP codes and `Status` reasons
 * (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/).
 */
import { DbopError } from "../errors.ts";
import type { Reason } from "../errors.ts";
import { field, listField, textField } from "./fields.ts";
import type { ResourceType } from "./objects.ts";
import { parseJson } from "./parsed-json.ts";
import { redactText } from "./redact.ts";

/** An answer with a code of 400 or above. */
export interface RefusedAnswer {
  readonly status: number;
  readonly body: string;
}

/** What was asked, as far as the error should tell. */
export interface Attempted {
  /** Verb and object: `apply statefulset.apps/demo`. */
  readonly doing: string;
  /** Whether it changes nothing: only then does a lost or late answer leave nothing unknown. */
  readonly safe: boolean;
  /** Values that must not appear, see `secretValues`. */
  readonly secrets?: readonly string[];
  readonly type?: ResourceType;
}

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

/** Whether a 404 is about the object itself (or its namespace), not about its whole type. */
export function saysObjectNotFound(answer: RefusedAnswer): boolean {
  return answer.status === 404 && (parseStatus(answer.body)?.name ?? "") !== "";
}

/** The error for a refused request. Its message is the server's, after what was being done; secrets are removed. */
export function apiError(answer: RefusedAnswer, attempted: Attempted): DbopError {
  const status = parseStatus(answer.body);
  const secrets = attempted.secrets ?? [];
  const reason = reasonOf(answer.status, status, attempted.safe);
  const conflict = status?.causes.some((cause) => cause.reason === "FieldManagerConflict") ?? false;
  const message =
    status?.message === undefined || status.message === "" ? plainMessage(answer, status, attempted) : status.message;
  const hint = conflict ? conflictHint : hintFor(reason, message, answer.status);
  return new DbopError(reason, redactText(`${attempted.doing}: ${message}`, secrets), {
    ...(hint !== undefined && { hint }),
    problems: problemsOf(status, conflict).map((problem) => redactText(problem, secrets)),
  });
}

const reasons: Readonly<Record<number, Reason>> = {
  400: "Invalid",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  412: "Conflict",
  413: "Invalid",
  422: "Invalid",
};

function reasonOf(code: number, status: ApiStatus | undefined, safe: boolean): Reason {
  if (!safe && outcomeUnseen(code, status)) return "Unknown";
  if (code === 409 && status?.reason === "AlreadyExists") return "AlreadyExists";
  return notDeclared(code, status) ? "Invalid" : (reasons[code] ?? "ServerError");
}

/** A gateway or etcd gave up waiting; the write may be done later or be done already. */
function outcomeUnseen(code: number, status: ApiStatus | undefined): boolean {
  if (code === 408 || code === 502 || code === 504) return true;
  return code === 500 && /etcdserver: (request timed out|leader changed)/.test(status?.message ?? "");
}

/** Server-side apply answers 500 without a reason to a field its schema lacks (structured-merge-diff's conversion error). */
function notDeclared(code: number, status: ApiStatus | undefined): boolean {
  return code === 500 && /failed to create typed patch object/.test(status?.message ?? "");
}

function plainMessage(answer: RefusedAnswer, status: ApiStatus | undefined, { type }: Attempted): string {
  if (answer.status === 404 && type !== undefined)
    return `the server doesn't have a resource type "${type.plural}" in ${type.apiVersion}`;
  if (status !== undefined) return `the server answered ${answer.status} ${status.reason}`.trimEnd();
  const firstLine = answer.body.trim().split("\n", 1)[0] ?? "";
  const text = firstLine.startsWith("<") || firstLine.startsWith("{") ? "" : `: ${firstLine.slice(0, 200)}`;
  return `the server answered ${answer.status}${text === ": " ? "" : text}`;
}

const conflictHint =
  "leave these fields out, or set them to the value the other manager wants so that both own them, or take them over with --force-conflicts";

function hintFor(reason: Reason, message: string, code: number): string | undefined {
  if (reason === "Unauthorized")
    return "the credentials of this context were not accepted: log in again or choose another --context";
  if (reason === "Forbidden" && / cannot \S+ resource /.test(message))
    return "--print-rbac prints the Role this command needs";
  if (reason === "NotFound" && message.includes("resource type"))
    return "is its CustomResourceDefinition installed? kubectl api-resources lists what is";
  if (reason === "Unknown")
    return "the change may or may not have been made: run the same command again, it goes on from what it finds";
  return code === 429 ? "the API server limits requests: try again in a while" : undefined;
}

function problemsOf(status: ApiStatus | undefined, conflict: boolean): readonly string[] {
  if (status === undefined) return [];
  if (conflict)
    return status.causes.map((cause) => `${cause.field}: ${cause.message.replace(/^conflict with /, "managed by ")}`);
  if (status.causes.length > 0)
    return status.causes.map((cause) => (cause.field === "" ? cause.message : `${cause.field}: ${cause.message}`));
  return strictDecodingProblems(status.message);
}

/** `strict decoding error: unknown field "spec.a", duplicate field "spec.b"`: one problem each. */
function strictDecodingProblems(message: string): readonly string[] {
  const [, list] = /strict decoding error: (.*)$/s.exec(message) ?? [];
  return list === undefined ? [] : list.split(/, (?=unknown field |duplicate field |json: )/);
}
