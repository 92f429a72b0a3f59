/** kubectl's global flags: which cluster, as whom. Same names, same meaning. */
import type { Command } from "commander";
import type { AccessFlags } from "../../kube/access.ts";
import type { Problems } from "../problems.ts";
import { forms } from "../problems.ts";

/** As commander gathered them. */
export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
  readonly server?: string;
  readonly token?: string;
  readonly as?: string;
  readonly asUid?: string;
  readonly asGroup?: string[];
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly certificateAuthority?: string;
  readonly tlsServerName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly requestTimeout?: string;
  readonly disableCompression?: boolean;
  readonly v?: string;
}

export interface ClusterOptions {
  readonly access: AccessFlags;
  /** 0 to 10, as kubectl's `-v`. */
  readonly verbosity: number;
}

/** Declares them on `command`, in a group of their own. */
export function declareClusterFlags(command: Command): void {
  command
    .optionsGroup("Cluster:")
    .option("-n, --namespace <name>", "Namespace of the database; default the context's")
    .option("--context <name>", "Context of the kubeconfig to use")
    .option("--kubeconfig <file>", "Kubeconfig file; default $KUBECONFIG, then ~/.kube/config")
    .option("--cluster <name>", "Cluster of the kubeconfig to use")
    .option("--user <name>", "User of the kubeconfig to use")
    .option("-s, --server <url>", "Address of the API server")
    .option("--as <user>", "User to impersonate")
    .option("--as-uid <uid>", "UID to impersonate")
    .option("--as-group <group>", "Group to impersonate; may be repeated", repeated)
    .option("--token <token>", "Bearer token; other users of this machine may see it in the process list")
    .option("--client-certificate <file>", "Client certificate for TLS")
    .option("--client-key <file>", "Key of the client certificate")
    .option("--certificate-authority <file>", "Certificates the API server is trusted by")
    .option("--tls-server-name <name>", "Name the API server's certificate must hold")
    .option("--insecure-skip-tls-verify", "Do not check the API server's certificate")
    .option("--request-timeout <duration>", "Limit of one request, such as 5s or 1m; 0 is none; default 0")
    .option("--disable-compression", "Do not ask for compressed answers")
    .option("-v, --v <level>", "Verbosity of the log on stderr, 0 to 10; default 0");
}

/** Commander's collector for flags that may be repeated. */
export function repeated(value: string, earlier: readonly string[] | undefined): string[] {
  return [...(earlier ?? []), value];
}

/** Checks what can be checked without a kubeconfig. */
export function toClusterOptions(flags: ClusterFlags, problems: Problems): ClusterOptions {
  const { v, asGroup, namespace, ...rest } = flags;
  problems.matching("--namespace", namespace, forms.namespace);
  checkTimeout(flags.requestTimeout, problems);
  if (flags.insecureSkipTlsVerify === true && flags.certificateAuthority !== undefined) {
    problems.add("--insecure-skip-tls-verify and --certificate-authority exclude each other");
  }
  const verbosity = problems.wholeNumber({ flag: "--v", text: v, min: 0, max: 10 }) ?? 0;
  return {
    access: { ...accessFlags(rest), ...(namespace !== undefined && { namespace }), asGroups: asGroup ?? [] },
    verbosity,
  };
}

function checkTimeout(text: string | undefined, problems: Problems): void {
  // kubectl reads a bare number as seconds here, and only here.
  if (text !== undefined && !/^[0-9]+$/.test(text)) problems.duration("--request-timeout", text);
}

/** Only the fields of access: `flags` also holds those of its verb. */
function accessFlags(flags: Omit<ClusterFlags, "v" | "asGroup" | "namespace">): Omit<AccessFlags, "asGroups"> {
  const wanted = new Set<string>(accessNames);
  return Object.fromEntries(Object.entries(flags).filter(([name]) => wanted.has(name)));
}

const accessNames = [
  "kubeconfig",
  "context",
  "cluster",
  "user",
  "server",
  "token",
  "as",
  "asUid",
  "clientCertificate",
  "clientKey",
  "certificateAuthority",
  "tlsServerName",
  "insecureSkipTlsVerify",
  "requestTimeout",
  "disableCompression",
] as const satisfies readonly (keyof AccessFlags)[];
