/** Every file in the repository that is written by a program, with what it has to hold. */
import { createRequire } from "node:module";
import { join } from "node:path";
import type * as Program from "../../src/cli/program.ts";
import { krewBotTemplate } from "../package/krew-manifest.ts";
import { pluginMetadata, pluginVersion } from "../package/plugin-metadata.ts";
import { manPage, markdownReference } from "./command-reference.ts";

/** By their path in the repository. */
export function referenceFiles(program: Pick<typeof Program, "helpTexts" | "specs">): ReadonlyMap<string, string> {
  const reference = { texts: program.helpTexts(), specs: program.specs, version: pluginVersion() };
  return new Map([
    ["docs/reference/commands.md", markdownReference(reference)],
    ["docs/reference/kubectl-dbop.1", manPage(reference)],
    [".krew.yaml", krewBotTemplate(pluginMetadata())],
  ]);
}

/** Of a finished build: TypeScript that imports YAML is not for Node to run. */
export function builtProgram(dist: string): typeof Program {
  return createRequire(import.meta.url)(join(dist, "cli-program.cjs")) as typeof Program;
}
