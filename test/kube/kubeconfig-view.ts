/** What `kubectl config view --minify --flatten --raw -o json` prints, told from what our loader found. */
import type { KubeconfigExec } from "../../src/kube/kubeconfig.ts";
import { selectCluster, type ClusterSelection } from "../../src/kube/cluster-selection.ts";
import type { HostEnvironment } from "../../src/kube/host.ts";
import { loadKubeconfig } from "../../src/kube/kubeconfig.ts";

/** The selected context, cluster and user in kubectl's shape, without what is empty. */
export async function ourView(
  kubeconfig: string | undefined,
  context: string | undefined,
  host: HostEnvironment,
): Promise<unknown> {
  const config = await loadKubeconfig(kubeconfig, host);
  const selection = selectCluster(config, { asGroups: [], ...(context !== undefined && { context }) }, host.cwd);
  const { contextName, clusterName, userName, namespace } = selection;
  return withoutEmpty({
    "current-context": contextName,
    contexts: [{ name: contextName, context: { cluster: clusterName, user: userName, namespace } }],
    clusters: [{ name: clusterName, cluster: clusterStanza(selection, host) }],
    users: [{ name: userName, user: userStanza(selection, host) }],
  });
}

function clusterStanza({ cluster }: ClusterSelection, host: HostEnvironment): object {
  return {
    server: cluster.server,
    "tls-server-name": cluster.tlsServerName,
    "insecure-skip-tls-verify": cluster.insecureSkipTlsVerify,
    "certificate-authority-data": flattened(cluster.certificateAuthorityData, cluster.certificateAuthority, host),
    "proxy-url": cluster.proxyUrl,
    "disable-compression": cluster.disableCompression,
    extensions:
      cluster.execConfig === undefined
        ? []
        : [{ name: "client.authentication.k8s.io/exec", extension: cluster.execConfig }],
  };
}

function userStanza({ user }: ClusterSelection, host: HostEnvironment): object {
  return {
    "client-certificate-data": flattened(user.clientCertificateData, user.clientCertificate, host),
    "client-key-data": flattened(user.clientKeyData, user.clientKey, host),
    token: user.token,
    tokenFile: user.tokenFile,
    as: user.as,
    "as-uid": user.asUid,
    "as-groups": user.asGroups,
    "as-user-extra": user.asUserExtra,
    exec: user.exec && execStanza(user.exec),
  };
}

function execStanza(exec: KubeconfigExec): object {
  return { ...exec };
}

function flattened(data: string, file: string, host: HostEnvironment): string {
  const bytes = data || (file === "" ? "" : host.readFile(file));
  return Buffer.from(bytes, "latin1").toString("base64");
}

/** Drops null, false, "", [] and {}: kubectl prints some of them and leaves others out. */
export function withoutEmpty(value: unknown): unknown {
  if (value === false || value === "" || value === null) return undefined;
  if (typeof value !== "object") return value;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(withoutEmpty);
  const kept = Object.entries(value)
    .map(([name, inner]) => [name, withoutEmpty(inner)] as const)
    .filter(([, inner]) => inner !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
