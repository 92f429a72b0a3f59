/** One run of a costly task for all who ask meanwhile: an interactive login must not be asked for twice at once. */
import { DbopError } from "../errors.ts";

export interface SharedRun<T> {
  /** Joins the run that is under way, or starts one. Rejects with `Interrupted` as soon as `signal` aborts. */
  join(signal?: AbortSignal): Promise<T>;
  /** Ends the run under way; those waiting are rejected. */
  abort(): void;
}

/** `task` gets a signal that aborts when nobody waits for it any more. */
export function shared<T>(task: (signal: AbortSignal) => Promise<T>): SharedRun<T> {
  let running: { readonly result: Promise<T>; readonly controller: AbortController; waiting: number } | undefined;
  const start = (): NonNullable<typeof running> => {
    const controller = new AbortController();
    const run = { result: task(controller.signal), controller, waiting: 0 };
    const clear = (): void => {
      if (running === run) running = undefined;
    };
    run.result.then(clear, clear);
    return run;
  };
  const join = async (signal?: AbortSignal): Promise<T> => {
    if (signal?.aborted) throw interrupted(signal);
    running ??= start();
    const run = running;
    run.waiting += 1;
    try {
      return await untilAborted(run.result, signal);
    } finally {
      run.waiting -= 1;
      if (run.waiting === 0) {
        if (running === run) running = undefined;
        run.controller.abort();
      }
    }
  };
  return { join, abort: () => running?.controller.abort() };
}

async function untilAborted<T>(result: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return result;
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => {
      reject(interrupted(signal));
    };
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([result, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function interrupted(signal: AbortSignal): DbopError {
  return new DbopError("Interrupted", "interrupted while getting credentials", { cause: signal.reason });
}
