/**
 * How a cluster is found and authenticated: flags, environment, kubeconfig and in-cluster files in; one {@link ClusterAccess} out.
 * The rules are client-go's (`tools/clientcmd`, `plugin/pkg/client/auth/exec`), so that we always reach the cluster kubectl would.
 * No request to the API server is made here; that is `rest-client.ts`.
 */
import type { Agent } from "node:http";
import { DbopError } from "../errors.ts";
import { tlsOptions } from "./access-tls.ts";
import { selectCluster, type ClusterSelection } from "./cluster-selection.ts";
import { credentialsOf, impersonationHeaders, noToken } from "./credentials.ts";
import type { HostEnvironment } from "./host.ts";
import { inCluster, type InCluster } from "./in-cluster.ts";
import { loadKubeconfig } from "./kubeconfig.ts";
import { chooseProxy, openAgent } from "./proxy.ts";
import { parseRequestTimeout } from "./request-timeout.ts";

/** kubectl's global flags as given; undefined where not given. */
export interface AccessFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
  readonly server?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly as?: string;
  readonly asUid?: string;
  readonly asGroups: readonly string[];
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly certificateAuthority?: string;
  readonly tlsServerName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  /** As typed: `0`, `5s`, `1m`, `1h30m` or whole seconds. */
  readonly requestTimeout?: string;
  readonly disableCompression?: boolean;
  readonly proxyUrl?: string;
}

/** As `node:tls` wants them. Pass them with every request: the agent does not hold them. */
export interface TlsOptions {
  readonly ca?: string | string[];
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
}

export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Everything needed to talk to one API server, resolved from flags, environment and kubeconfig. */
export interface ClusterAccess {
  /** `http:` or `https:`; its path, when not `/`, is a prefix of every API path. */
  readonly server: URL;
  /** "" in-cluster, or when no context is in use. */
  readonly contextName: string;
  /** `--namespace`, else the context's (in-cluster: the Pod's), else `default`. */
  readonly namespace: string;
  readonly tls: TlsOptions;
  /**
   * Headers of authentication and impersonation for the next request, as flat raw pairs `[name, value, …]`, so that
   * Impersonate-Group can repeat. Runs an exec credential plugin when one is due; concurrent calls share that run.
   * Throws `Unauthorized` when no credential could be had.
   */
  authHeaders(signal?: AbortSignal): Promise<readonly string[]>;
  /** A certificate from an exec credential plugin, to lay over {@link tls}; undefined when it gave none. Static ones are in `tls`. */
  clientCertificate(signal?: AbortSignal): Promise<ClientCertificate | undefined>;
  /**
   * Call after a 401, with the headers that were refused, and try once more when it returns true: an exec credential is dropped (unless
   * a newer one is there already), a token file is read again.
   */
  refresh(refused?: readonly string[]): boolean;
  /** Per request, not per command. 0: none. */
  readonly requestTimeoutMs: number;
  /** Whether to ask for uncompressed answers (`--disable-compression`, or the cluster's `disable-compression`). */
  readonly disableCompression: boolean;
  /** One keep-alive agent, going through the proxy when there is one; for `https.request` (`http.request` on `http:`) and `ws`. */
  readonly agent: Agent;
  /** Closes the agent's connections and ends a credential plugin that still runs. */
  close(): void;
}

/**
 * Finds the cluster the command line and environment mean. Reads files, starts nothing and connects nowhere.
 * Throws `Usage` for a configuration or flag that is wrong, and when there is no configuration at all.
 */
export async function resolveAccess(flags: AccessFlags, host: HostEnvironment): Promise<ClusterAccess> {
  const requestTimeoutMs = parseRequestTimeout(flags.requestTimeout);
  const selection = completed(selectCluster(await loadKubeconfig(flags.kubeconfig, host), flags, host.cwd), host);
  const server = serverUrl(selection.cluster.server);
  // client-go reads neither credentials nor trust for a plain connection: a token would be open to anyone on the way.
  const secure = server.protocol === "https:";
  if (secure && flags.insecureSkipTlsVerify) {
    host.warn(`warning: the certificate of ${server.host} is not verified (--insecure-skip-tls-verify)`);
  }
  const tls = secure ? tlsOptions(selection, host) : { rejectUnauthorized: true };
  const credentials = secure ? credentialsOf(selection, host) : noToken;
  const impersonation = impersonationHeaders(selection.user);
  const { clusterName, cluster, contextName, namespace } = selection;
  const agent = await openAgent(
    server,
    chooseProxy({ server, proxyUrl: cluster.proxyUrl, clusterName }, host.env),
    tls,
  );
  return {
    server,
    contextName,
    namespace,
    tls,
    requestTimeoutMs,
    agent,
    disableCompression: cluster.disableCompression,
    authHeaders: async (signal) => {
      const authorization = await credentials.authorization(signal);
      return authorization === undefined ? impersonation : ["Authorization", authorization, ...impersonation];
    },
    clientCertificate: (signal) => credentials.clientCertificate(signal),
    refresh: (refused) => credentials.refresh(refused?.[0] === "Authorization" ? refused[1] : undefined),
    close: () => {
      agent.destroy();
      credentials.close();
    },
  };
}

/** With a namespace in any case; and with KUBERNETES_MASTER, then the Pod we may run in, where nothing else names a server. */
function completed(selection: ClusterSelection, host: HostEnvironment): ClusterSelection {
  const pod = inCluster(host);
  const namespace = selection.namespace || pod?.namespace || "default";
  const server = selection.cluster.server || host.env["KUBERNETES_MASTER"] || "";
  if (server !== "") return { ...selection, namespace, cluster: { ...selection.cluster, server } };
  if (pod !== undefined) return { ...within(pod, selection), namespace };
  throw new DbopError("Usage", "invalid configuration: no configuration has been provided", {
    hint: "set KUBECONFIG, create ~/.kube/config, or name a file with --kubeconfig",
  });
}

/** Flags for token and trust still count in a Pod, as in client-go's `inClusterClientConfig`. */
function within(pod: InCluster, selection: ClusterSelection): ClusterSelection {
  const { cluster, user } = selection;
  const trusted = cluster.insecureSkipTlsVerify || cluster.certificateAuthority !== "";
  const identified = user.token !== "" || user.tokenFile !== "";
  return {
    ...selection,
    contextName: "",
    cluster: { ...cluster, server: pod.server, ...(!trusted && { certificateAuthority: pod.certificateAuthority }) },
    user: { ...user, ...(!identified && { tokenFile: pod.tokenFile }) },
  };
}

/** A bare `host:port` means http, as in client-go's `DefaultServerURL`. */
function serverUrl(text: string): URL {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    throw new DbopError("Usage", `host must be a URL or a host:port pair: "${text}"`);
  }
  // Whatever prints the server must not print these.
  url.username = "";
  url.password = "";
  url.search = "";
  url.hash = "";
  return url;
}
