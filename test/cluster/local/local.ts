import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { exists } from "../command.ts";
import { etcdVersions, type Cluster, type Log, type Provider } from "../provider.ts";
import { buildPrograms, missingPrograms } from "./build.ts";
import { exclusively } from "./exclusive.ts";
import { isHealthy } from "./health.ts";
import { loadImages, renewImages } from "./image-import.ts";
import { ensureImages } from "./images.ts";
import { localLayout, type Layout } from "./layout.ts";
import { installPackages, missingPackages } from "./packages.ts";
import { recipes } from "./recipes.ts";
import { start, restartApiServer } from "./start.ts";
import { describe } from "./status.ts";
import { stop } from "./stop.ts";

/** A cluster of one node in namespaces of this machine's own kernel: Linux, root, no container engine needed. */
export function localCluster(env: NodeJS.ProcessEnv): Provider {
  const layout = localLayout(env);
  return {
    kubeconfig: layout.kubeconfig,
    reason: "using a cluster of this machine's own, because it is Linux and we are root",
    started: () => existsSync(layout.run),
    refusal: async () => refusal(layout),
    up: async (log) => up(layout, log),
    down: async (log) => down(layout, log),
    load: async (archive) => loadImages(layout, archive),
    status: async () => describe(layout),
  };
}

async function refusal(layout: Layout): Promise<string | undefined> {
  if (process.platform !== "linux") return "a cluster on this machine itself needs Linux";
  if (process.getuid?.() !== 0) return "a cluster on this machine itself needs root";
  if (missingPackages().length > 0 && !(await exists("apt-get")))
    return `these are not installed: ${missingPackages().join(", ")}`;
  if ((await missingPrograms(layout)).length > 0 && !(await exists("go"))) return "Go is not installed";
  return undefined;
}

async function up(layout: Layout, log: Log): Promise<Cluster> {
  await alone(layout, log, async () => {
    await installPackages(log); // one that runs may be of a checkout that needed fewer
    if (await isHealthy(layout)) return renewImages(layout, log);
    const started = Date.now();
    for (const left of await stop(layout)) log(`left by an earlier cluster: ${left}`);
    await rm(layout.work, { recursive: true, force: true });
    await buildPrograms(layout, recipes, log);
    const archive = await ensureImages(layout, log);
    try {
      await start(layout, archive, log);
    } catch (error) {
      await stop(layout); // only the logs are of use now
      throw error;
    }
    log(`the cluster is ready after ${String(Math.round((Date.now() - started) / 1000))} s`);
  });
  return {
    kind: "local",
    kubeconfig: layout.kubeconfig,
    kubectl: layout.kubectl,
    etcdVersions,
    down: async () => down(layout, log),
    restartApiServer: async () => alone(layout, log, async () => restartApiServer(layout)),
  };
}

async function down(layout: Layout, log: Log): Promise<void> {
  const left = await alone(layout, log, async () => stop(layout));
  if (left.length > 0) throw new Error(`the cluster left something behind:\n${left.join("\n")}`);
  log("the cluster is down and nothing of it is left");
}

async function alone<T>(layout: Layout, log: Log, action: () => Promise<T>): Promise<T> {
  const waiting = (): void => {
    log("waiting for another command to finish with the cluster");
  };
  return exclusively(`kubectl-dbop-cluster-${layout.id}`, waiting, action);
}
