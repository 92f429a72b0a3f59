import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { verbNames } from "../../src/cli/command-line.ts";
import { helpTexts, specs } from "../../src/cli/program.ts";
import { runCli } from "../support/cli.ts";

const golden = join(import.meta.dirname, "../golden/help");
// Golden files change only when asked: UPDATE_GOLDEN=1 npm run unit -- test/cli/help
const update = process.env["UPDATE_GOLDEN"] === "1";

describe("help", () => {
  it.each([...helpTexts()])("of '%s' reads as in its golden file, in 80 columns", (topic, text) => {
    const file = join(golden, `${topic === "" ? "dbop" : topic}.txt`);
    if (update) writeFileSync(file, text);
    expect(text).toBe(existsSync(file) ? readFileSync(file, "utf8") : "");
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("covers every verb there is", () => {
    expect(specs.map(({ name }) => name)).toEqual([...verbNames]);
    expect([...helpTexts().keys()]).toEqual(["", ...verbNames, "options"]);
  });

  it.each([
    ["", ""],
    ["--help", ""],
    ["-h", ""],
    ["help", ""],
    ["help scale", "scale"],
    ["options", "options"],
    ["help options", "options"],
    ["scale --help", "scale"],
    ["scale demo --replicas 3 -h", "scale"],
    ["-n prod scale --help", "scale"],
  ])("kubectl dbop %s", async (argv, topic) => {
    const run = await runCli(argv);
    expect(run).toMatchObject({ code: 0, stdout: helpTexts().get(topic), stderr: "", calls: [] });
  });

  it("has examples, capitals and no full stops where kubectl wants them", () => {
    for (const [topic, text] of helpTexts()) {
      expect(text, topic).toContain("Examples:");
      expect(text, topic).toContain("kubectl dbop");
    }
    for (const { summary } of specs) expect(summary).toMatch(/^[A-Z].*[^.]$/);
  });
});
