/**
 * Vitest's global setup of the project "package": the archives that the tests look at. Those that can be run here are made of this build.
 * Of the others only the structure can be looked at, which is the same whatever program is inside: they hold a small one and are kept
 * outside the project until something in build/package changes.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { cacheFolder } from "../../../build/package/node-binary.ts";
import { hostTarget, targetName, targets } from "../../../build/package/targets.ts";
import { arm64Emulator } from "./arm64-emulator.ts";

const project = join(import.meta.dirname, "../../..");

export function setup({ provide }: TestProject): () => void {
  const work = mkdtempSync(join(tmpdir(), "dbop-packages-"));
  const dist = join(work, "dist");
  execFileSync(process.execPath, [join(project, "build/build.ts"), dist], { stdio: "inherit" });
  const emulator = arm64Emulator();
  const runnable = [targetName(hostTarget()), ...("unavailable" in emulator ? [] : ["linux_arm64"])];
  packageInto(work, dist, [...new Set(runnable)]);
  const others = targets.map(targetName).filter((name) => !runnable.includes(name));
  provide("packages", { own: work, others: keptStructures(others), emulator });
  return () => {
    rmSync(work, { recursive: true, force: true });
  };
}

function packageInto(out: string, dist: string, names: readonly string[]): void {
  const script = join(project, "build/package/package.ts");
  const args = ["--targets", names.join(","), "--out", out, "--dist", dist];
  execFileSync(process.execPath, [script, ...args], { stdio: ["ignore", "ignore", "inherit"] });
}

function keptStructures(names: readonly string[]): string {
  const parent = cacheFolder("packages");
  const kept = join(parent, `${inputs()}-${names.join("-")}`);
  if (existsSync(kept)) return kept;
  rmSync(parent, { recursive: true, force: true });
  mkdirSync(parent, { recursive: true });
  const work = mkdtempSync(`${kept}.`);
  const dist = join(work, "dist");
  mkdirSync(dist);
  writeFileSync(join(dist, "main.cjs"), 'process.stdout.write("a small program\\n");');
  packageInto(work, dist, names);
  renameSync(work, kept);
  return kept;
}

/** Of all that decides what an archive looks like. */
function inputs(): string {
  const hash = createHash("sha256");
  const folder = join(project, "build/package");
  const files = readdirSync(folder).map((name) => join("build/package", name));
  for (const file of [...files.toSorted(), "build/image/tar.ts", "plugin.yaml", "package-lock.json"])
    hash.update(file).update(readFileSync(join(project, file)));
  return hash.digest("hex").slice(0, 16);
}
