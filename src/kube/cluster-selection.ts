/** Which context, cluster and user a command means, with the flags laid over them: client-go's `DirectClientConfig`. Pure. */
import { resolve } from "node:path";
import { DbopError } from "../errors.ts";
import type { AccessFlags } from "./access.ts";
import type { Kubeconfig, KubeconfigCluster, KubeconfigContext, KubeconfigUser } from "./kubeconfig.ts";

export interface ClusterSelection {
  readonly contextName: string;
  /** "" when neither flag nor context names one. */
  readonly namespace: string;
  readonly clusterName: string;
  readonly userName: string;
  /** `server` is "" when nothing configures a cluster: time to look whether we run inside of one. */
  readonly cluster: KubeconfigCluster;
  readonly user: KubeconfigUser;
}

/**
 * The context of `--context`, else the current one, with every flag applied; relative paths in flags are resolved against `cwd`.
 * Throws `Usage` when something named does not exist or contradicts itself.
 */
export function selectCluster(config: Kubeconfig, flags: AccessFlags, cwd: string): ClusterSelection {
  const contextName = flags.context || config.currentContext;
  const context = contextOf(config, contextName, flags);
  const clusterName = flags.cluster || context.cluster;
  const userName = flags.user || context.user;
  const cluster = overlayCluster(clusterOf(config, { contextName, clusterName }, flags), flags, cwd);
  const user = overlayUser(userOf(config, { contextName, userName }, flags), flags, cwd);
  if (cluster.server === "" && clusterName !== "") {
    throw new DbopError("Usage", `no server found for cluster "${clusterName}"`, {
      hint: "give the cluster a server in the kubeconfig, or name one with --server",
    });
  }
  checkImpersonation(user, userName);
  return { contextName, namespace: flags.namespace || context.namespace, clusterName, userName, cluster, user };
}

function checkImpersonation(user: KubeconfigUser, name: string): void {
  const more = user.asUid !== "" || user.asGroups.length > 0 || Object.keys(user.asUserExtra).length > 0;
  if (user.as !== "" || !more) return;
  const whom = name === "" ? "this user" : name;
  throw new DbopError("Usage", `requesting uid, groups or user-extra for ${whom} without impersonating a user`, {
    hint: "name the user with --as",
  });
}

function contextOf(config: Kubeconfig, name: string, flags: AccessFlags): KubeconfigContext {
  const context = config.contexts.get(name);
  if (context !== undefined) return context;
  if (name !== "") throw new DbopError("Usage", `context "${name}" does not exist`, { hint: contextHint(config) });
  // A kubeconfig full of contexts with none chosen is a mistake to report, unless the flags say all that is needed.
  if (config.contexts.size > 0 && !flags.cluster && !flags.server) {
    throw new DbopError("Usage", "current-context is not set", { hint: contextHint(config) });
  }
  return { cluster: "", user: "", namespace: "" };
}

function contextHint(config: Kubeconfig): string {
  const names = [...config.contexts.keys()].toSorted();
  return names.length === 0 ? "no kubeconfig defines any context" : `choose one with --context: ${names.join(", ")}`;
}

type Named = Pick<ClusterSelection, "contextName">;

function clusterOf(config: Kubeconfig, named: Named & { clusterName: string }, flags: AccessFlags): KubeconfigCluster {
  const { clusterName: name, contextName } = named;
  const cluster = config.clusters.get(name);
  if (cluster !== undefined) return cluster;
  const hint = namesHint(config.clusters);
  if (flags.cluster) throw new DbopError("Usage", `cluster "${name}" does not exist`, { hint });
  if (name === "" || flags.server) return emptyCluster;
  throw new DbopError("Usage", `cluster "${name}" was not found for context "${contextName}"`, { hint });
}

// kubectl goes on as nobody when a context names a user that is not there. A 403 later would say less than this error does.
function userOf(config: Kubeconfig, named: Named & { userName: string }, flags: AccessFlags): KubeconfigUser {
  const { userName: name, contextName } = named;
  const user = config.users.get(name);
  if (user !== undefined) return user;
  const hint = namesHint(config.users);
  if (flags.user) throw new DbopError("Usage", `auth info "${name}" does not exist`, { hint });
  if (name === "" || flags.token || flags.tokenFile || flags.clientCertificate) return emptyUser;
  throw new DbopError("Usage", `user "${name}" was not found for context "${contextName}"`, { hint });
}

function namesHint(known: ReadonlyMap<string, unknown>): string {
  return known.size === 0
    ? "no kubeconfig defines any"
    : `the kubeconfig has: ${[...known.keys()].toSorted().join(", ")}`;
}

/** As client-go's `getCluster`: a CA or --insecure-skip-tls-verify replaces all the file says about trust, --server its server name. */
function overlayCluster(cluster: KubeconfigCluster, flags: AccessFlags, cwd: string): KubeconfigCluster {
  const trust = flags.insecureSkipTlsVerify === true || Boolean(flags.certificateAuthority);
  return {
    ...cluster,
    server: flags.server || cluster.server,
    tlsServerName: flags.tlsServerName || (flags.server ? "" : cluster.tlsServerName),
    proxyUrl: flags.proxyUrl || cluster.proxyUrl,
    disableCompression: flags.disableCompression ?? cluster.disableCompression,
    ...(trust && {
      insecureSkipTlsVerify: flags.insecureSkipTlsVerify === true,
      certificateAuthority: flags.certificateAuthority ? resolve(cwd, flags.certificateAuthority) : "",
      certificateAuthorityData: "",
    }),
  };
}

/** A flag beats everything of its kind in the file: --token also beats a token file there, unlike in kubectl, which lets the file win. */
function overlayUser(user: KubeconfigUser, flags: AccessFlags, cwd: string): KubeconfigUser {
  return {
    ...user,
    as: flags.as || user.as,
    asUid: flags.asUid || user.asUid,
    asGroups: flags.asGroups.length > 0 ? flags.asGroups : user.asGroups,
    ...((flags.token || flags.tokenFile) && {
      token: flags.token ?? "",
      tokenFile: flags.tokenFile ? resolve(cwd, flags.tokenFile) : "",
    }),
    ...(flags.clientCertificate && {
      clientCertificate: resolve(cwd, flags.clientCertificate),
      clientCertificateData: "",
    }),
    ...(flags.clientKey && { clientKey: resolve(cwd, flags.clientKey), clientKeyData: "" }),
  };
}

const emptyCluster: KubeconfigCluster = {
  server: "",
  tlsServerName: "",
  insecureSkipTlsVerify: false,
  certificateAuthority: "",
  certificateAuthorityData: "",
  proxyUrl: "",
  disableCompression: false,
  execConfig: undefined,
};

const emptyUser: KubeconfigUser = {
  clientCertificate: "",
  clientCertificateData: "",
  clientKey: "",
  clientKeyData: "",
  token: "",
  tokenFile: "",
  as: "",
  asUid: "",
  asGroups: [],
  asUserExtra: {},
  basicAuth: false,
  authProvider: undefined,
  exec: undefined,
};
