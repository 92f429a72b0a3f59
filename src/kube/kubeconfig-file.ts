/** One kubeconfig file: its text into typed stanzas, with paths made absolute. The format is client-go's `clientcmd/api/v1`. */
import { dirname, resolve, sep } from "node:path";
import { DbopError, isDbopError } from "../errors.ts";
import { fieldsOf, type Fields } from "./kubeconfig-fields.ts";
import { parseJsonOrYaml } from "./json-or-yaml.ts";

/** Strings are "" and lists empty where the file says nothing. Paths are absolute. `…Data` is decoded. */
export interface KubeconfigCluster {
  readonly server: string;
  readonly tlsServerName: string;
  readonly insecureSkipTlsVerify: boolean;
  readonly certificateAuthority: string;
  readonly certificateAuthorityData: string;
  readonly proxyUrl: string;
  readonly disableCompression: boolean;
  /** The extension `client.authentication.k8s.io/exec`, meant for the credential plugin. */
  readonly execConfig: unknown;
}

export interface KubeconfigUser {
  readonly clientCertificate: string;
  readonly clientCertificateData: string;
  readonly clientKey: string;
  readonly clientKeyData: string;
  readonly token: string;
  readonly tokenFile: string;
  readonly as: string;
  readonly asUid: string;
  readonly asGroups: readonly string[];
  readonly asUserExtra: Readonly<Record<string, readonly string[]>>;
  /** Whether a user name or password for basic authentication is given: refused later. */
  readonly basicAuth: boolean;
  /** Name of a legacy auth-provider: refused later. */
  readonly authProvider: string | undefined;
  readonly exec: KubeconfigExec | undefined;
}

export interface KubeconfigExec {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly installHint: string;
  readonly provideClusterInfo: boolean;
  readonly interactiveMode: string;
}

export interface KubeconfigContext {
  readonly cluster: string;
  readonly user: string;
  readonly namespace: string;
}

export interface Kubeconfig {
  readonly currentContext: string;
  readonly contexts: ReadonlyMap<string, KubeconfigContext>;
  readonly clusters: ReadonlyMap<string, KubeconfigCluster>;
  readonly users: ReadonlyMap<string, KubeconfigUser>;
}

const execExtension = "client.authentication.k8s.io/exec";

/**
 * The stanzas of `text`, read from `file` (absolute). An empty file is an empty configuration.
 * Throws `Usage` naming the file, and the line or the field, when it is malformed.
 */
export async function parseKubeconfig(text: string, file: string): Promise<Kubeconfig> {
  try {
    return kubeconfigOf(fieldsOf(await parseJsonOrYaml(text)), dirname(file));
  } catch (error) {
    if (!isDbopError(error, "Usage")) throw error;
    throw new DbopError("Usage", `error loading config file "${file}": ${error.message}`, {
      cause: error,
      hint: "mend the file, or name others with --kubeconfig or KUBECONFIG",
    });
  }
}

function kubeconfigOf(file: Fields, base: string): Kubeconfig {
  const apiVersion = file.text("apiVersion") || "v1";
  const kind = file.text("kind") || "Config";
  if (kind !== "Config" || apiVersion !== "v1") {
    throw new DbopError("Usage", `no kind "${kind}" is registered for version "${apiVersion}"`);
  }
  return {
    currentContext: file.text("current-context"),
    contexts: mapNamed(named(file, "contexts", "context"), contextOf),
    clusters: mapNamed(named(file, "clusters", "cluster"), (fields) => clusterOf(fields, base)),
    users: mapNamed(named(file, "users", "user"), (fields) => userOf(fields, base)),
  };
}

/** The stanzas `field` of a list by their names. A name twice in one file is an error, as in client-go's conversion. */
function named(file: Fields, list: string, field: string): ReadonlyMap<string, Fields> {
  const found = new Map<string, Fields>();
  for (const item of file.children(list)) {
    const name = item.text("name");
    if (found.has(name)) throw new DbopError("Usage", `${list}: duplicate name "${name}" in list`);
    found.set(name, item.child(field) ?? fieldsOf({}));
  }
  return found;
}

function mapNamed<T>(stanzas: ReadonlyMap<string, Fields>, read: (fields: Fields) => T): ReadonlyMap<string, T> {
  return new Map([...stanzas].map(([name, fields]) => [name, read(fields)]));
}

function contextOf(fields: Fields): KubeconfigContext {
  return { cluster: fields.text("cluster"), user: fields.text("user"), namespace: fields.text("namespace") };
}

function clusterOf(fields: Fields, base: string): KubeconfigCluster {
  const extension = fields.children("extensions").find((item) => item.text("name") === execExtension);
  return {
    server: fields.text("server"),
    tlsServerName: fields.text("tls-server-name"),
    insecureSkipTlsVerify: fields.flag("insecure-skip-tls-verify"),
    certificateAuthority: against(base, fields.text("certificate-authority")),
    certificateAuthorityData: fields.data("certificate-authority-data"),
    proxyUrl: fields.text("proxy-url"),
    disableCompression: fields.flag("disable-compression"),
    execConfig: extension?.raw("extension"),
  };
}

function userOf(fields: Fields, base: string): KubeconfigUser {
  const extra = fields.child("as-user-extra");
  return {
    clientCertificate: against(base, fields.text("client-certificate")),
    clientCertificateData: fields.data("client-certificate-data"),
    clientKey: against(base, fields.text("client-key")),
    clientKeyData: fields.data("client-key-data"),
    token: fields.text("token"),
    tokenFile: against(base, fields.text("tokenFile")),
    as: fields.text("as"),
    asUid: fields.text("as-uid"),
    asGroups: fields.texts("as-groups"),
    asUserExtra: extra ? Object.fromEntries(extra.names().map((name) => [name, extra.texts(name)])) : {},
    basicAuth: fields.text("username") !== "" || fields.text("password") !== "",
    authProvider: fields.child("auth-provider")?.text("name"),
    exec: execOf(fields.child("exec"), base),
  };
}

function execOf(fields: Fields | undefined, base: string): KubeconfigExec | undefined {
  if (fields === undefined) return undefined;
  const command = fields.text("command");
  const apiVersion = fields.text("apiVersion");
  return {
    apiVersion,
    // A bare name is looked up on PATH.
    command: command.includes(sep) ? against(base, command) : command,
    args: fields.texts("args"),
    env: fields.children("env").map((item) => ({ name: item.text("name"), value: item.text("value") })),
    installHint: fields.text("installHint"),
    provideClusterInfo: fields.flag("provideClusterInfo"),
    // Optional before v1: clientcmd/api/v1/defaults.go.
    interactiveMode: fields.text("interactiveMode") || (/v1(?:alpha|beta)1$/.test(apiVersion) ? "IfAvailable" : ""),
  };
}

function against(base: string, path: string): string {
  return path === "" ? "" : resolve(base, path);
}
