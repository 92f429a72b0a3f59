// Prints what CHANGELOG.md says of the version in package.json. Exit code 1 when it says nothing: then nothing is released.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pluginVersion } from "./package/plugin-metadata.ts";

const changelog = readFileSync(join(import.meta.dirname, "../CHANGELOG.md"), "utf8");
const sections = changelog.split(/^## /mu).slice(1);
const own = sections.find((section) => section.startsWith(`${pluginVersion()}\n`));
if (own === undefined) {
  process.stderr.write(`error: CHANGELOG.md says nothing of ${pluginVersion()}\n`);
  process.exitCode = 1;
} else process.stdout.write(`${own.slice(own.indexOf("\n") + 1).trim()}\n`);
