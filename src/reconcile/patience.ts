/** How often a run looks again after a failure before it gives up. */
import { isDbopError, type DbopError } from "../errors.ts";
import type { Clock } from "./clock.ts";

/** With pauses of 0.5, 1, 2, 4, 5, 5, 5 seconds: an API server that restarts is outlived. */
const patient = 8;
/** A refusal by the engine itself is rarely cured by asking again. */
const impatient = 3;
/** More things than a step changes: whatever fails each time in another way does not get on either. */
const mostThings = 12;

/** Whether `error` is one of a bad moment, whatever was asked for. A conflict that names its fields is none: it stays until somebody yields. */
export function mayPass(error: unknown): error is DbopError {
  if (isDbopError(error, "Conflict")) return error.problems.length === 0;
  return isDbopError(error, "Unknown", "ServerError", "Unreachable");
}

export class Patience {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  /** By what failed. */
  readonly #failures = new Map<string, number>();

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Something went as it should. */
  restore(): void {
    this.#failures.clear();
  }

  /**
   * Pauses if looking again may help, and throws `error` if not: everything is derived anew, so a repeated look is always safe.
   * @param what has failed: another thing than before may fail as often again, since something was achieved in between
   */
  async endure(error: unknown, what = ""): Promise<DbopError> {
    const allowed = isDbopError(error, "OperationFailed") ? impatient : patient;
    if (
      !isDbopError(
        error,
        "Unknown",
        "Conflict",
        "ServerError",
        "Unreachable",
        "OperationFailed",
        "AlreadyExists",
        "NotFound",
      ) ||
      error.final
    )
      throw error;
    const failures = (this.#failures.get(what) ?? 0) + 1;
    this.#failures.set(what, failures);
    if (failures >= allowed || this.#failures.size > mostThings) throw error;
    const pause = error.reason === "Conflict" && failures === 1 ? 0 : Math.min(5_000, 250 * 2 ** failures);
    await this.#clock.sleep(pause, this.#signal);
    return error;
  }
}
