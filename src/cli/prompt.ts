/** Questions through inquirer, drawn on stderr so that stdout stays data. Loaded with the first question. */
import { confirm, input, select } from "@inquirer/prompts";
import type { Readable, Writable } from "node:stream";
import { DbopError } from "../errors.ts";
import type { Prompt } from "./deps.ts";

export interface PromptStreams {
  readonly input: Readable;
  readonly output: Writable;
}

export function inquirerPrompt(streams: PromptStreams, signal: AbortSignal): Prompt {
  const context = { ...streams, signal };
  return {
    confirm: (message) => asked(confirm({ message, default: false }, context)),
    text: ({ message, default: preset, check }) =>
      asked(
        input(
          { message, ...(preset !== undefined && { default: preset }), validate: (answer) => check?.(answer) ?? true },
          context,
        ),
      ),
    select: (message, choices) => asked(select({ message, choices: [...choices] }, context)),
  };
}

async function asked<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    const left = error instanceof Error && ["ExitPromptError", "AbortPromptError"].includes(error.name);
    throw left
      ? new DbopError("Interrupted", "nothing was answered, and nothing was changed", { cause: error })
      : error;
  }
}
