import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { lastLines, must } from "../command.ts";
import { poll } from "../poll.ts";
import { addons } from "./addons.ts";
import { apiGet } from "./api.ts";
import { programFolder } from "./build.ts";
import { makeCgroups } from "./cgroups.ts";
import { components, type ComponentName } from "./components.ts";
import { readiness } from "./health.ts";
import { takeHostSnapshot } from "./host-snapshot.ts";
import { importImages } from "./image-import.ts";
import type { Layout } from "./layout.ts";
import { namespacesReady, startComponent, startNamespaces } from "./namespaces.ts";
import { nodePaths, writeNodeConfig } from "./node-config.ts";
import { makePki } from "./pki.ts";
import { end, isAlive } from "./process-id.ts";
import { kubernetesRecipe } from "./recipes.ts";
import { readState, writeState, type ClusterState, type Wire } from "./state.ts";
import { layWire, planWire } from "./wire.ts";

/**
 * Starts the cluster and returns when its node and its own pods are ready. Programs and images must be there,
 * nothing may be left of an earlier cluster, and the caller holds the lock. Each step is recorded first, so
 * that whatever happens here, `stop` can undo it.
 */
export async function start(layout: Layout, archive: string, log: (line: string) => void): Promise<void> {
  await keepPreviousLogs(layout);
  await rm(layout.run, { recursive: true, force: true });
  await mkdir(layout.run, { recursive: true, mode: 0o700 });
  const wire = planWire(layout);
  let state: ClusterState = { wire, components: {}, before: await takeHostSnapshot(), complete: false };
  const record = async (change: Partial<ClusterState>): Promise<void> =>
    writeState(layout, (state = { ...state, ...change }));
  await record({});

  await writeNodeConfig(layout, await makePki(layout, wire), wire);
  await symlink(join(await programFolder(layout, kubernetesRecipe), "kubectl"), layout.kubectl);
  await makeCgroups(layout);
  const keeper = await startNamespaces(layout, async (started) => record({ keeper: started }));
  const init = await namespacesReady(layout, keeper);
  await record({ init });
  await layWire(wire, init);

  const all = await components(layout);
  const launch = async (...names: ComponentName[]): Promise<void> => {
    for (const name of names) {
      const started = await startComponent(layout, init, all[name]);
      await record({ components: { ...state.components, [name]: started } });
    }
  };
  await launch("etcd", "kube-apiserver", "containerd");
  await importImages(layout, init, archive);
  await record({ images: basename(archive) });
  await apiReady(layout, wire, state);
  log("the API server is ready");
  await launch("kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy");
  await applyAddons(layout);
  await everythingReady(layout, wire, state);
  await record({ complete: true });
}

/** Starts with empty logs; those of the last cluster, which may have broken, stay for one more. */
async function keepPreviousLogs(layout: Layout): Promise<void> {
  const previous = `${layout.logs}.previous`;
  if (existsSync(layout.logs)) {
    await rm(previous, { recursive: true, force: true });
    await rename(layout.logs, previous);
  }
  await mkdir(layout.logs, { recursive: true, mode: 0o700 });
}

/** Kills the API server and returns when a new one in its place is ready. The caller holds the lock. */
export async function restartApiServer(layout: Layout): Promise<void> {
  const state = readState(layout);
  const running = state?.components["kube-apiserver"];
  if (state?.init === undefined || running === undefined) throw new Error("no local cluster is running");
  await end(running);
  const component = (await components(layout))["kube-apiserver"];
  const started = await startComponent(layout, state.init, component);
  const changed = { ...state, components: { ...state.components, [component.name]: started } };
  await writeState(layout, changed);
  await apiReady(layout, state.wire, changed);
}

async function applyAddons(layout: Layout): Promise<void> {
  const apply = ["apply", "--server-side", "--validate=false", "-f", "-"];
  await must(layout.kubectl, ["--kubeconfig", layout.kubeconfig, ...apply], {
    input: JSON.stringify(addons(nodePaths(layout).volumes)),
    env: { HOME: layout.run }, // kubectl keeps a cache in it
  });
}

async function apiReady(layout: Layout, wire: Wire, state: ClusterState): Promise<void> {
  const options = { what: "starting the API server", timeoutMs: 60_000, hopeless: () => deadComponent(layout, state) };
  await poll(options, async () => apiGet(layout, wire, "/readyz"));
}

async function everythingReady(layout: Layout, wire: Wire, state: ClusterState): Promise<void> {
  let missing: readonly string[] = [];
  const hopeless = (): string | undefined => deadComponent(layout, state);
  try {
    await poll({ what: "starting the node", timeoutMs: 90_000, everyMs: 150, hopeless }, async () => {
      missing = await readiness(layout, wire);
      return missing.length === 0 || undefined;
    });
  } catch (error) {
    throw new Error(`${missing.join(", ")}; logs are in ${layout.logs}`, { cause: error });
  }
}

/** What the first component that has died said last; `undefined` while all live. */
function deadComponent(layout: Layout, state: ClusterState): string | undefined {
  const dead = Object.entries(state.components).find(([, process]) => !isAlive(process));
  if (dead === undefined) return undefined;
  const log = join(layout.logs, `${dead[0]}.log`);
  return `${dead[0]} ended, see ${log}:\n${lastLines(readFileSync(log, "utf8"), 8)}`;
}
