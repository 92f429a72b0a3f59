/** The configuration file of every node: all have the same, and what differs is told on the command line. */
import { clientPort } from "../names.ts";
import { maxMemory, type ValkeySpec } from "../spec.ts";

export const dataDirectory = "/data";
export const authDirectory = "/etc/valkey/auth";

export const tlsDirectory = "/etc/valkey/tls";
/** Of the user's own Secrets for what nodes show when they call, and for valkey-cli. */
export const peerTlsDirectory = "/etc/valkey/tls-peer";
export const clientTlsDirectory = "/etc/valkey/tls-client";

/** How valkey-cli and its like reach a node of their own cluster. Who calls over the cluster's bus must always show a certificate. */
export function cliFlags({ tls }: Pick<ValkeySpec, "tls">): readonly string[] {
  switch (tls.mode) {
    case "disabled":
      return [];
    case "managed":
      return ["--tls", "--cacert", `${tlsDirectory}/ca.crt`];
    case "secret": {
      const [ca, cert, key] = ["ca.crt", "tls.crt", "tls.key"].map((file) => `${clientTlsDirectory}/${file}`);
      return ["--tls", "--cacert", ca ?? "", "--cert", cert ?? "", "--key", key ?? ""];
    }
  }
}

/** Clients that are sent on to another node must be told its name: a certificate holds names, and no pod's address. */
function portSettings({ tls }: ValkeySpec): Readonly<Record<string, string>> {
  if (tls.mode === "disabled") return { port: String(clientPort) };
  return {
    port: "0",
    "tls-port": String(clientPort),
    "tls-cluster": "yes",
    "tls-replication": "yes",
    "tls-auth-clients": "no",
    "cluster-preferred-endpoint-type": "hostname",
    "tls-ca-cert-file": `${tlsDirectory}/ca.crt`,
    "tls-cert-file": `${tlsDirectory}/tls.crt`,
    "tls-key-file": `${tlsDirectory}/tls.key`,
    ...(tls.mode === "secret" ? callerSettings : {}),
  };
}

const callerSettings = {
  "tls-client-cert-file": `${peerTlsDirectory}/tls.crt`,
  "tls-client-key-file": `${peerTlsDirectory}/tls.key`,
} as const;

/**
 * `cluster-allow-replica-migration no`: otherwise replicas wander to shards that have none (engines.md §4.1). The append-only file is the data on
 * disk; snapshots beside it would write everything twice. A primary waits a second, and not five, for other replicas that want the same copy: those of a
 * shard ask together or alone.
 */
function defaults(spec: ValkeySpec): Readonly<Record<string, string>> {
  return {
    ...portSettings(spec),
    bind: "* -::*",
    dir: dataDirectory,
    "cluster-enabled": "yes",
    "cluster-config-file": "nodes.conf",
    "cluster-node-timeout": "15000",
    "cluster-allow-replica-migration": "no",
    appendonly: "yes",
    save: '""',
    "repl-diskless-sync-delay": "1",
    maxmemory: maxMemory(spec),
    aclfile: `${authDirectory}/users.acl`,
    include: `${authDirectory}/auth.conf`,
  };
}

export function configText(spec: ValkeySpec): string {
  const lines = Object.entries({ ...defaults(spec), ...spec.config }).map(([name, value]) => `${name} ${value}`);
  return `${["# Written by kubectl dbop: what is changed here is changed back.", ...lines].join("\n")}\n`;
}
