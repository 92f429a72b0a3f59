// npm run docs: writes the files that are made from the program. npm run check fails while one of them is stale.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { builtProgram, referenceFiles } from "./reference-files.ts";

const project = join(import.meta.dirname, "../..");
for (const [path, content] of referenceFiles(builtProgram(join(project, "dist")))) {
  const file = join(project, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  process.stdout.write(`${path}\n`);
}
