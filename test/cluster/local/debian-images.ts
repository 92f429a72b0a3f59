import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { must } from "../command.ts";
import { debianSuites, imageNames } from "../versions.ts";
import { busyboxFiles, executable, folders, searchPath } from "./image-files.ts";
import type { Image } from "../../../build/image/archive.ts";
import type { TarEntry } from "../../../build/image/tar.ts";
import type { Layout } from "./layout.ts";

// Servers that nobody can compile out of the Go module proxy: they come out of Debian, whose suites hold several real
// versions of each. Which ones, nothing here says: the newest suite moves, so the programs are asked.

/** One server as one suite has it. */
interface Source {
  readonly server: "valkey" | "redis";
  readonly suite: string;
}

const packages = { valkey: ["valkey-server", "valkey-tools"], redis: ["redis-server", "redis-tools"] } as const;
const programs = {
  valkey: ["valkey-server", "valkey-cli", "valkey-benchmark"],
  redis: ["redis-server", "redis-cli", "redis-benchmark"],
} as const;
/** Names by which the server does something else. */
const aliases = (server: Source["server"]): readonly string[] => [`${server}-check-rdb`, `${server}-check-aof`];
/** The user's number in both official images. */
const userId = 999;

const machines = {
  x64: { libraries: "usr/lib/x86_64-linux-gnu", loader: "lib64/ld-linux-x86-64.so.2" },
  arm64: { libraries: "usr/lib/aarch64-linux-gnu", loader: "lib/ld-linux-aarch64.so.1" },
} as const;

const sources: readonly Source[] = [
  ...debianSuites.valkey.map((suite) => ({ server: "valkey", suite }) as const),
  ...debianSuites.redis.map((suite) => ({ server: "redis", suite }) as const),
];

/**
 * Fetches what the cache has not, a folder a source: the programs, the libraries they need and nothing else. The
 * caller holds the lock. Throws with what the package manager said when a suite can't be had.
 */
export async function fetchDebianPrograms(layout: Layout, log: (line: string) => void): Promise<void> {
  for (const source of sources) {
    if ((await cachedFolder(layout, source)) !== undefined) continue;
    const started = Date.now();
    log(`fetching ${packages[source.server].join(" and ")} of Debian ${source.suite}`);
    const folder = await fetchSource(layout, source);
    log(`fetched ${basename(folder)} in ${String(Math.round((Date.now() - started) / 1000))} s`);
  }
}

/** What the images are made of, by name: another name, other images. A source that is not in the cache is missing. */
export async function debianFolders(layout: Layout): Promise<readonly string[]> {
  const found = await Promise.all(sources.map(async (source) => cachedFolder(layout, source)));
  return found.filter((folder) => folder !== undefined).map((folder) => basename(folder));
}

/** An image a source, under the official name; the programs must have been fetched. */
export async function debianImages(layout: Layout): Promise<readonly Image[]> {
  return Promise.all(
    sources.map(async (source) => {
      const folder = await cachedFolder(layout, source);
      if (folder === undefined) throw new Error(`${source.server} of Debian ${source.suite} is not in the cache`);
      return serverImage(source, folder);
    }),
  );
}

/** Where the programs are found as in the official image, which has a shell too; its entrypoint is left out. */
async function serverImage({ server }: Source, folder: string): Promise<Image> {
  const version = (await readFile(join(folder, "version"), "utf8")).trim();
  const { libraries, loader } = machine();
  const library = async (path: string, name: string): Promise<TarEntry> => executable(path, join(folder, "lib", name));
  const names = (await readdir(join(folder, "lib"))).toSorted();
  const files = [
    ...folders(`usr/local/bin/${server}-server`),
    ...folders(`${libraries}/libc.so.6`),
    ...folders(loader),
    { kind: "folder", path: "data", mode: 0o777 } as const,
    ...(await busyboxFiles([{ name: server, id: userId }])),
    await library(loader, basename(loader)),
    ...(await Promise.all(names.map(async (name) => library(`${libraries}/${name}`, name)))),
    ...(await Promise.all(
      programs[server].map(async (name) => executable(`usr/local/bin/${name}`, join(folder, "bin", name))),
    )),
    ...aliases(server).map((name): TarEntry => ({
      kind: "link",
      path: `usr/local/bin/${name}`,
      target: `${server}-server`,
    })),
  ];
  return {
    tags: [imageNames[server](version)],
    files: files.filter(({ path }, index) => files.findIndex((other) => other.path === path) === index),
    config: { Env: [searchPath], WorkingDir: "/data", Cmd: [`${server}-server`] },
  };
}

/** The source's folder in the cache, whose name has the version; another recipe makes another name. */
async function cachedFolder(layout: Layout, source: Source): Promise<string | undefined> {
  if (!existsSync(layout.programs)) return undefined;
  const names = await readdir(layout.programs);
  const { server, suite } = source;
  const found = names.find(
    (name) => name.startsWith(`${server}-${suite}-v`) && name.endsWith(`-${recipeHash(source)}`),
  );
  return found === undefined ? undefined : join(layout.programs, found);
}

function recipeHash({ server }: Source): string {
  const recipe = [packages[server], programs[server], machine()];
  return createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 8);
}

async function fetchSource(layout: Layout, source: Source): Promise<string> {
  const { server, suite } = source;
  await mkdir(layout.work, { recursive: true });
  const work = await mkdtemp(join(layout.work, `${server}-${suite}-`));
  try {
    const root = join(work, "root");
    // Signed as any Debian suite; only its date is not looked at, for a mirror that stands still.
    const options = ["--mode=root", "--variant=extract", '--aptopt=Acquire::Check-Valid-Until "false"'];
    const include = `--include=${packages[server].join(",")}`;
    await must("mmdebstrap", [...options, include, suite, root, await debianMirror()]);
    const out = join(work, "out");
    const version = await keepWhatIsNeeded(server, root, out);
    const folder = join(layout.programs, `${server}-${suite}-v${version}-${recipeHash(source)}`);
    await mkdir(layout.programs, { recursive: true });
    await rename(out, folder);
    return folder;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Copies the programs and their libraries, and returns the version that the server says it has. */
async function keepWhatIsNeeded(server: Source["server"], root: string, out: string): Promise<string> {
  const { libraries, loader } = machine();
  // Before trixie the packages still had half of it outside of /usr.
  const places = [join(root, libraries), join(root, libraries.replace("usr/", ""))].filter((place) =>
    existsSync(place),
  );
  const held = (name: string): string => join(places.find((place) => existsSync(join(place, name))) ?? "", name);
  const started = async (...args: string[]): Promise<string> =>
    must(held(basename(loader)), ["--library-path", places.join(":"), ...args]);
  const installed = (name: string): string => join(root, "usr/bin", name);
  await mkdir(join(out, "bin"), { recursive: true });
  await mkdir(join(out, "lib"));
  const needed = new Set([basename(loader)]);
  for (const name of programs[server]) {
    await copyFile(installed(name), join(out, "bin", name));
    for (const [, library] of (await started("--list", installed(name))).matchAll(/=> .*\/([^/ ]+) \(0x/g))
      needed.add(library ?? "");
  }
  for (const library of needed) await copyFile(held(library), join(out, "lib", library));
  const version = /v=(\d+\.\d+\.\d+)/.exec(await started(installed(`${server}-server`), "--version"))?.[1];
  if (version === undefined) throw new Error(`${server}-server --version says no version`);
  await writeFile(join(out, "version"), `${version}\n`);
  return version;
}

/** The mirror this machine's own packages come from: the first that serves its own suite. */
async function debianMirror(): Promise<string> {
  const format = ["--no-release-info", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages"];
  const sources = (await must("apt-get", ["indextargets", ...format])).split("\n").map((line) => line.split(" "));
  const own = /^VERSION_CODENAME=(\S+)/m.exec(await readFile("/etc/os-release", "utf8"))?.[1];
  const mirror = (sources.find(([release]) => release === own) ?? sources[0])?.[1];
  if (mirror === undefined || mirror === "") throw new Error("apt-get knows no package source of this machine");
  return mirror;
}

function machine(): (typeof machines)[keyof typeof machines] {
  return process.arch === "arm64" ? machines.arm64 : machines.x64;
}
