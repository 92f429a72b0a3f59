/** What images are put together of. */
import { execFileSync } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import type { TarEntry } from "./tar.ts";

/** A program of this machine, with every shared library that its dynamic linker would load, at the same paths. */
export function program(path: string, from: string): readonly TarEntry[] {
  const libraries = [...execFileSync("ldd", [from], { encoding: "utf8" }).matchAll(/(?:=> )?(\/\S+) \(0x/gu)].map(
    ([, library = ""]) => library,
  );
  return [
    { kind: "file", path, content: readFileSync(from), mode: 0o755 },
    ...libraries.map((library): TarEntry => ({
      kind: "file",
      path: library.slice(1),
      content: readFileSync(realpathSync(library)),
      mode: 0o755,
    })),
  ];
}

/** Every folder before what is in it. */
export function withFolders(files: readonly TarEntry[]): readonly TarEntry[] {
  const folders = new Set(["tmp"]);
  for (const { path } of files) for (let at = dirname(path); at !== "."; at = dirname(at)) folders.add(at);
  return [
    ...[...folders]
      .toSorted()
      .map((path): TarEntry => ({ kind: "folder", path, mode: path === "tmp" ? 0o1777 : 0o755 })),
    ...files,
  ];
}
