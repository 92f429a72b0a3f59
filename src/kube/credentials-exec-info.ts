/** What an exec credential plugin is told and what it answers: the API group client.authentication.k8s.io. */
import { DbopError, isDbopError } from "../errors.ts";
import type { ClientCertificate } from "./access.ts";
import { checkPair } from "./access-tls.ts";
import type { ClusterSelection } from "./cluster-selection.ts";
import type { HostEnvironment } from "./host.ts";
import { parseJsonOrYaml } from "./json-or-yaml.ts";
import type { KubeconfigExec } from "./kubeconfig.ts";
import { fieldsOf, type Fields } from "./kubeconfig-fields.ts";

export type ExecSelection = ClusterSelection & { readonly exec: KubeconfigExec };

/** What a plugin gave us. `expiresAt` in milliseconds since the epoch; Infinity when it set no end. */
export interface ExecCredential {
  readonly token: string;
  readonly certificate: ClientCertificate | undefined;
  readonly expiresAt: number;
}

/** The value of KUBERNETES_EXEC_INFO. A certificate authority file is read for it, since the plugin gets data only. */
export function execInfo(selection: ExecSelection, interactive: boolean, host: HostEnvironment): string {
  const { exec } = selection;
  const spec = { ...(exec.provideClusterInfo && { cluster: execCluster(selection, host) }), interactive };
  return JSON.stringify({ kind: "ExecCredential", apiVersion: exec.apiVersion, spec });
}

function execCluster({ cluster }: ExecSelection, host: HostEnvironment): object {
  const authority =
    cluster.certificateAuthorityData || (cluster.certificateAuthority && host.readFile(cluster.certificateAuthority));
  return {
    server: cluster.server,
    ...(cluster.tlsServerName && { "tls-server-name": cluster.tlsServerName }),
    ...(cluster.insecureSkipTlsVerify && { "insecure-skip-tls-verify": true }),
    ...(authority && { "certificate-authority-data": Buffer.from(authority, "latin1").toString("base64") }),
    ...(cluster.proxyUrl && { "proxy-url": cluster.proxyUrl }),
    ...(cluster.disableCompression && { "disable-compression": true }),
    // client-go writes null for a cluster without the extension.
    config: cluster.execConfig ?? null,
  };
}

/** The credential in a plugin's stdout. Throws `Unauthorized` for any other answer; its text never quotes the answer, which may hold a token. */
export async function parseExecCredential(stdout: string, exec: KubeconfigExec): Promise<ExecCredential> {
  try {
    return credentialOf(fieldsOf(await parseJsonOrYaml(stdout), "ExecCredential"), exec);
  } catch (error) {
    if (!isDbopError(error, "Usage")) throw error;
    throw new DbopError("Unauthorized", `getting credentials: decoding stdout of ${exec.command}: ${error.message}`, {
      cause: error,
    });
  }
}

function credentialOf(answer: Fields, exec: KubeconfigExec): ExecCredential {
  const [apiVersion, kind] = [answer.text("apiVersion"), answer.text("kind")];
  if (kind !== "ExecCredential") throw wrong(`no kind "${kind}" is registered for version "${apiVersion}"`);
  if (apiVersion !== exec.apiVersion) {
    throw wrong(
      `exec plugin is configured to use API version ${exec.apiVersion}, plugin returned version ${apiVersion}`,
    );
  }
  const status = answer.child("status");
  if (status === undefined) throw wrong("exec plugin didn't return a status field");
  const [token, certificate] = [status.text("token"), certificateOf(status)];
  if (token === "" && certificate === undefined) throw wrong("exec plugin didn't return a token or cert/key pair");
  return { token, certificate, expiresAt: expiryOf(status) };
}

function certificateOf(status: Fields): ClientCertificate | undefined {
  const [cert, key] = [status.text("clientCertificateData"), status.text("clientKeyData")];
  if ((cert === "") !== (key === "")) throw wrong("exec plugin returned only certificate or key, not both");
  if (cert === "") return undefined;
  checkPair({ cert, key }, "client key/certificate of the exec plugin");
  return { cert, key };
}

function expiryOf(status: Fields): number {
  const text = status.text("expirationTimestamp");
  const time = text === "" ? Infinity : Date.parse(text);
  if (Number.isNaN(time)) throw wrong("exec plugin returned an expirationTimestamp that is no time");
  return time;
}

function wrong(why: string): DbopError {
  return new DbopError("Usage", why);
}
