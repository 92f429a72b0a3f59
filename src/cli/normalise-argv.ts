/**
 * Rewrites what pflag (kubectl's parser) reads and commander does not, so that habits from kubectl keep working:
 * `--flag=true`, `-n=name`, and `--dry-run`, which takes a value only after `=`.
 */
import type { Command } from "commander";
import { usageError } from "./problems.ts";

/** `argv` of one verb as commander reads it; `command` is the verb with its flags declared. Throws `Usage`. */
export function normaliseArgv(argv: readonly string[], command: Command): string[] {
  const end = argv.indexOf("--");
  const flags = end === -1 ? argv : argv.slice(0, end);
  const booleans = new Set(command.options.filter((option) => option.isBoolean() || option.negate).map((o) => o.long));
  return [...flags.flatMap((word) => rewrite(word, booleans, command.name())), ...(end === -1 ? [] : argv.slice(end))];
}

function rewrite(word: string, booleans: ReadonlySet<string | undefined>, verb: string): string[] {
  if (word === "--dry-run") throw usageError(verb, [bareDryRun]);
  const equals = word.indexOf("=");
  const flag = equals === -1 ? "" : word.slice(0, equals);
  const value = word.slice(equals + 1);
  if (/^-[a-zA-Z]$/.test(flag)) return [flag, value];
  // --color is both: it takes a value, and has a negation.
  if (flag === "--color" || !booleans.has(flag)) return [word];
  if (value === "true" || value === "false") return value === "true" ? [flag] : [];
  throw usageError(verb, [`invalid value "${value}" for ${flag}: must be true or false`]);
}

const bareDryRun =
  "--dry-run needs a value: --dry-run=client prints the plan, --dry-run=server also asks the API server";
