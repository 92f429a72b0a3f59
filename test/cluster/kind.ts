import { existsSync } from "node:fs";
import { mkdir, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { exists, must, run } from "./command.ts";
import { localLayout } from "./local/layout.ts";
import { expandableStorageClass } from "./local/storage.ts";
import { etcdVersions, type Cluster, type Log, type Provider } from "./provider.ts";

const clusterName = "kubectl-dbop";
const controlPlane = `${clusterName}-control-plane`;

/** A cluster made by kind, in the user's Docker. It pulls the official images itself. */
export function kindCluster(env: NodeJS.ProcessEnv): Provider {
  const folder = join(localLayout(env).root, "kind");
  const kubeconfig = join(folder, "kubeconfig");
  return {
    kubeconfig,
    reason: "using kind, because Docker answers",
    started: () => existsSync(kubeconfig),
    refusal,
    up: async (log) => up(kubeconfig, log),
    down: async () => remove(kubeconfig),
    load: async (archive) => {
      await must("kind", ["load", "image-archive", archive, "--name", clusterName]);
    },
    status: async () => {
      if (!existsSync(kubeconfig)) return { running: false, lines: ["no kind cluster is running"] };
      const nodes = await run("kubectl", ["--kubeconfig", kubeconfig, "get", "nodes", "-o", "wide"]);
      return { running: nodes.code === 0, lines: (nodes.stdout + nodes.stderr).trimEnd().split("\n") };
    },
  };
}

async function refusal(): Promise<string | undefined> {
  if (!(await exists("docker"))) return "Docker is not installed";
  // The client alone is of no use: ask the engine.
  const engine = await run("docker", ["info", "--format", "{{.ServerVersion}}"], { timeoutMs: 10_000 });
  if (engine.code !== 0 || engine.stdout.trim() === "") return "the Docker engine does not answer";
  return (await exists("kind")) ? undefined : "kind is not installed";
}

async function up(kubeconfig: string, log: Log): Promise<Cluster> {
  if (!(await isHealthy(kubeconfig))) {
    await remove(kubeconfig);
    await mkdir(dirname(kubeconfig), { recursive: true, mode: 0o700 });
    log("creating a kind cluster");
    await must("kind", ["create", "cluster", "--name", clusterName, "--kubeconfig", kubeconfig, "--wait", "120s"]);
  }
  const kubectl = await ensureKubectl(join(dirname(kubeconfig), "kubectl"));
  await must(kubectl, ["--kubeconfig", kubeconfig, "apply", "--server-side", "-f", "-"], {
    input: JSON.stringify(expandableStorageClass("rancher.io/local-path")),
  });
  return { kind: "kind", kubeconfig, kubectl, etcdVersions, down: async () => remove(kubeconfig) };
}

async function isHealthy(kubeconfig: string): Promise<boolean> {
  if (!existsSync(kubeconfig)) return false;
  const wait = ["wait", "--for=condition=Ready", "node", "--all", "--timeout", "1s"];
  return (
    (await run("docker", ["exec", controlPlane, "kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", ...wait]))
      .code === 0
  );
}

/** The node image's own kubectl, which has the cluster's version, or where it cannot run here, the user's. */
async function ensureKubectl(path: string): Promise<string> {
  await rm(path, { force: true });
  if (process.platform === "linux") {
    await must("docker", ["cp", `${controlPlane}:/usr/bin/kubectl`, `${path}.new`]);
    await rename(`${path}.new`, path);
  } else {
    await symlink((await must("sh", ["-c", "command -v kubectl"])).trim(), path);
  }
  return path;
}

async function remove(kubeconfig: string): Promise<void> {
  await must("kind", ["delete", "cluster", "--name", clusterName, "--kubeconfig", kubeconfig]);
  await rm(kubeconfig, { force: true });
}
