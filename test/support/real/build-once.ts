/**
 * Vitest's global setup: builds the plugin into a directory of its own, so that a build beside the tests changes nothing under them, and
 * brings the kinds, so that no file depends on another to have installed something first.
 */
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { crdObjects } from "../../../src/reconcile/crds.ts";
import { admin } from "./cluster.ts";
import { kubeconfig } from "./place.ts";

const project = join(import.meta.dirname, "../../..");

export async function setup({ provide }: TestProject): Promise<() => void> {
  const checkout = mkdtempSync(join(tmpdir(), "dbop-real-"));
  cpSync(join(project, "bin"), join(checkout, "bin"), { recursive: true });
  symlinkSync(join(project, "node_modules"), join(checkout, "node_modules"));
  execFileSync(process.execPath, [join(project, "build/build.ts"), join(checkout, "dist")], { stdio: "inherit" });
  provide("checkout", checkout);
  if (kubeconfig !== undefined && existsSync(kubeconfig)) await bringKinds();
  return () => {
    rmSync(checkout, { recursive: true, force: true });
  };
}

async function bringKinds(): Promise<void> {
  const { kube } = await admin();
  for (const crd of crdObjects()) await kube.apply(crd);
}
