// npm run image [-- REFERENCE [FILE [DIST]]]: a container image of the built program, for backups by schedule: an archive as `docker save` makes one, for
// `docker load`, `ctr images import` or `kind load image-archive`. No container engine is needed. It holds the pinned Node, the shared
// libraries that needs, from this machine, and dist/. No shell.
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { imageArchive } from "./archive.ts";
import { program, withFolders } from "./files.ts";
import type { TarEntry } from "./tar.ts";

const project = join(import.meta.dirname, "../..");
const [
  reference = `localhost/kubectl-dbop:${version()}`,
  file = join(project, "kubectl-dbop-image.tar"),
  dist = join(project, "dist"),
] = process.argv.slice(2);

try {
  if (process.platform !== "linux") throw new Error("an image holds a Linux program: it is made on Linux");
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const image = {
    tags: [reference],
    files: withFolders([...program("usr/bin/node", process.execPath), ...tree(dist, "app")]),
    config: { Entrypoint: ["/usr/bin/node", "/app/main.cjs"], Env: ["HOME=/tmp"] },
  };
  writeFileSync(`${file}.new`, imageArchive([image], architecture));
  renameSync(`${file}.new`, file);
  process.stdout.write(`${reference} is in ${relative(process.cwd(), file)}\n`);
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
  if (typeof manifest !== "object" || manifest === null || !("version" in manifest))
    throw new Error("package.json names no version");
  return String(manifest.version);
}

function tree(folder: string, path: string): readonly TarEntry[] {
  if (!existsSync(join(folder, "main.cjs"))) throw new Error("dist/ is not there: npm run build makes it");
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .map((from) => ({
      kind: "file",
      path: join(path, relative(folder, from)),
      content: readFileSync(from),
      mode: 0o644,
    }));
}
