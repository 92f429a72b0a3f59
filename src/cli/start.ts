/** From a command line to an exit code: the part of `main` that tests can call. */
import { isDbopError } from "../errors.ts";
import { systemClock } from "../reconcile/clock.ts";
import { readCommandLine, type VerbName } from "./command-line.ts";
import type { CommandSpec } from "./command-spec.ts";
import { connect } from "./connect.ts";
import type { ClientVersion, Deps, Prompt } from "./deps.ts";
import { ExitCode } from "./exit-code.ts";
import { inputFiles } from "./input-files.ts";
import type { Machine } from "./machine.ts";
import { buildCommand, parseInto } from "./parse.ts";
import { reportError } from "./report-error.ts";
import { listenForSignals, type Signals } from "./signals.ts";
import { verbs } from "./verbs.ts";

/** Loads one verb: each is a file of its own in the build. */
export type LoadSpec = (verb: VerbName) => Promise<CommandSpec>;

/** Runs the command line of `machine`. Never rejects: every failure is reported and becomes the exit code. */
export async function start(machine: Machine, load: LoadSpec): Promise<ExitCode> {
  const { stdinIsTty, stdout, stderr } = machine;
  const streams = { stdinIsTty, stdout, stderr };
  const say = (line: string): void => {
    stderr.write(`${line}\n`);
  };
  const signals = listenForSignals({ onSignal: machine.onSignal, exit: machine.exit, say });
  const client: ClientVersion = { version: machine.version, node: machine.node, platform: machine.platform };
  try {
    return await dispatch(machine, load, { ...composed(machine, signals), streams, client });
  } catch (error) {
    const code = await reportError(error, { streams, client, format: structuredFormat(machine.argv) });
    return isDbopError(error, "Interrupted") ? (signals.exitCode() ?? code) : code;
  }
}

async function dispatch(machine: Machine, load: LoadSpec, deps: Deps): Promise<ExitCode> {
  if (machine.argv[0] === "__complete") {
    const { answerCompletion } = await import("./answer-completion.ts");
    deps.streams.stdout.write(await answerCompletion(machine, machine.argv.slice(1)));
    return ExitCode.Done;
  }
  const line = readCommandLine(machine.argv);
  if (line.kind === "verb") {
    const spec = await load(line.verb);
    const command = buildCommand(spec);
    if (parseInto(command, line.argv) === "parsed") return spec.act(command, deps);
    deps.streams.stdout.write(command.helpInformation());
    return ExitCode.Done;
  }
  const { helpTexts } = await import("./program.ts");
  deps.streams.stdout.write(helpTexts().get(line.topic) ?? "");
  return ExitCode.Done;
}

function composed(machine: Machine, { signal }: Signals): Omit<Deps, "streams" | "client"> {
  return {
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

/** What `-o` asked for, even of a command line that could not be parsed. */
function structuredFormat(argv: readonly string[]): "json" | "yaml" | undefined {
  const words = argv.join("\n");
  const format = /^(?:-o=?|--output=|-o\n|--output\n)(json|yaml)$/m.exec(words)?.[1];
  return format === "json" || format === "yaml" ? format : undefined;
}
