import { build as bundle } from "esbuild";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { lastLines, must, run } from "../command.ts";
import type { Layout } from "./layout.ts";
import { recipes, type GoRecipe, type NodeRecipe, type Recipe } from "./recipes.ts";

type Log = (line: string) => void;

const mainsFolder = join(import.meta.dirname, "..", "go");
const progressEveryMs = 20_000;

/** The folder a recipe's programs are in once built; its name changes when the recipe does. */
export async function programFolder(layout: Layout, recipe: Recipe): Promise<string> {
  const hash = createHash("sha256")
    .update(JSON.stringify(recipe))
    .update(await mainProgram(recipe));
  return join(layout.programs, `${recipe.name}-v${recipe.version}-${hash.digest("hex").slice(0, 8)}`);
}

/** Those of the recipes whose programs are not in the cache. */
export async function missingPrograms(layout: Layout, wanted = recipes): Promise<readonly Recipe[]> {
  const folders = await Promise.all(wanted.map(async (recipe) => programFolder(layout, recipe)));
  return wanted.filter((_, index) => !existsSync(folders[index] ?? ""));
}

/**
 * Builds those that are missing, two at a time, and returns when all is in the cache. The caller holds the lock.
 * Throws with the end of the compiler's output when a build fails.
 */
export async function buildPrograms(layout: Layout, wanted: readonly Recipe[], log: Log): Promise<void> {
  const queue = [...(await missingPrograms(layout, wanted))];
  const lane = async (): Promise<void> => {
    for (let recipe = queue.shift(); recipe !== undefined; recipe = queue.shift()) await build(layout, recipe, log);
  };
  await Promise.all([lane(), lane()]);
}

async function build(layout: Layout, recipe: Recipe, log: Log): Promise<void> {
  const title = `${recipe.name} ${recipe.version}`;
  const started = Date.now();
  const elapsed = (): string => `${String(Math.round((Date.now() - started) / 1000))} s`;
  log(`building ${title}`);
  const progress = setInterval(() => {
    log(`building ${title}, ${elapsed()} so far`);
  }, progressEveryMs);
  await mkdir(layout.work, { recursive: true });
  const work = await mkdtemp(join(layout.work, `${recipe.name}-`));
  try {
    await mkdir(join(work, "out"));
    await (recipe.language === "node" ? pack(recipe, work) : compile(recipe, work));
    const folder = await programFolder(layout, recipe);
    await mkdir(layout.programs, { recursive: true });
    await rename(join(work, "out"), folder);
    log(`built ${title} in ${elapsed()}`);
  } finally {
    clearInterval(progress);
    await rm(work, { recursive: true, force: true });
  }
}

/** Each program in one file, without the most of what its packages bring: megabytes instead of hundreds. */
async function pack({ name, version, outputs, without }: NodeRecipe, work: string): Promise<void> {
  const flags = ["--ignore-scripts", "--omit=dev", "--omit=optional", "--no-audit", "--no-fund"];
  await must("npm", ["install", "--prefix", work, ...flags, `${name}@${version}`], { cwd: work });
  await bundle({
    absWorkingDir: work,
    entryPoints: Object.entries(outputs).map(([file, source]) => ({
      in: join(work, "node_modules", name, source),
      out: file.replace(/\.js$/u, ""),
    })),
    outdir: join(work, "out"),
    bundle: true,
    platform: "node",
    // The names of its classes count: it looks for them.
    keepNames: true,
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    external: [...without],
    logLevel: "silent",
  });
}

async function compile(recipe: GoRecipe, work: string): Promise<void> {
  const env = { ...process.env, CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "-mod=mod -buildvcs=false" };
  const out = join(work, "out");
  if (recipe.main !== undefined) await writeFile(join(work, "main.go"), await mainProgram(recipe));
  await writeFile(join(work, "go.mod"), await (recipe.goMod?.(env) ?? plainGoMod(recipe)));
  const variables = Object.entries(recipe.variables).map(([name, value]) => `-X ${name}=${value}`);
  const flags = ["-trimpath", "-ldflags", ["-s", "-w", ...variables].join(" ")];
  for (const [file, source] of Object.entries(recipe.outputs)) {
    const result = await run("go", ["build", ...flags, "-o", join(out, file), source], { cwd: work, env });
    if (result.code !== 0)
      throw new Error(`building ${recipe.name} ${recipe.version} failed:\n${lastLines(result.stderr, 20)}`);
  }
  const [first = ""] = Object.keys(recipe.outputs);
  for (const alias of recipe.aliases ?? []) await symlink(first, join(out, alias));
}

async function plainGoMod(recipe: GoRecipe): Promise<string> {
  const printed = await must("go", ["env", "GOVERSION"]);
  const goVersion = /^go(\d+\.\d+)/.exec(printed)?.[1] ?? "1.24";
  const requires = Object.entries(recipe.requires).map(([module, version]) => `require ${module} ${version}`);
  return [`module dbop.test/${recipe.name}`, `go ${goVersion}`, ...requires, ""].join("\n");
}

async function mainProgram(recipe: Recipe): Promise<string> {
  return recipe.language === "node" || recipe.main === undefined
    ? ""
    : readFile(join(mainsFolder, recipe.main), "utf8");
}
