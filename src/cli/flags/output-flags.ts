/** How results are printed. */
import type { Command } from "commander";
import type { ColourWish } from "../../output/colour.ts";
import type { OutputFormat } from "../../output/structured.ts";
import type { Problems } from "../problems.ts";

export interface OutputFlags {
  readonly output?: string;
  /** `auto|always|never`; false after `--no-color`. */
  readonly color?: string | boolean;
}

export interface OutputOptions {
  readonly format: OutputFormat;
  readonly colour: ColourWish;
}

/** Declares `-o`, with the formats the verb knows, and the colour flags. */
export function declareOutputFlags(command: Command, formats: readonly OutputFormat[]): void {
  command
    .optionsGroup("Output:")
    .option("-o, --output <format>", `One of ${formats.join(", ")}; default text for people`)
    .option("--color <when>", "One of auto, always, never; default auto: on a terminal and without NO_COLOR")
    .option("--no-color", "Same as --color=never");
}

export function toOutputOptions(
  flags: OutputFlags,
  formats: readonly OutputFormat[],
  problems: Problems,
): OutputOptions {
  const wish = flags.color === false ? "never" : flags.color === true ? undefined : flags.color;
  return {
    format: problems.oneOf("--output", flags.output, formats) ?? "table",
    colour: problems.oneOf("--color", wish, ["auto", "always", "never"]) ?? "auto",
  };
}
