/** The exit codes: a contract with scripts. `docs/exit-codes.md` and every help text say the same. */
import type { Reason } from "../errors.ts";

export const ExitCode = {
  /** Done, or nothing to do. */
  Done: 0,
  /** A general or server error. */
  Failure: 1,
  /** The command line or an input file is wrong, or the cluster was never reached. */
  Usage: 2,
  /** Nothing changed: only with `--error-unchanged`. */
  Unchanged: 3,
  /** Waited and gave up; the same command goes on. */
  Timeout: 4,
  /** Another run holds the lock, or took ours. */
  Locked: 5,
  /** A field-manager or resourceVersion conflict. */
  Conflict: 6,
  /** Credentials refused, or rights missing. */
  Forbidden: 7,
  /** A guard or precondition said no, or the verb has no meaning for this engine. */
  Refused: 8,
  /** The operation ended in a failed state. */
  OperationFailed: 9,
  /** A check failed. */
  ChecksFailed: 10,
  /** No check failed; warnings or unknowns that were to count. */
  ChecksDoubtful: 11,
  Interrupted: 130,
  Terminated: 143,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

const byReason = {
  Usage: ExitCode.Usage,
  Unreachable: ExitCode.Usage,
  Unauthorized: ExitCode.Forbidden,
  Forbidden: ExitCode.Forbidden,
  NotFound: ExitCode.Failure,
  AlreadyExists: ExitCode.Failure,
  Conflict: ExitCode.Conflict,
  Invalid: ExitCode.Failure,
  Timeout: ExitCode.Timeout,
  Locked: ExitCode.Locked,
  LockLost: ExitCode.Locked,
  Refused: ExitCode.Refused,
  NotApplicable: ExitCode.Refused,
  OperationFailed: ExitCode.OperationFailed,
  Interrupted: ExitCode.Interrupted,
  Unknown: ExitCode.Failure,
  ServerError: ExitCode.Failure,
  Internal: ExitCode.Failure,
} as const satisfies Record<Reason, ExitCode>;

/** The code a failure of `reason` ends with. */
export function exitCodeOf(reason: Reason): ExitCode {
  return byReason[reason];
}

/** How runs end that did not fail: the other endings of a pass. */
const byOutcome = {
  Converged: ExitCode.Done,
  Planned: ExitCode.Done,
  Progressing: ExitCode.Timeout,
  Blocked: ExitCode.Refused,
  Failed: ExitCode.OperationFailed,
} as const;

/** The code a run ends with; `Unchanged` only where it was asked for. */
export function exitCodeOfRun(
  result: { readonly outcome: keyof typeof byOutcome; readonly changed?: boolean },
  errorUnchanged: boolean,
): ExitCode {
  if (errorUnchanged && result.outcome === "Converged" && result.changed === false) return ExitCode.Unchanged;
  return byOutcome[result.outcome];
}
