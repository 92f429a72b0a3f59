/** What an exec credential plugin is told and what it answers: the API group client.authentication.k8s.io. */
import { DbopError } from "../errors.ts";
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
  const answer = await decoded(stdout, exec);
  const [apiVersion, kind] = [answer.text("apiVersion"), answer.text("kind")];
  if (kind !== "ExecCredential")
    throw refuse(`decoding stdout: no kind "${kind}" is registered for version "${apiVersion}"`);
  if (apiVersion !== exec.apiVersion) {
    throw refuse(
      `exec plugin is configured to use API version ${exec.apiVersion}, plugin returned version ${apiVersion}`,
    );
  }
  const status = answer.child("status");
  if (status === undefined) throw refuse("exec plugin didn't return a status field");
  return credentialOf(status);
}

async function decoded(stdout: string, exec: KubeconfigExec): Promise<Fields> {
  try {
    const answer = fieldsOf(await parseJsonOrYaml(stdout), "ExecCredential");
    answer.text("apiVersion");
    answer.text("kind");
    answer.child("status");
    return answer;
  } catch (error) {
    throw new DbopError(
      "Unauthorized",
      `getting credentials: decoding stdout of ${exec.command}: it is not an ExecCredential`,
      {
        cause: error instanceof DbopError ? error : undefined,
      },
    );
  }
}

function credentialOf(status: Fields): ExecCredential {
  const [token, cert, key] = [status.text("token"), status.text("clientCertificateData"), status.text("clientKeyData")];
  if (token === "" && cert === "" && key === "") throw refuse("exec plugin didn't return a token or cert/key pair");
  if ((cert === "") !== (key === "")) throw refuse("exec plugin returned only certificate or key, not both");
  const certificate = cert === "" ? undefined : { cert, key };
  if (certificate) checkPair(certificate, "client key/certificate of the exec plugin", "Unauthorized");
  const expiry = status.text("expirationTimestamp");
  const expiresAt = expiry === "" ? Infinity : Date.parse(expiry);
  if (Number.isNaN(expiresAt)) throw refuse("exec plugin returned an expirationTimestamp that is no time");
  return { token, certificate, expiresAt };
}

function refuse(why: string): DbopError {
  return new DbopError("Unauthorized", `getting credentials: ${why}`);
}
