/** The image of the program under test, in the cluster's own store. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { chooseProvider } from "../../cluster/cluster.ts";

const project = join(import.meta.dirname, "../../..");

let loading: Promise<string | undefined> | undefined;

/** Makes it of this run's build and loads it. Returns its reference; undefined when the cluster is not ours to give images to. */
export function loadProductImage(): Promise<string | undefined> {
  // Two imports of one image at the same time get in each other's way.
  loading ??= load();
  return loading;
}

async function load(): Promise<string | undefined> {
  const provider = await chooseProvider(process.env);
  if ("unavailable" in provider) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "dbop-image-"));
  const [reference, archive] = ["localhost/kubectl-dbop:test", join(folder, "image.tar")];
  try {
    const script = join(project, "build/image/image.ts");
    execFileSync(process.execPath, [script, reference, archive, join(inject("checkout"), "dist")], { stdio: "pipe" });
    await provider.load(archive);
    return reference;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
