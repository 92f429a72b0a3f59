// npm run build: src/ to dist/, as one small CommonJS file a command. `import()` marks the seams: what a file imports that way
// becomes a file of its own, loaded when it is needed. Help is rendered here from the same definitions that parse.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import type * as Program from "../src/cli/program.ts";

const project = dirname(dirname(fileURLToPath(import.meta.url)));
/** Elsewhere for tests: node build/build.ts DIRECTORY. */
const target = resolve(process.argv[2] ?? join(project, "dist"));
/** Takes the place of `target` once all is well: a build that fails leaves the last good one. */
const dist = join(dirname(target), ".tmp", basename(target));
const require = createRequire(import.meta.url);

/** Loaded once however many files use it: `instanceof DbopError` needs one class, not a copy in each file. */
const shared: ReadonlySet<string> = new Set([join(project, "src/errors.ts")]);

/** ws asks for these inside a try and does without them. */
const optional: ReadonlySet<string> = new Set(["bufferutil", "utf-8-validate"]);

const entryLimit = 10_000;

// esbuild has told its own errors by then.
await main().catch((error: unknown) => {
  rmSync(dist, { recursive: true, force: true });
  const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  process.stderr.write(`error: ${message}\n`);
  process.exitCode = 1;
});

async function main(): Promise<void> {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(join(dist, "help"), { recursive: true });
  const pending = [join(project, "src/main.ts")];
  const done = new Map<string, string>();
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    if (done.has(entry)) continue;
    done.set(entry, await bundle(entry, (seam) => pending.push(seam)));
  }
  refuseClashes(done);
  refuseLargeEntry();
  renderHelp();
  rmSync(target, { recursive: true, force: true });
  renameSync(dist, target);
}

/** Bundles one file and what it imports statically; tells the seams it meets. */
async function bundle(entry: string, onSeam: (file: string) => void): Promise<string> {
  const outfile = join(dist, outputName(entry));
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    // Names stay: a stack trace in a report has to say something.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    logLevel: "warning",
    supported: { "dynamic-import": false },
    define: {
      DBOP_VERSION: JSON.stringify(version()),
      "import.meta.dirname": "__dirname",
    },
    loader: { ".yaml": "text" },
    plugins: [seams(entry, onSeam)],
  });
  return outfile;
}

function seams(entry: string, onSeam: (file: string) => void): Plugin {
  return {
    name: "seams",
    setup: (builder) => {
      builder.onResolve({ filter: /./ }, async (request) => {
        if (request.pluginData === "resolving" || request.kind === "entry-point") return undefined;
        if (request.path.startsWith("node:") || optional.has(request.path))
          return { path: request.path, external: true };
        const { path, kind, resolveDir, importer } = request;
        const found = await builder.resolve(path, { kind, resolveDir, importer, pluginData: "resolving" });
        const seam = kind === "dynamic-import" || (shared.has(found.path) && found.path !== entry);
        if (found.errors.length > 0) return undefined;
        if (!seam || found.external) return found;
        onSeam(found.path);
        return { path: `./${outputName(found.path)}`, external: true };
      });
    },
  };
}

/** `src/cli/commands/scale.ts` → `scale.cjs`; packages and the rest of src by their path. */
function outputName(file: string): string {
  const path = relative(project, file);
  if (path === "src/main.ts") return "main.cjs";
  const own = /^src\/cli\/commands\/([^/]+)\.ts$/.exec(path) ?? /^src\/([^/]+)\.ts$/.exec(path);
  if (own?.[1] !== undefined) return `${own[1]}.cjs`;
  const packageName = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
  if (packageName !== undefined) return `package-${packageName.replace("@", "").replaceAll("/", "-")}.cjs`;
  return `${path
    .replace(/^src\//, "")
    .replace(/\.[a-z]+$/, "")
    .replaceAll("/", "-")}.cjs`;
}

function refuseClashes(files: ReadonlyMap<string, string>): void {
  const outputs = [...files.values()];
  const clash = outputs.find((file, index) => outputs.indexOf(file) !== index);
  if (clash !== undefined) throw new Error(`two sources would be written to ${basename(clash)}`);
}

function refuseLargeEntry(): void {
  const { length } = readFileSync(join(dist, "main.cjs"));
  if (length > entryLimit) throw new Error(`dist/main.cjs has ${length} bytes, more than ${entryLimit}`);
}

/** The help of the plugin and of each verb, from the bundle that users run. */
function renderHelp(): void {
  const program = join(dist, "cli-program.cjs");
  if (!existsSync(program)) throw new Error("src/cli/program.ts is not among the seams any more");
  const { helpTexts } = require(program) as typeof Program;
  for (const [topic, text] of helpTexts()) {
    writeFileSync(join(dist, "help", `${topic === "" ? "dbop" : topic}.txt`), text);
  }
}

function version(): string {
  const { version } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as { version: string };
  return version;
}
