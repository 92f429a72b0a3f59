/** One executable for each target: Node with the program inside, by Node's own single executable applications. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { inject } from "postject";
import { writeCodeCaches } from "./code-cache.ts";
import { withoutSymbols } from "./elf-symbols.ts";
import { signed } from "./mach-o-signature.ts";
import { wrapped } from "./module-loader.ts";
import { nodeBinary } from "./node-binary.ts";
import { packed } from "./part-store.ts";
import { withoutSignature } from "./pe-signature.ts";
import { executableName, hostTarget, targetName, type Target } from "./targets.ts";

/** What Node looks for to know that it holds a program: its documentation, "Single executable applications". */
const fuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

export interface Program {
  /** A finished build. */
  readonly dist: string;
  /** For what is made on the way. */
  readonly work: string;
}

/** What Node takes in: for this machine's own kind of processor with V8's code for it, for others without. */
export async function programBlob(program: Program, target: Target): Promise<Buffer> {
  const own = target === hostTarget();
  const work = join(program.work, own ? "own" : "foreign");
  mkdirSync(work, { recursive: true });
  const { index, content } = packed(
    new Map([...code(program.dist), ...(own ? await codeCaches(program.dist, work) : [])]),
  );
  const [main, parts] = [join(work, "main.cjs"), join(work, "parts")];
  const [config, blob] = [join(work, "sea.json"), join(work, "blob")];
  writeFileSync(parts, content);
  await bundle("executable-main.ts", main, { PARTS: JSON.stringify(index) });
  const settings = {
    main,
    output: blob,
    assets: { ...texts(program.dist), parts },
    disableExperimentalSEAWarning: true,
    useCodeCache: false,
    // Otherwise NODE_OPTIONS of whoever calls would load code into the plugin.
    execArgvExtension: "none",
  };
  writeFileSync(config, JSON.stringify(settings));
  execFileSync(nodeBinary(hostTarget()), ["--experimental-sea-config", config], { stdio: "pipe" });
  return readFileSync(blob);
}

/** Writes the executable of `target` into `folder`; returns its path. */
export async function writeExecutable(blob: Buffer, target: Target, folder: string): Promise<string> {
  mkdirSync(join(folder, targetName(target)), { recursive: true });
  const file = join(folder, targetName(target), executableName(target));
  writeFileSync(file, bare(readFileSync(nodeBinary(target)), target), { mode: 0o755 });
  await quietly(() => inject(file, "NODE_SEA_BLOB", blob, { sentinelFuse: fuse, machoSegmentName: "NODE_SEA" }));
  if (target.os === "darwin") writeFileSync(file, signed(readFileSync(file), "kubectl-dbop"));
  return file;
}

/** Node without what would be wrong, or only weight, once the program is inside. */
function bare(node: Buffer, { os }: Target): Buffer {
  if (os === "windows") return withoutSignature(node);
  return os === "linux" ? withoutSymbols(node) : node;
}

/** Every part of the program, as a function. */
function code(dist: string): [name: string, part: Buffer][] {
  return readdirSync(dist)
    .filter((name) => name.endsWith(".cjs"))
    .map((name) => [name, Buffer.from(wrapped(readFileSync(join(dist, name), "utf8")), "latin1")]);
}

/** The rest of dist/ as assets of their own, by their path in it: what `bundledFile` reads. */
function texts(dist: string): Record<string, string> {
  const files = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".txt"));
  return Object.fromEntries(files.map((name) => [name.replaceAll("\\", "/"), join(dist, name)]));
}

async function codeCaches(dist: string, work: string): Promise<[name: string, cache: Buffer][]> {
  const [script, out] = [join(work, "code-cache.cjs"), join(work, "caches")];
  await bundle("code-cache-main.ts", script, {});
  await writeCodeCaches({ node: nodeBinary(hostTarget()), script, dist, out });
  const caches = readdirSync(out).filter((name) => name.endsWith(".cache"));
  return caches.map((name) => [name, readFileSync(join(out, name))]);
}

async function bundle(entry: string, outfile: string, define: Readonly<Record<string, string>>): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, entry)],
    outfile,
    define,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    minify: true,
    logLevel: "warning",
  });
}

/** postject tells of section names that Node's own build left without one; it does no harm, and it is no news. */
async function quietly(work: () => Promise<void>): Promise<void> {
  const { warn, error } = console;
  [console.warn, console.error] = [() => undefined, () => undefined];
  try {
    await work();
  } finally {
    [console.warn, console.error] = [warn, error];
  }
}
