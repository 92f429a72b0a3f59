/** What the global setup has made, for the tests of the project "package". */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import { archiveName, krewManifest } from "../../../build/package/krew-manifest.ts";
import { pluginMetadata, pluginVersion } from "../../../build/package/plugin-metadata.ts";
import { targets, type Target } from "../../../build/package/targets.ts";
import type { Emulator } from "./arm64-emulator.ts";
import { readManifest, type KrewManifest } from "./krew.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Folders with release/ and krew-manifest/. */
    packages: { readonly own: string; readonly others: string; readonly emulator: Emulator };
  }
}

export const plugin = pluginMetadata();
export const version = pluginVersion();

export function archiveOf(target: Pick<Target, "os" | "arch">): Buffer {
  const { own, others } = inject("packages");
  const name = archiveName(plugin.name, target);
  const found = [own, others].map((folder) => join(folder, "release", name)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`there is no ${name}`);
  return readFileSync(found);
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Of all archives, as a release has it. */
export function wholeManifest(): { readonly text: string; readonly manifest: KrewManifest } {
  const text = krewManifest(
    plugin,
    version,
    targets.map((target) => ({ target, sha256: sha256(archiveOf(target)) })),
  );
  return { text, manifest: readManifest(text) };
}
