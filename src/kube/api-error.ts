/**
 * Turns a refusal of the API server into a {@link DbopError}: the one place that knows what HTTP codes mean to us.
 */
import { DbopError } from "../errors.ts";
import type { Reason } from "../errors.ts";
import { fieldConflict, parseStatus, problemsOf } from "./api-status.ts";
import type { ApiStatus } from "./api-status.ts";
import type { ResourceType } from "./objects.ts";
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

/** Whether a 404 is about the object itself (or its namespace), not about its whole type. */
export function saysObjectNotFound(answer: RefusedAnswer): boolean {
  return answer.status === 404 && (parseStatus(answer.body)?.name ?? "") !== "";
}

/** The error for a refused request. Its message is the server's, after what was being done; secrets are removed. */
export function apiError(answer: RefusedAnswer, attempted: Attempted): DbopError {
  const status = parseStatus(answer.body);
  const secrets = attempted.secrets ?? [];
  const reason = reasonOf(answer.status, status, attempted.safe);
  const message = messageOf(answer, status, attempted);
  const hint = fieldConflict(status) ? conflictHint : hintFor(reason, message, answer.status);
  return new DbopError(reason, redactText(`${attempted.doing}: ${message}`, secrets), {
    ...(hint !== undefined && { hint }),
    problems: (status === undefined ? [] : problemsOf(status)).map((problem) => redactText(problem, secrets)),
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
  if (otherUid(status)) return "Conflict";
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

/** An apply or update whose uid, a precondition, is not that of the object there: 422, since the field may not change. */
function otherUid(status: ApiStatus | undefined): boolean {
  return status?.causes.some((cause) => cause.field === "metadata.uid") ?? false;
}

function messageOf(answer: RefusedAnswer, status: ApiStatus | undefined, { type }: Attempted): string {
  const aboutType = answer.status === 404 && (status === undefined || status.name === "");
  if (aboutType && type !== undefined)
    return `the server doesn't have a resource type "${type.plural}" in ${type.apiVersion}`;
  if (status !== undefined && status.message !== "") return status.message;
  const words = status?.reason ?? firstWords(answer.body);
  return `the server answered ${answer.status}${words === "" ? "" : `: ${words}`}`;
}

/** Of a body that is no `Status`. Markup and half an object explain nothing. */
function firstWords(body: string): string {
  const firstLine = body.trim().split("\n", 1)[0] ?? "";
  return /^[<{]/.test(firstLine) ? "" : firstLine.slice(0, 200);
}

const conflictHint =
  "leave these fields out, or set them to the value the other manager wants so that both own them, or take them over with --force-conflicts";

function hintFor(reason: Reason, message: string, code: number): string | undefined {
  if (reason === "Unauthorized")
    return "the credentials of this context were not accepted: log in again or choose another --context";
  if (reason === "Forbidden" && / cannot \S+ resource /.test(message))
    return "kubectl dbop VERB --print-rbac prints the Role that a verb needs";
  if (reason === "NotFound" && message.includes("resource type"))
    return "is its CustomResourceDefinition installed? kubectl api-resources lists what is";
  if (reason === "Unknown")
    return "the change may or may not have been made: run the same command again, it goes on from what it finds";
  return code === 429 ? "the API server limits requests: try again in a while" : undefined;
}
