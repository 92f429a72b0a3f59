import { existsSync } from "node:fs";
import { run } from "../command.ts";
import { versions } from "../versions.ts";
import { isHealthy } from "./health.ts";
import type { Layout } from "./layout.ts";
import { nodePaths } from "./node-config.ts";
import { runInside } from "./namespaces.ts";
import { isAlive } from "./process-id.ts";
import { readState, type ClusterState } from "./state.ts";

/** What runs of the local cluster, for a person. */
export async function describe(layout: Layout): Promise<{ running: boolean; lines: readonly string[] }> {
  const logs = `logs: ${layout.logs}`;
  const state = readState(layout);
  if (state === undefined || !existsSync(layout.kubeconfig))
    return { running: false, lines: ["no local cluster is running", logs] };
  const running = await isHealthy(layout);
  const processes = Object.entries(state.components).map(
    ([name, id]) => `  ${name}: ${isAlive(id) ? `running, process ${String(id.pid)}` : "dead"}`,
  );
  const kubectl = async (...args: string[]): Promise<readonly string[]> => {
    const result = await run(layout.kubectl, ["--kubeconfig", layout.kubeconfig, "--request-timeout=5s", ...args], {
      env: { HOME: layout.run },
    });
    return (result.stdout + result.stderr).trimEnd().split("\n");
  };
  return {
    running,
    lines: [
      running ? "the local cluster is ready" : "the local cluster is not well; up starts it anew",
      `versions: Kubernetes ${versions.kubernetes}, etcd ${versions.controlPlaneEtcd}, CoreDNS ${versions.coredns}, ` +
        `local-path-provisioner ${versions.localPathProvisioner}`,
      `address: ${state.wire.nodeAddress}, kubeconfig: ${layout.kubeconfig}`,
      logs,
      "processes:",
      ...processes,
      "images:",
      ...(await imageList(layout, state)),
      ...(await kubectl("get", "nodes", "-o", "wide")),
      ...(await kubectl("get", "pods", "-A")),
    ],
  };
}

async function imageList(layout: Layout, { init }: ClusterState): Promise<readonly string[]> {
  if (init === undefined || !isAlive(init)) return [];
  const address = ["--address", nodePaths(layout).containerdSocket];
  const names = await runInside(init, "ctr", [...address, "--namespace", "k8s.io", "images", "list", "--quiet"]);
  return names
    .split("\n")
    .filter((name) => name !== "" && !name.startsWith("sha256:"))
    .map((name) => `  ${name}`);
}
