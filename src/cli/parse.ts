/** One verb's words to a parsed commander Command, with commander's complaints in kubectl's words. */
import { Command, CommanderError } from "commander";
import type { CommandSpec } from "./command-spec.ts";
import { useHelpFormat } from "./help-format.ts";
import { normaliseArgv } from "./normalise-argv.ts";
import { usageError } from "./problems.ts";
import { suggest } from "./suggest.ts";

/** The verb as commander sees it: flags, arguments, help. Never exits, never writes. */
export function buildCommand(spec: CommandSpec): Command {
  const command = new Command(spec.name)
    .summary(spec.summary)
    .description(spec.description)
    .usage(`${spec.usage} [flags]`.trim())
    .argument("[arguments...]")
    .allowExcessArguments()
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  spec.declare(command);
  command.optionsGroup("Help:").option("-h, --help", "Show this help");
  useHelpFormat(command, spec.examples);
  return command;
}

/** Whether the user asked for help; otherwise the flags and arguments are in `command`. Throws `Usage`. */
export function parseInto(command: Command, argv: readonly string[]): "help" | "parsed" {
  try {
    command.parse(normaliseArgv(argv, command), { from: "user" });
  } catch (error) {
    throw error instanceof CommanderError ? translated(error, command) : error;
  }
  return command.opts<{ help?: boolean }>().help === true ? "help" : "parsed";
}

function translated(error: CommanderError, command: Command): Error {
  const subject = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  switch (error.code) {
    case "commander.unknownOption":
      return usageError(command.name(), [unknownFlag(subject, command)]);
    case "commander.optionMissingArgument":
      return usageError(command.name(), [`flag needs an argument: ${subject.split(/[ ,]+/).find(isLong) ?? subject}`]);
    default:
      return usageError(command.name(), [error.message.replace(/^error: /, "")]);
  }
}

function unknownFlag(typed: string, command: Command): string {
  if (!isLong(typed)) return `unknown shorthand flag: ${typed}`;
  const flag = typed.split("=")[0] ?? typed;
  const [nearest] = suggest(
    flag.slice(2),
    command.options.flatMap(({ long }) => (long === undefined ? [] : [long.slice(2)])),
  );
  return `unknown flag: ${flag}${nearest === undefined ? "" : ` (did you mean --${nearest}?)`}`;
}

function isLong(word: string): boolean {
  return word.startsWith("--");
}
