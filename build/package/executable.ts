/** One executable for each target: Node with the program inside, by Node's own single executable applications. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { build } from "esbuild";
import { inject } from "postject";
import { writeCodeCaches } from "./code-cache.ts";
import { signed } from "./mach-o-signature.ts";
import { wrapped } from "./module-loader.ts";
import { nodeBinary } from "./node-binary.ts";
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

/** Of the part that Node takes in: for this machine's own kind of processor with V8's code for it, for others without. */
export async function programBlob(program: Program, target: Target): Promise<Buffer> {
  const withCodeCache = target === hostTarget();
  const work = join(program.work, withCodeCache ? "own" : "foreign");
  mkdirSync(work, { recursive: true });
  const assets = { ...parts(program.dist, work), ...(withCodeCache && (await codeCaches(program.dist, work))) };
  const main = join(work, "main.cjs");
  await bundle("executable-main.ts", main, { WITH_CODE_CACHE: String(withCodeCache) });
  const [config, blob] = [join(work, "sea.json"), join(work, "blob")];
  writeFileSync(
    config,
    JSON.stringify({
      main,
      output: blob,
      assets,
      disableExperimentalSEAWarning: true,
      useCodeCache: false,
      // Otherwise NODE_OPTIONS of whoever calls would load code into the plugin.
      execArgvExtension: "none",
    }),
  );
  execFileSync(nodeBinary(hostTarget()), ["--experimental-sea-config", config], { stdio: "pipe" });
  return readFileSync(blob);
}

/** Writes the executable of `target` into `folder`; returns its path. */
export async function writeExecutable(blob: Buffer, target: Target, folder: string): Promise<string> {
  mkdirSync(join(folder, targetName(target)), { recursive: true });
  const file = join(folder, targetName(target), executableName(target));
  const node = readFileSync(nodeBinary(target));
  writeFileSync(file, target.os === "windows" ? withoutSignature(node) : node, { mode: 0o755 });
  await inject(file, "NODE_SEA_BLOB", blob, { sentinelFuse: fuse, machoSegmentName: "NODE_SEA" });
  if (target.os === "darwin") writeFileSync(file, signed(readFileSync(file), "kubectl-dbop"));
  return file;
}

/** The assets: every file of dist/, code wrapped as a function. */
function parts(dist: string, work: string): Record<string, string> {
  const assets: Record<string, string> = {};
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const name = relative(dist, file).replaceAll("\\", "/");
    assets[name] = file;
    if (!name.endsWith(".cjs")) continue;
    assets[name] = join(work, `${name}.wrapped`);
    writeFileSync(assets[name], wrapped(readFileSync(file, "utf8")), "latin1");
  }
  return assets;
}

async function codeCaches(dist: string, work: string): Promise<Record<string, string>> {
  const [script, out] = [join(work, "code-cache.cjs"), join(work, "caches")];
  await bundle("code-cache-main.ts", script, {});
  await writeCodeCaches({ node: nodeBinary(hostTarget()), script, dist, out });
  const caches = readdirSync(out).filter((name) => name.endsWith(".cache"));
  return Object.fromEntries(caches.map((name) => [name, join(out, name)]));
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
