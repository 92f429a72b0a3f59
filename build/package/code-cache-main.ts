/**
 * Runs the program of DIST the way the executable does and writes V8's code of each part it loaded to OUT when it ends: after the run, so that
 * functions compiled on the way are in it. node code-cache-main.cjs DIST OUT WORDS…; without words it loads every part and runs none.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Script } from "node:vm";
import { loader, wrapped } from "./module-loader.ts";

declare const require: (name: string) => unknown;

const [node = "", , dist = "", out = "", ...words] = process.argv;
const scripts = new Map<string, Script>();
const load = loader({
  source: (name) => wrapped(readFileSync(join(dist, name), "utf8")),
  builtin: require,
  folder: dist,
  onLoad: (name, script) => scripts.set(name, script),
});

process.argv = [node, "kubectl-dbop", ...words];
process.on("exit", () => {
  for (const [name, script] of scripts) keepLarger(join(out, `${name}.cache`), script.createCachedData());
});
load("./main.cjs");
if (words.length === 0) loadAll();

function loadAll(): void {
  // @peculiar/x509 wants it to be there already.
  load("./package-reflect-metadata.cjs");
  for (const name of readdirSync(dist)) if (name.endsWith(".cjs")) load(`./${name}`);
}

/** The run that went further through a part compiled more of it. */
function keepLarger(file: string, code: Buffer): void {
  if (!existsSync(file) || statSync(file).size < code.length) writeFileSync(file, code);
}
