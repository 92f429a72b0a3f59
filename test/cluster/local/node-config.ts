import { mkdir, statfs, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { imageNames } from "../versions.ts";
import { cgroupName } from "./cgroups.ts";
import { kubeletKernelSettings } from "./host-snapshot.ts";
import { kubeconfig } from "./kubeconfig.ts";
import type { Layout } from "./layout.ts";
import { network } from "./network.ts";
import type { Pki } from "./pki.ts";
import type { Wire } from "./state.ts";

/** Paths of the node's configuration and sockets, all inside the run folder. */
export function nodePaths(layout: Layout) {
  const path = (...parts: string[]): string => join(layout.run, ...parts);
  return {
    ready: path("node-ready"),
    settings: path("settings"),
    containerdConfig: path("containerd.toml"),
    containerdSocket: path("containerd.sock"),
    networkConfig: path("cni", "10-bridge.conflist"),
    kubeletConfig: path("kubelet.json"),
    kubeletKubeconfig: path("kubelet.kubeconfig"),
    kubeletRoot: path("kubelet"),
    etcdData: path("etcd"),
    volumes: path("volumes"),
  } as const;
}

/** Writes every file the node's components read. */
export async function writeNodeConfig(layout: Layout, pki: Pki, wire: Wire): Promise<void> {
  const paths = nodePaths(layout);
  const server = `https://${wire.nodeAddress}:${String(network.apiPort)}`;
  const files: Record<string, string> = {
    [paths.containerdConfig]: containerdConfig(layout, await snapshotter(layout)),
    [paths.networkConfig]: JSON.stringify(podNetwork(), undefined, 2),
    [paths.kubeletConfig]: JSON.stringify(kubeletConfig(layout, pki), undefined, 2),
    [paths.kubeletKubeconfig]: kubeconfig(server, pki.authority, pki.kubelet),
    [layout.kubeconfig]: kubeconfig(server, pki.authority, pki.admin),
  };
  for (const [setting, value] of Object.entries(kubeletKernelSettings))
    files[join(paths.settings, setting)] = `${value}\n`;
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { mode: 0o600 });
  }
  await mkdir(paths.volumes, { recursive: true });
}

/** The kernel refuses overlayfs on overlayfs, which is what a container's own disk is. */
export async function snapshotter(layout: Layout): Promise<"overlayfs" | "native"> {
  const overlayMagic = 0x794c7630;
  return (await statfs(layout.run)).type === overlayMagic ? "native" : "overlayfs";
}

function containerdConfig(layout: Layout, snapshots: string): string {
  const paths = nodePaths(layout);
  const folder = join(layout.run, "containerd");
  return `version = 2
root = "${folder}/root"
state = "${folder}/state"
[grpc]
  address = "${paths.containerdSocket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${imageNames.pause}"
  # Without this, every sandbox fails where root may not lower its own OOM score.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${dirname(paths.networkConfig)}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "${snapshots}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`;
}

function podNetwork(): object {
  return {
    cniVersion: "1.0.0",
    name: "dbop",
    plugins: [
      {
        type: "bridge",
        bridge: "dbop0",
        isGateway: true,
        ipMasq: true,
        hairpinMode: true,
        ipam: {
          type: "host-local",
          dataDir: "/run/cni-addresses",
          ranges: [[{ subnet: network.podRange, gateway: network.nodeAddress }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  };
}

function kubeletConfig(layout: Layout, pki: Pki): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    containerRuntimeEndpoint: `unix://${nodePaths(layout).containerdSocket}`,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(pki.folder, "ca.crt") },
    },
    authorization: { mode: "Webhook" },
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${cgroupName(layout)}`,
    failSwapOn: false,
    clusterDNS: [network.dnsAddress],
    clusterDomain: "cluster.local",
    // Empty: pods see nothing of the host's name servers.
    resolvConf: "",
    podLogsDir: join(layout.run, "pod-logs"),
    maxPods: 110,
    // A machine with a fullish disk must not evict; nobody pulls, so nothing may be collected.
    evictionHard: {
      "memory.available": "100Mi",
      "nodefs.available": "1%",
      "nodefs.inodesFree": "1%",
      "imagefs.available": "1%",
    },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    // Pods start and stop as fast as the machine can.
    serializeImagePulls: false,
    registryPullQPS: 0,
    eventRecordQPS: 0,
    kubeAPIQPS: 500,
    kubeAPIBurst: 1000,
    syncFrequency: "10s",
    fileCheckFrequency: "10s",
  };
}
