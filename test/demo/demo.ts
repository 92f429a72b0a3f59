// npm run demo: on a real Kubernetes cluster, an etcd of three with TLS is installed, scaled to five while a client writes, killed half-way,
// healed after it lost a disk, scaled back, and every acknowledged write is read back; then backed up to S3, destroyed, restored from there
// and upgraded. Exit code 1 when anything is not as promised.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { etcdVersions } from "../cluster/provider.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { endAll, runProcess } from "../run/processes.ts";
import { startCluster } from "../run/test-cluster.ts";
import { broke, chapter, proved, say, seconds } from "./narrator.ts";
import { Shell } from "./shell.ts";

const project = join(import.meta.dirname, "..", "..");
const namespace = "dbop-demo";
/** Of the S3 server. */
const storeNamespace = `${namespace}-store`;
let shell: Shell | undefined;

process.chdir(project);
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)
  process.on(signal, () => void interrupted(code));

process.exitCode = await main();

async function main(): Promise<number> {
  say("kubectl dbop is an operator in a command. It runs once, does what is due in safe steps, and ends.");
  try {
    await build();
    const cluster = await getCluster();
    shell = new Shell(environment(cluster));
    await clearAway(shell);
    const began = Date.now();
    // Only now: the suite's tools read where the cluster is when they are loaded.
    const { runScenes } = await import("./scenes.ts");
    const versions = { version: etcdVersions["3.6"], newer: etcdVersions["3.7"] };
    await runScenes(shell, { namespace, name: "demo", ...versions });
    await shell.type(`kubectl delete namespace ${namespace} ${storeNamespace} --wait=false`);
    say(
      `\nAll as promised, in ${seconds(Date.now() - began)}. The cluster stays up: npm run cluster -- down takes it away.`,
    );
    return 0;
  } catch (error) {
    say("");
    broke(error instanceof Error ? error.message : String(error));
    say(`Not as promised. The namespace ${namespace} is left for a look; the next demo clears it away.`);
    return 1;
  }
}

async function build(): Promise<void> {
  const built = await runProcess("npm", ["run", "--silent", "build"], { env: process.env });
  if (built.code !== 0) throw new Error(`npm run build failed:\n${built.output}`);
  proved(`built bin/kubectl-dbop in ${seconds(built.seconds * 1000)}`);
}

async function getCluster(): Promise<Cluster> {
  chapter(
    "A Kubernetes to work on",
    "The first time on a machine this builds Kubernetes, about 10 minutes; later 20 seconds.",
  );
  const starting = await startCluster(process.env, (line) => {
    if (!line.startsWith("export ")) say(`  ${line}`);
  });
  if ("unavailable" in starting) throw new Error(starting.unavailable);
  const started = await starting.ready;
  if ("failure" in started) throw new Error(`the cluster did not start:\n${started.failure}`);
  const { cluster } = started;
  proved(starting.wasUp ? "it is up already" : `up after ${seconds(started.seconds * 1000)}`);
  say("\nTo type along in another terminal:");
  say(`  export KUBECONFIG=${cluster.kubeconfig}`);
  say(`  export PATH=${programs(cluster)}:$PATH`);
  return cluster;
}

/** kubectl finds its plugins on the PATH by their name. */
function programs({ kubectl }: Cluster): string {
  return `${join(kubectl, "..")}:${join(project, "bin")}`;
}

/** The writer reads where the cluster is from the environment, as the suite does. */
function environment(cluster: Cluster): Record<string, string> {
  const own = { KUBECONFIG: cluster.kubeconfig, PATH: `${programs(cluster)}:${process.env["PATH"] ?? ""}` };
  Object.assign(process.env, own, { DBOP_TEST_KUBECONFIG_PATH: cluster.kubeconfig });
  return own;
}

/** What an earlier demo left that did not come to its end. */
async function clearAway(earlier: Shell): Promise<void> {
  const both = `${namespace} ${storeNamespace}`;
  if ((await earlier.ask(`kubectl get namespace ${both} --ignore-not-found -o name`)) === "") return;
  say(`\nclearing away the namespaces of an earlier demo`);
  await earlier.ask(`kubectl delete namespace ${both} --ignore-not-found --wait=true --timeout=120s`);
}

async function interrupted(code: number): Promise<void> {
  say(`\ninterrupted: the namespace ${namespace} goes, the cluster stays`);
  shell?.interrupt();
  await endAll();
  const deletion = shell?.ask(
    `kubectl delete namespace ${namespace} ${storeNamespace} --ignore-not-found --wait=false`,
  );
  await Promise.race([deletion?.catch(() => undefined), sleep(5_000)]);
  process.exit(code);
}
