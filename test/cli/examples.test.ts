/** Every example that people may copy: of help, of the README, and of the docs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { helpTexts } from "../../src/cli/program.ts";
import { verbs } from "../../src/cli/verbs.ts";
import { runCli } from "../support/cli.ts";
import { commandLines } from "../support/shell-words.ts";

const project = join(import.meta.dirname, "../..");
const manifest = `apiVersion: dbop.dev/v1alpha1
kind: DatabaseCluster
metadata: { name: demo }
spec: { engine: etcd, version: 3.6.4, replicas: 3, storage: { size: 8Gi } }
`;

const sources = new Map([
  ...[...helpTexts()].map(([topic, text]): [string, string] => [
    `help ${topic}`.trim(),
    text.split("\nUsage:\n")[0] ?? "",
  ]),
  ...["README.md", "SECURITY.md", "CONTRIBUTING.md"].map((file): [string, string] => [
    file,
    codeOf(readFileSync(join(project, file), "utf8")),
  ]),
]);

/** What stands in blocks of code and between backticks. */
function codeOf(markdown: string): string {
  const blocks = [...markdown.matchAll(/^```\w*\n(.*?)^```$/gmsu)].map(([, block]) => block ?? "");
  const inline = [...markdown.replaceAll(/^```.*?^```$/gmsu, "").matchAll(/`([^`]+)`/gu)].map(([, code]) => code ?? "");
  // Of `kubectl dbop install` as the name of a verb there is nothing to run.
  return [...blocks, ...inline.filter((code) => /^kubectl dbop \S+ \S/u.test(code))].join("\n");
}

const examples = [...sources].flatMap(([source, text]) =>
  commandLines(text).map(({ words, text: written }): [string, string, readonly string[]] => [source, written, words]),
);

describe("every example", () => {
  it.each(examples)("of %s: %s", async (_, __, words) => {
    const files = { "demo.yaml": manifest, "-": manifest, "databases/": manifest, "databases/a.yaml": manifest };
    const filled = words.map((word) => (word === "NAME" ? "demo" : word));
    const run = await runCli(filled, {
      files,
      tty: true,
      answers: [true, true],
      verbs: { engines: () => verbs.engines() },
    });
    // As far as the command line goes all is well: what the cluster says of it is up to other tests.
    expect(run.stderr).not.toMatch(/^error/mu);
    expect(words.includes("check") ? [0, 10] : [0]).toContain(run.code);
  });

  it("is found: there are some of each verb's help, and of the README", () => {
    const found = new Set(examples.map(([source]) => source));
    expect([...sources.keys()].filter((source) => !found.has(source) && !source.endsWith(".md"))).toEqual([]);
    expect(found).toContain("README.md");
  });
});
