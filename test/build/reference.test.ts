import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { manPage } from "../../build/reference/command-reference.ts";
import { referenceFiles } from "../../build/reference/reference-files.ts";
import { helpTexts, specs } from "../../src/cli/program.ts";

const project = join(import.meta.dirname, "../..");

const [aSpec] = specs as [(typeof specs)[number]];

describe("a file that is made from the program", () => {
  it.each([...referenceFiles({ helpTexts, specs })])("%s is fresh: npm run docs writes it", (path, content) => {
    const file = join(project, path);
    expect(existsSync(file) ? readFileSync(file, "utf8") : "").toBe(content);
  });
});

describe("manPage", () => {
  it("lets no line of help become a request of roff", () => {
    const texts = new Map([
      ["", ""],
      ["x", ".TH of a \\ 'verb'\n'quoted' --flag\n"],
    ]);
    const page = manPage({ texts, specs: [{ ...aSpec, name: "x" }], version: "1.0.0" });
    expect(page).toContain("\n\\&.TH of a \\e 'verb'\n\\&'quoted' \\-\\-flag\n");
  });
});
