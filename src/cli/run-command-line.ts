/** From the words of a command line to an exit code, with everything it may use given. */
import { isDbopError } from "../errors.ts";
import { readCommandLine, type VerbName } from "./command-line.ts";
import type { CommandSpec } from "./command-spec.ts";
import type { Deps } from "./deps.ts";
import { ExitCode } from "./exit-code.ts";
import { buildCommand, parseInto } from "./parse.ts";
import { reportError } from "./report-error.ts";

/** Loads one verb: each is a file of its own in the build. */
export type LoadSpec = (verb: VerbName) => Promise<CommandSpec>;

export interface CommandLineSetting {
  readonly load: LoadSpec;
  readonly deps: Deps;
  /** 130 or 143 once a signal came. */
  readonly endedBy: () => ExitCode | undefined;
}

/** Never rejects: every failure is reported and becomes the exit code. */
export async function runCommandLine(argv: readonly string[], setting: CommandLineSetting): Promise<ExitCode> {
  const { load, deps, endedBy } = setting;
  try {
    return await dispatch(argv, load, deps);
  } catch (error) {
    const code = await reportError(error, { ...deps, format: structuredFormat(argv) });
    return isDbopError(error, "Interrupted") ? (endedBy() ?? code) : code;
  }
}

async function dispatch(argv: readonly string[], load: LoadSpec, deps: Deps): Promise<ExitCode> {
  const line = readCommandLine(argv);
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

/** What `-o` asked for, even of a command line that could not be parsed. */
function structuredFormat(argv: readonly string[]): "json" | "yaml" | undefined {
  const format = /^(?:-o=?|--output=|-o\n|--output\n)(json|yaml)$/m.exec(argv.join("\n"))?.[1];
  return format === "json" || format === "yaml" ? format : undefined;
}
