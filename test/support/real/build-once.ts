/** Vitest's global setup: builds the plugin into a directory of its own, so that a build beside the tests changes nothing under them. */
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

const project = join(import.meta.dirname, "../../..");

export function setup({ provide }: TestProject): () => void {
  const checkout = mkdtempSync(join(tmpdir(), "dbop-real-"));
  cpSync(join(project, "bin"), join(checkout, "bin"), { recursive: true });
  symlinkSync(join(project, "node_modules"), join(checkout, "node_modules"));
  execFileSync(process.execPath, [join(project, "build/build.ts"), join(checkout, "dist")], { stdio: "inherit" });
  provide("checkout", checkout);
  return () => {
    rmSync(checkout, { recursive: true, force: true });
  };
}
