/** Ctrl-C and SIGTERM: the first asks everything to stop at the next safe point, the second ends at once. */
import { ExitCode } from "./exit-code.ts";

export type SignalName = "SIGINT" | "SIGTERM";

export interface SignalSource {
  onSignal(name: SignalName, listener: () => void): void;
  /** Ends the process now. */
  exit(code: ExitCode): void;
  /** One line for the user. */
  say(line: string): void;
}

export interface Signals {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** 130 or 143 once a signal came; undefined before. */
  readonly exitCode: () => ExitCode | undefined;
}

const codes = { SIGINT: ExitCode.Interrupted, SIGTERM: ExitCode.Terminated } as const;

/** Starts listening. */
export function listenForSignals(source: SignalSource): Signals {
  const controller = new AbortController();
  let first: ExitCode | undefined;
  const hear = (name: SignalName): void => {
    if (first !== undefined) {
      source.say(
        "Stopped at once. The lock falls when it has stood still for its 15 s; the same command then goes on.",
      );
      source.exit(codes[name]);
      return;
    }
    first = codes[name];
    source.say("Stopping at the next safe point; once more stops at once.");
    controller.abort();
  };
  for (const name of ["SIGINT", "SIGTERM"] as const)
    source.onSignal(name, () => {
      hear(name);
    });
  return { signal: controller.signal, exitCode: () => first };
}
