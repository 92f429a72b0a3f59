/** Files that the build lays beside the program. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { getAsset, isSea } from "node:sea";

/** Its text: of the single executable's own when this is one, of the disk otherwise. Undefined when the build made no such file. */
export function bundledFile(name: string): string | undefined {
  if (isSea()) return getAsset(name, "utf8");
  const file = join(import.meta.dirname, name);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
