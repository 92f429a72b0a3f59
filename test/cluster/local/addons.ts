import { imageNames } from "../versions.ts";
import { network } from "./network.ts";
import { expandableStorageClass, localPathProvisioner, standardStorageClass } from "./storage.ts";

/** What every cluster has besides its control plane, name service and storage, as one List to apply. */
export function addons(volumesFolder: string): object {
  const items = [
    ...nameService(),
    ...localPathProvisioner(volumesFolder),
    standardStorageClass(),
    expandableStorageClass("rancher.io/local-path"),
  ];
  return { apiVersion: "v1", kind: "List", items };
}

// Nothing is forwarded: the cluster has no way out. Answers live two seconds, so that a new pod is found at once.
const corefile = `.:53 {
  errors
  health
  ready
  kubernetes cluster.local in-addr.arpa {
    pods insecure
    ttl 2
  }
  cache 2
}
`;

function nameService(): readonly object[] {
  const metadata = { name: "coredns", namespace: "kube-system" };
  const labels = { "k8s-app": "kube-dns" };
  const watch = (apiGroup: string, ...resources: string[]): object => ({
    apiGroups: [apiGroup],
    resources,
    verbs: ["list", "watch"],
  });
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "system:coredns" },
      rules: [watch("", "endpoints", "services", "pods", "namespaces"), watch("discovery.k8s.io", "endpointslices")],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "system:coredns" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:coredns" },
      subjects: [{ kind: "ServiceAccount", ...metadata }],
    },
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { Corefile: corefile } },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: nameServer() } },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { ...metadata, name: "kube-dns", labels },
      spec: {
        clusterIP: network.dnsAddress,
        selector: labels,
        ports: [
          { name: "dns", port: 53, protocol: "UDP" },
          { name: "dns-tcp", port: 53, protocol: "TCP" },
        ],
      },
    },
  ];
}

function nameServer(): object {
  return {
    serviceAccountName: "coredns",
    priorityClassName: "system-cluster-critical",
    dnsPolicy: "Default",
    terminationGracePeriodSeconds: 1,
    containers: [
      {
        name: "coredns",
        image: imageNames.coredns,
        imagePullPolicy: "IfNotPresent",
        args: ["-conf", "/etc/coredns/Corefile"],
        volumeMounts: [{ name: "config", mountPath: "/etc/coredns" }],
        readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 1 },
      },
    ],
    volumes: [{ name: "config", configMap: { name: "coredns" } }],
  };
}
