import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import type { Prompt } from "../../src/cli/deps.ts";
import { inquirerPrompt } from "../../src/cli/prompt.ts";

const questions: Readonly<Record<string, (prompt: Prompt) => Promise<unknown>>> = {
  "whether to go on": (prompt) => prompt.confirm("Go on?"),
  "for a name": (prompt) => prompt.text({ message: "Type the name" }),
  "for a choice": (prompt) => prompt.select("Which?", [{ value: "etcd", name: "etcd" }]),
};

interface Asked {
  readonly keyboard: PassThrough;
  readonly answer: Promise<unknown>;
}

/** Once the question is on the screen. */
async function ask(question: string, signal = new AbortController().signal): Promise<Asked> {
  const [keyboard, screen] = [new PassThrough(), new PassThrough()];
  const answer = questions[question]?.(inquirerPrompt({ input: keyboard, output: screen }, signal));
  if (answer === undefined) throw new Error(question);
  answer.catch(() => undefined);
  await new Promise((resolve) => screen.once("data", resolve));
  return { keyboard, answer };
}

const left = { reason: "Interrupted", message: "nothing was answered, and nothing was changed" };

describe("a question", () => {
  it.each([
    ["whether to go on", "y\r", true],
    ["whether to go on", "\r", false],
    ["for a name", "demo\r", "demo"],
    ["for a choice", "\r", "etcd"],
  ])("%s is answered with %j", async (question, typed, answer) => {
    const asked = await ask(question);
    asked.keyboard.write(typed);
    expect(await asked.answer).toBe(answer);
  });

  it.each(Object.keys(questions))("%s is left with Ctrl-D, with Ctrl-C, and when the input ends", async (question) => {
    for (const key of ["\u0004", "\u0003"]) {
      const asked = await ask(question);
      asked.keyboard.write(key);
      await expect(asked.answer).rejects.toMatchObject(left);
    }
    const asked = await ask(question);
    asked.keyboard.end();
    await expect(asked.answer).rejects.toMatchObject(left);
  });

  it("is left when the run is stopped", async () => {
    const stop = new AbortController();
    const asked = await ask("whether to go on", stop.signal);
    stop.abort();
    await expect(asked.answer).rejects.toMatchObject(left);
  });
});
