import { expect, it } from "vitest";
import { engines } from "../../src/engines/index.ts";

const own = Object.values(engines).map((entry) =>
  entry.use(({ name, checks }) => ({ name, asked: (checks?.own ?? []).map(({ id, question }) => ({ id, question })) })),
);

it.each(own)("what only $name is asked bears its name, once, and is a question", ({ name, asked }) => {
  expect(asked.length).toBeGreaterThan(0);
  expect(new Set(asked.map(({ id }) => id)).size).toBe(asked.length);
  for (const { id, question } of asked) {
    expect(id).toMatch(new RegExp(`^L[1-5]\\.${name}\\.[a-z-]+$`, "u"));
    expect(question, id).toMatch(/^[A-Z].*\?$/u);
  }
});
