/** What `commands/<verb>.ts` exports: how the verb is declared, and what it does with what was typed. */
import type { Command } from "commander";
import type { Deps } from "./deps.ts";
import type { ExitCode } from "./exit-code.ts";

/** One verb. Holds no state and does nothing until `act` is called. */
export interface CommandSpec {
  readonly name: string;
  /** One line in the list of verbs; no full stop. */
  readonly summary: string;
  /** The arguments as help shows them: `NAME`, `[NAME]` or "". */
  readonly usage: string;
  /** One or two short paragraphs, wrapped at 80 columns. */
  readonly description: string;
  /** Comment and command lines, not indented. */
  readonly examples: string;
  declare(command: Command): void;
  /** Completes and validates what commander gathered (throws `Usage` with every problem), then runs. */
  act(command: Command, deps: Deps): Promise<ExitCode>;
}
