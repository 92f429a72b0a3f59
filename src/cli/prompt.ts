/** Questions through inquirer, drawn on stderr so that stdout stays data. Loaded with the first question. */
import { confirm, input, select } from "@inquirer/prompts";
import type { Readable, Writable } from "node:stream";
import { DbopError } from "../errors.ts";
import { field } from "../kube/fields.ts";
import type { Prompt } from "./deps.ts";

export interface PromptStreams {
  readonly input: Readable;
  readonly output: Writable;
}

export function inquirerPrompt(streams: PromptStreams, signal: AbortSignal): Prompt {
  const asked = <Answer>(ask: Ask<Answer>): Promise<Answer> => untilEnded(streams, signal, ask);
  return {
    confirm: (message) => asked((context) => confirm({ message, default: false }, context)),
    text: ({ message, default: preset, check }) =>
      asked((context) =>
        input(
          { message, ...(preset !== undefined && { default: preset }), validate: (answer) => check?.(answer) ?? true },
          context,
        ),
      ),
    select: (message, choices) => asked((context) => select({ message, choices: [...choices] }, context)),
  };
}

type Ask<Answer> = (context: PromptStreams & { readonly signal: AbortSignal }) => Promise<Answer>;

/** Nobody answers any more when the input ends, by itself or with Ctrl-D: inquirer would go on waiting. */
async function untilEnded<Answer>(streams: PromptStreams, signal: AbortSignal, ask: Ask<Answer>): Promise<Answer> {
  const ended = new AbortController();
  const end = (): void => {
    ended.abort();
  };
  const press = (_: unknown, key: unknown): void => {
    if (field(key, "ctrl") === true && field(key, "name") === "d") end();
  };
  streams.input.on("end", end).on("keypress", press);
  if (streams.input.readableEnded) end();
  try {
    return await ask({ ...streams, signal: AbortSignal.any([signal, ended.signal]) });
  } catch (error) {
    const left = error instanceof Error && ["ExitPromptError", "AbortPromptError"].includes(error.name);
    throw left
      ? new DbopError("Interrupted", "nothing was answered, and nothing was changed", { cause: error })
      : error;
  } finally {
    streams.input.off("end", end).off("keypress", press);
  }
}
