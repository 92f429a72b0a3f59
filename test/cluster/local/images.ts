import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { must } from "../command.ts";
import { etcdImageVersions, imageNames } from "../versions.ts";
import { programFolder } from "./build.ts";
import { debianFolders, debianImages, fetchDebianPrograms } from "./debian-images.ts";
import { busyboxFiles, busyboxPath, executable, folders, searchPath, userFiles } from "./image-files.ts";
import { program as withLibraries, withFolders } from "../../../build/image/files.ts";
import { imageArchive, type Image, type ImageConfig } from "../../../build/image/archive.ts";
import type { Layout } from "./layout.ts";
import {
  azuriteRecipe,
  corednsRecipe,
  etcdRecipe,
  fakeGcsServerRecipe,
  imageRecipes,
  localPathRecipe,
  pauseRecipe,
  rcloneRecipe,
  type Recipe,
} from "./recipes.ts";
import type { TarEntry } from "../../../build/image/tar.ts";

// A change of these files may change the images, so they are part of the archive's name.
const ownFiles = ["images.ts", "image-files.ts", "debian-images.ts"].map((name) => join(import.meta.dirname, name));

/** Makes the archive of all images unless the cache has it, and returns its path. What is built must be there. */
export async function ensureImages(layout: Layout, log: (line: string) => void): Promise<string> {
  await fetchDebianPrograms(layout, log);
  const archive = await archivePath(layout);
  if (existsSync(archive)) return archive;
  log("making the container images");
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const bytes = imageArchive(await images(layout), architecture);
  await mkdir(layout.images, { recursive: true });
  await writeFile(`${archive}.new`, bytes);
  for (const outdated of await readdir(layout.images))
    if (outdated.endsWith(".tar")) await rm(join(layout.images, outdated));
  await rename(`${archive}.new`, archive);
  return archive;
}

/** Where the archive of this checkout's images is or will be; its name is another as soon as any image is. */
export async function archivePath(layout: Layout): Promise<string> {
  const folders = await Promise.all(imageRecipes.map(async (recipe) => programFolder(layout, recipe)));
  const busybox = await must("busybox", ["--help"]);
  const hash = createHash("sha256");
  for (const file of ownFiles) hash.update(await readFile(file));
  const programs = [...folders.map((folder) => basename(folder)), ...(await debianFolders(layout))];
  hash.update(JSON.stringify([imageNames, programs, busybox.split("\n")[0], process.version]));
  return join(layout.images, `images-${hash.digest("hex").slice(0, 12)}.tar`);
}

async function images(layout: Layout): Promise<readonly Image[]> {
  const program = async (recipe: Recipe, name: string, path: string): Promise<TarEntry> =>
    executable(path, join(await programFolder(layout, recipe), name));
  const single = async (recipe: Recipe, tag: string, path: string, start: ImageConfig): Promise<Image> => ({
    tags: [tag],
    files: [...folders(path), await program(recipe, recipe.name, path)],
    config: { Env: [searchPath], ...start },
  });
  const built = await Promise.all([
    single(pauseRecipe, imageNames.pause, "pause", { Entrypoint: ["/pause"] }),
    single(corednsRecipe, imageNames.coredns, "coredns", { Entrypoint: ["/coredns"] }),
    single(localPathRecipe, imageNames.localPathProvisioner, "usr/bin/local-path-provisioner", {
      Cmd: ["local-path-provisioner"],
    }),
    single(fakeGcsServerRecipe, imageNames.fakeGcsServer, "bin/fake-gcs-server", {
      Entrypoint: ["/bin/fake-gcs-server", "-data", "/data"],
    }),
    azuriteImage(program(azuriteRecipe, "blob.js", "opt/azurite/dist/src/blob/main.js")),
    busyboxImage(),
    rcloneImage(await program(rcloneRecipe, "rclone", "usr/local/bin/rclone")),
    ...etcdImageVersions.map(async (version) =>
      etcdImage(version, async (name, path) => program(etcdRecipe(version), name, path)),
    ),
  ]);
  return [...built, ...(await debianImages(layout))];
}

/** The layout of the official image: the three programs, no shell. */
async function etcdImage(version: string, program: (name: string, path: string) => Promise<TarEntry>): Promise<Image> {
  const names = ["etcd", "etcdctl", "etcdutl"];
  return {
    tags: [imageNames.etcd(version)],
    files: [
      ...folders("usr/local/bin/etcd"),
      ...folders("var/lib/etcd/data"),
      { kind: "folder", path: "tmp", mode: 0o1777 },
      ...userFiles(),
      ...(await Promise.all(names.map(async (name) => program(name, `usr/local/bin/${name}`)))),
    ],
    config: { Env: [searchPath], WorkingDir: "/var/lib/etcd/", Cmd: ["/usr/local/bin/etcd"] },
  };
}

/** The layout of the official image, as far as blobs go, and without a shell; the Node is the project's own. */
async function azuriteImage(program: Promise<TarEntry>): Promise<Image> {
  return {
    tags: [imageNames.azurite],
    files: withFolders([...withLibraries("usr/local/bin/node", process.execPath), ...userFiles(), await program]),
    config: { Env: [searchPath], WorkingDir: "/opt/azurite" },
  };
}

async function busyboxImage(): Promise<Image> {
  const path = await busyboxPath();
  const version = /v(\d+\.\d+\.\d+)/.exec(await must(path, ["--help"]))?.[1];
  const numbered = version === undefined ? [] : [`docker.io/library/busybox:${version}`];
  return {
    tags: [imageNames.busybox, imageNames.busyboxLatest, ...numbered],
    files: await busyboxFiles(),
    config: { Env: [searchPath], Cmd: ["sh"] },
  };
}

/** The layout of the official image, which has a busybox for a shell: nothing of ours may rely on that. */
async function rcloneImage(program: TarEntry): Promise<Image> {
  return {
    tags: [imageNames.rclone],
    files: [
      ...(await busyboxFiles()),
      ...folders("usr/local/bin/rclone"),
      { kind: "folder", path: "data", mode: 0o755 },
      program,
    ],
    config: {
      Env: [searchPath, "XDG_CONFIG_HOME=/config"],
      Entrypoint: ["rclone"],
      WorkingDir: "/data",
    },
  };
}
