/** How often a run looks again after a failure before it gives up. */
import { isDbopError, type DbopError } from "../errors.ts";
import type { Clock } from "./clock.ts";

/** With pauses of 0.5, 1, 2, 4, 5, 5, 5 seconds: an API server that restarts is outlived. */
const patient = 8;
/** A refusal by the engine itself is rarely cured by asking again. */
const impatient = 3;

export class Patience {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #failures = 0;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Something went as it should. */
  restore(): void {
    this.#failures = 0;
  }

  /** Pauses if looking again may help, and throws `error` if not: everything is derived anew, so a repeated look is always safe. */
  async endure(error: unknown): Promise<DbopError> {
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
    this.#failures += 1;
    if (this.#failures >= allowed) throw error;
    const pause = error.reason === "Conflict" && this.#failures === 1 ? 0 : Math.min(5_000, 250 * 2 ** this.#failures);
    await this.#clock.sleep(pause, this.#signal);
    return error;
  }
}
