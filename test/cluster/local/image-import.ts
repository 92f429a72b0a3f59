import { basename } from "node:path";
import { poll } from "../poll.ts";
import { buildPrograms } from "./build.ts";
import { archivePath, ensureImages } from "./images.ts";
import type { Layout } from "./layout.ts";
import { runInside } from "./namespaces.ts";
import { nodePaths, snapshotter } from "./node-config.ts";
import type { ProcessId } from "./process-id.ts";
import { imageRecipes } from "./recipes.ts";
import { readState, writeState } from "./state.ts";

/** Waits for the containerd in the namespaces of `init` and gives it the images. Those it has it takes again. */
export async function importImages(layout: Layout, init: ProcessId, archive: string): Promise<void> {
  const socket = nodePaths(layout).containerdSocket;
  const ctr = async (...args: string[]): Promise<string> => runInside(init, "ctr", ["--address", socket, ...args]);
  await poll({ what: "starting containerd", timeoutMs: 20_000 }, async () => ctr("version").catch(() => undefined));
  await ctr("--namespace", "k8s.io", "images", "import", "--snapshotter", await snapshotter(layout), archive);
}

/**
 * Gives a running cluster the images of this checkout, unless it has those: it may have been started from an older
 * one. Running containers keep what they run. The caller holds the lock.
 */
export async function renewImages(layout: Layout, log: (line: string) => void): Promise<void> {
  const state = readState(layout);
  if (state?.init === undefined) throw new Error("no local cluster is running");
  if (state.images === basename(await archivePath(layout))) return;
  await buildPrograms(layout, imageRecipes, log);
  const archive = await ensureImages(layout, log);
  log("the cluster runs and has other images: importing these");
  await importImages(layout, state.init, archive);
  await writeState(layout, { ...state, images: basename(archive) });
}

/** Gives a running cluster the images of `archive` besides. */
export async function loadImages(layout: Layout, archive: string): Promise<void> {
  const init = readState(layout)?.init;
  if (init === undefined) throw new Error("no local cluster is running");
  await importImages(layout, init, archive);
}
