/** The files `-f` names, from the disk and standard input. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { InputFiles } from "./deps.ts";

/** Relative paths are resolved against `cwd`. */
export function inputFiles(cwd: string, stdin: Readable): InputFiles {
  return {
    read: (path) => (path === "-" ? text(stdin) : readFile(resolve(cwd, path), "utf8")),
    list: async (path, recursive) => {
      const directory = resolve(cwd, path);
      if (!(await stat(directory)).isDirectory()) return undefined;
      const entries = await readdir(directory, { recursive, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile() || entry.isSymbolicLink());
      return files.map((entry) => join(entry.parentPath, entry.name)).toSorted();
    },
  };
}
