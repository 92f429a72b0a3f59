/** Builds what commands are given from what `main` knows of the process, and runs the command line with it. */
import { systemClock } from "../reconcile/clock.ts";
import { connect } from "./connect.ts";
import type { Deps, Prompt } from "./deps.ts";
import { ExitCode } from "./exit-code.ts";
import { inputFiles } from "./input-files.ts";
import type { Machine } from "./machine.ts";
import { runCommandLine, type LoadSpec } from "./run-command-line.ts";
import { listenForSignals } from "./signals.ts";
import { verbs } from "./verbs.ts";

/** Never rejects: every failure is reported and becomes the exit code. */
export async function start(machine: Machine, load: LoadSpec): Promise<ExitCode> {
  const { argv, stderr, onSignal, exit } = machine;
  if (argv[0] === "__complete") {
    const { answerCompletion } = await import("./answer-completion.ts");
    await answerCompletion(machine, argv.slice(1));
    return ExitCode.Done;
  }
  const say = (line: string): void => {
    stderr.write(`${line}\n`);
  };
  const signals = listenForSignals({ onSignal, exit, say });
  return runCommandLine(argv, { load, deps: composed(machine, signals.signal), endedBy: signals.exitCode });
}

function composed(machine: Machine, signal: AbortSignal): Deps {
  const { stdinIsTty, stdout, stderr, version, node, platform } = machine;
  return {
    streams: { stdinIsTty, stdout, stderr },
    client: { version, node, platform },
    clock: systemClock,
    env: machine.env,
    files: inputFiles(machine.cwd, machine.stdin),
    prompt: lazyPrompt(machine, signal),
    signal,
    connect: (options) => connect(options, machine),
    verbs,
  };
}

/** Questions whose asking code loads with the first of them. */
function lazyPrompt({ stdin, questions }: Machine, signal: AbortSignal): Prompt {
  const load = async (): Promise<Prompt> =>
    (await import("./prompt.ts")).inquirerPrompt({ input: stdin, output: questions }, signal);
  return {
    confirm: async (message) => (await load()).confirm(message),
    text: async (question) => (await load()).text(question),
    select: async (message, choices) => (await load()).select(message, choices),
  };
}
