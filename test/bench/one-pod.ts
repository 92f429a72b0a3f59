/** The least a member costs here: one etcd alone, with a claim and the members' probes, and nothing to agree on with others. */
export function onePod(namespace: string, version: string): object {
  const labels = { app: "one-pod" };
  const probe = (path: string): object => ({ httpGet: { path, port: 2381 }, periodSeconds: 1 });
  const etcd = {
    name: "etcd",
    image: `gcr.io/etcd-development/etcd:v${version}`,
    command: ["etcd", "--data-dir=/var/lib/etcd/data", "--listen-metrics-urls=http://0.0.0.0:2381"],
    startupProbe: { ...probe("/livez"), failureThreshold: 600 },
    readinessProbe: probe("/readyz"),
    volumeMounts: [{ name: "data", mountPath: "/var/lib/etcd" }],
  };
  const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "256Mi" } } };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "one-pod", namespace, labels },
    spec: {
      replicas: 1,
      serviceName: "one-pod",
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, containers: [etcd] } },
      volumeClaimTemplates: [{ metadata: { name: "data", labels }, spec: claim }],
    },
  };
}
