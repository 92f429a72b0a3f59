/**
 * How a cluster is found and authenticated: flags, environment, kubeconfig and in-cluster files in; one {@link ClusterAccess} out.
 * The rules are client-go's (`tools/clientcmd`, `plugin/pkg/client/auth/exec`), so that we always reach the cluster kubectl would.
 * No request to the API server is made here; that is `rest-client.ts`.
 */
import type { Agent } from "node:http";
import type { HostEnvironment } from "./host.ts";

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
  /** Call after a 401: drops a cached exec credential or token-file content. True when another try makes sense. */
  refresh(): boolean;
  /** Per request, not per command. 0: none. */
  readonly requestTimeoutMs: number;
  /** Whether to ask for uncompressed answers (`--disable-compression`, or the cluster's `disable-compression`). */
  readonly disableCompression: boolean;
  /** One keep-alive agent, going through the proxy when there is one; for `https.request` (`http.request` on `http:`) and `ws`. */
  readonly agent: Agent;
  /** Closes idle connections. */
  close(): void;
}

/**
 * Finds the cluster the command line and environment mean. Reads files, starts nothing and connects nowhere.
 * Throws `Usage` for a configuration or flag that is wrong, `Unreachable` when there is no configuration at all.
 */
export function resolveAccess(flags: AccessFlags, host: HostEnvironment): Promise<ClusterAccess> {
  throw new Error(`not yet: ${flags.server ?? ""} ${host.cwd}`);
}
