/** Every error this program raises on purpose, with the reason the caller and the exit code depend on. A leaf: imports nothing. */

/**
 * Why something failed, in Kubernetes' CamelCase. Branch on this, never on message text.
 * `cli/exit-code.ts` gives each its exit code.
 */
export type Reason =
  | "Usage" // the command line, an input file or a spec is wrong
  | "Unreachable" // the API server was never reached
  | "Unauthorized"
  | "Forbidden" // RBAC: rights are missing
  | "NotFound"
  | "AlreadyExists"
  | "Conflict" // field manager or resourceVersion conflict
  | "Invalid" // the API server refused the object (422, strict field validation, admission)
  | "Timeout" // waited and gave up; the state is resumable
  | "Locked" // another run holds the Lease
  | "LockLost" // our Lease could not be renewed in time
  | "Refused" // a guard or precondition said no
  | "NotApplicable" // the verb has no meaning for this engine
  | "OperationFailed" // the operation ended in a failed state
  | "Interrupted"
  | "Unknown" // a request or exec whose outcome was not seen
  | "ServerError"
  | "Internal";

/** What may accompany a {@link DbopError}. */
export interface ErrorDetails {
  /** What to do about it: a command, a flag, a place to look. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** Settled: looking again can't cure it. */
  readonly final?: boolean;
  /** One line each: several problems found at once (missing rights, bad fields). */
  readonly problems?: readonly string[];
}

/**
 * A failure a user can act on. `message` is lower-case, without a full stop, and never holds a secret:
 * whoever builds it redacts first.
 */
export class DbopError extends Error {
  readonly reason: Reason;
  readonly hint: string | undefined;
  readonly problems: readonly string[];
  readonly final: boolean;

  constructor(reason: Reason, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "DbopError";
    this.reason = reason;
    this.hint = details.hint;
    this.problems = details.problems ?? [];
    this.final = details.final ?? false;
  }
}

/** Whether `error` is a {@link DbopError} with one of `reasons` (any reason when none is given). */
export function isDbopError(error: unknown, ...reasons: readonly Reason[]): error is DbopError {
  return error instanceof DbopError && (reasons.length === 0 || reasons.includes(error.reason));
}
