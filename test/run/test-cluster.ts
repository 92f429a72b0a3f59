/** The cluster for one run: started by a process of its own while something else is done, and stopped if this run started it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { chooseProvider, type Cluster } from "../cluster/cluster.ts";
import { programFolder } from "../cluster/local/build.ts";
import { localLayout } from "../cluster/local/layout.ts";
import { etcdRecipe } from "../cluster/local/recipes.ts";
import { etcdVersions } from "../cluster/provider.ts";
import { runProcess, type Ended } from "./processes.ts";

/** A cluster that is being started, or was there. */
export interface Starting {
  /** Why this kind of cluster. */
  readonly reason: string;
  /** It was up before, and stays up. */
  readonly wasUp: boolean;
  /** The cluster; or, when it did not start, what was said meanwhile. Never rejects. */
  readonly ready: Promise<Started>;
  /** Stops it, if it was not up before. */
  readonly putBack: () => Promise<Ended | undefined>;
}

export type Started = { readonly cluster: Cluster; readonly seconds: number } | { readonly failure: string };

const cli = join(import.meta.dirname, "..", "cluster", "cli.ts");

/** Begins to start a cluster, or says why there is none to be had. `log` gets a line for each thing that takes time. */
export async function startCluster(
  env: NodeJS.ProcessEnv,
  log: (line: string) => void,
): Promise<Starting | { readonly unavailable: string }> {
  const provider = await chooseProvider(env);
  if ("unavailable" in provider) return provider;
  const wasUp = (await provider.status()).running;
  const up = async (): Promise<Started> => {
    const { code, output, seconds } = await runProcess(process.execPath, [cli, "up"], { env, onLine: log });
    if (code !== 0) return { failure: output };
    try {
      // It is up: this only tells where its things are.
      return { cluster: await provider.up(() => undefined), seconds };
    } catch (error) {
      return { failure: String(error) };
    }
  };
  return {
    reason: provider.reason,
    wasUp,
    ready: up(),
    putBack: async () => (wasUp ? undefined : runProcess(process.execPath, [cli, "down"], { env })),
  };
}

/** What the suites of the "cluster" project read: where the cluster is, and the etcd programs that need none. */
export async function suiteEnvironment(
  env: NodeJS.ProcessEnv,
  cluster: Cluster | undefined,
): Promise<Readonly<Record<string, string>>> {
  const etcd: (readonly [string, string])[] = [];
  const newest = { "3.5": etcdVersions["3.5"][1], "3.6": etcdVersions["3.6"], "3.7": etcdVersions["3.7"] };
  for (const [minor, version] of Object.entries(newest)) {
    const program = join(await programFolder(localLayout(env), etcdRecipe(version)), "etcd");
    if (existsSync(program)) etcd.push([`DBOP_TEST_ETCD_BIN_${minor.replace(".", "_")}`, program]);
  }
  return {
    ...Object.fromEntries(etcd),
    ...(cluster === undefined
      ? {}
      : { DBOP_TEST_KUBECONFIG_PATH: cluster.kubeconfig, DBOP_TEST_KUBECTL: cluster.kubectl }),
  };
}
