import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { must } from "../command.ts";
import { etcdImageVersions, imageNames } from "../versions.ts";
import { programFolder } from "./build.ts";
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

// A change of this file may change the images, so it is part of the archive's name.
const thisFile = import.meta.filename;
const searchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Makes the archive of all images unless the cache has it, and returns its path. The programs must be built. */
export async function ensureImages(layout: Layout, log: (line: string) => void): Promise<string> {
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
  const hash = createHash("sha256").update(await readFile(thisFile));
  const names = folders.map((folder) => basename(folder));
  hash.update(JSON.stringify([imageNames, names, busybox.split("\n")[0], process.version]));
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
  return Promise.all([
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
    files: await busyboxFiles(path),
    config: { Env: [searchPath], Cmd: ["sh"] },
  };
}

/** The layout of the official image, which has a busybox for a shell: nothing of ours may rely on that. */
async function rcloneImage(program: TarEntry): Promise<Image> {
  return {
    tags: [imageNames.rclone],
    files: [
      ...(await busyboxFiles(await busyboxPath())),
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

async function busyboxFiles(path: string): Promise<readonly TarEntry[]> {
  const commands = (await must(path, ["--list"])).split("\n").filter((name) => name !== "" && name !== "busybox");
  return [
    ...folders("bin/busybox"),
    { kind: "folder", path: "tmp", mode: 0o1777 },
    ...userFiles(),
    await executable("bin/busybox", path),
    ...commands.map((name): TarEntry => ({ kind: "link", path: `bin/${name}`, target: "busybox" })),
  ];
}

async function busyboxPath(): Promise<string> {
  return (await must("sh", ["-c", "command -v busybox"])).trim();
}

function userFiles(): readonly TarEntry[] {
  const file = (path: string, text: string): TarEntry => ({
    kind: "file",
    path,
    content: Buffer.from(text),
    mode: 0o644,
  });
  return [
    { kind: "folder", path: "etc", mode: 0o755 },
    file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n"),
    file("etc/group", "root:x:0:\nnogroup:x:65534:\n"),
    file("etc/nsswitch.conf", "hosts: files dns\n"),
  ];
}

/** The folders above a path, outermost first. */
function folders(path: string): readonly TarEntry[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => ({ kind: "folder", path: parts.slice(0, index + 1).join("/"), mode: 0o755 }));
}

async function executable(path: string, source: string): Promise<TarEntry> {
  return { kind: "file", path, content: await readFile(source), mode: 0o755 };
}
