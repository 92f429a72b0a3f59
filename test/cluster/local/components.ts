import { join } from "node:path";
import { versions } from "../versions.ts";
import { programFolder } from "./build.ts";
import type { Layout } from "./layout.ts";
import { network } from "./network.ts";
import { nodePaths } from "./node-config.ts";
import { etcdRecipe, kubernetesRecipe } from "./recipes.ts";

/** A program to run inside the cluster's namespaces. */
export interface Component {
  readonly name: ComponentName;
  readonly program: string;
  readonly flags: Readonly<Record<string, string | number | boolean>>;
}

export type ComponentName =
  "etcd" | "containerd" | "kube-apiserver" | "kube-controller-manager" | "kube-scheduler" | "kubelet" | "kube-proxy";

/** The command lines of everything but the pods. */
export async function components(layout: Layout): Promise<Readonly<Record<ComponentName, Component>>> {
  const kubernetes = await programFolder(layout, kubernetesRecipe);
  const etcd = await programFolder(layout, etcdRecipe(versions.controlPlaneEtcd));
  const flags = componentFlags(layout);
  const component = (name: ComponentName, folder = kubernetes): Component => ({
    name,
    program: join(folder, name),
    flags: flags[name],
  });
  return {
    etcd: component("etcd", etcd),
    containerd: { name: "containerd", program: "containerd", flags: flags.containerd },
    "kube-apiserver": component("kube-apiserver"),
    "kube-controller-manager": component("kube-controller-manager"),
    "kube-scheduler": component("kube-scheduler"),
    kubelet: component("kubelet"),
    "kube-proxy": component("kube-proxy"),
  };
}

function componentFlags(layout: Layout): Record<ComponentName, Component["flags"]> {
  const paths = nodePaths(layout);
  const pki = (file: string): string => join(layout.run, "pki", file);
  const client = `http://127.0.0.1:${String(network.etcdPort)}`;
  const peer = `http://127.0.0.1:${String(network.etcdPeerPort)}`;
  const admin = { kubeconfig: layout.kubeconfig, "kube-api-qps": 500, "kube-api-burst": 1000 };
  return {
    etcd: {
      "data-dir": paths.etcdData,
      "listen-client-urls": client,
      "advertise-client-urls": client,
      "listen-peer-urls": peer,
      "initial-advertise-peer-urls": peer,
      "initial-cluster": `default=${peer}`,
      // Nothing in this cluster outlives the machine.
      "unsafe-no-fsync": true,
    },
    containerd: { config: paths.containerdConfig },
    "kube-apiserver": {
      "etcd-servers": client,
      "secure-port": network.apiPort,
      "bind-address": "0.0.0.0", // of its own network namespace: the wire's end and the bridge
      "advertise-address": network.nodeAddress,
      "tls-cert-file": pki("apiserver.crt"),
      "tls-private-key-file": pki("apiserver.key"),
      "client-ca-file": pki("ca.crt"),
      "service-account-key-file": pki("sa.pub"),
      "service-account-signing-key-file": pki("sa.key"),
      "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
      "service-cluster-ip-range": network.serviceRange,
      "authorization-mode": "Node,RBAC",
      "enable-admission-plugins": "NodeRestriction",
      "allow-privileged": true,
      // The node's name resolves nowhere; without this exec and logs fail.
      "kubelet-preferred-address-types": "InternalIP",
      "kubelet-client-certificate": pki("admin.crt"),
      "kubelet-client-key": pki("admin.key"),
    },
    "kube-controller-manager": {
      ...admin,
      "bind-address": "127.0.0.1",
      "service-account-private-key-file": pki("sa.key"),
      "root-ca-file": pki("ca.crt"),
      "use-service-account-credentials": true,
      "leader-elect": false,
    },
    "kube-scheduler": { ...admin, "bind-address": "127.0.0.1", "leader-elect": false },
    kubelet: {
      config: paths.kubeletConfig,
      kubeconfig: paths.kubeletKubeconfig,
      "hostname-override": network.nodeName,
      "node-ip": network.nodeAddress,
      "root-dir": paths.kubeletRoot,
      "cert-dir": join(paths.kubeletRoot, "pki"),
    },
    "kube-proxy": {
      kubeconfig: layout.kubeconfig,
      "hostname-override": network.nodeName,
      "proxy-mode": "iptables",
      "cluster-cidr": network.podRange,
      // Zero leaves the machine's connection tracking as it is.
      "conntrack-max-per-core": 0,
      "conntrack-tcp-timeout-established": 0,
      "conntrack-tcp-timeout-close-wait": 0,
    },
  };
}
