/** Whom to trust and what certificate to show: client-go's `TLSConfigFor`, checked up front so that errors name the file. */
import { X509Certificate } from "node:crypto";
import tls from "node:tls";
import { DbopError } from "../errors.ts";
import type { ClientCertificate, TlsOptions } from "./access.ts";
import type { ClusterSelection } from "./cluster-selection.ts";
import { whyUnreadable, type HostEnvironment } from "./host.ts";

const pemHint = "kubectl config view --minify --flatten --raw shows what this context holds; it must be PEM";

/** Options of every TLS connection to the API server. Throws `Usage` for contradictions and for files that are missing or no PEM. */
export function tlsOptions(selection: ClusterSelection, host: HostEnvironment): TlsOptions {
  const { cluster, clusterName } = selection;
  const configured = cluster.certificateAuthority !== "" || cluster.certificateAuthorityData !== "";
  if (cluster.insecureSkipTlsVerify && configured) {
    throw new DbopError("Usage", "specifying a root certificates file with the insecure flag is not allowed", {
      hint: "drop insecure-skip-tls-verify, or the certificate authority",
    });
  }
  const ca = configured ? authority(selection, host) : cluster.insecureSkipTlsVerify ? undefined : systemRoots();
  const certificate = staticCertificate(selection, host);
  if (cluster.certificateAuthority !== "" && cluster.certificateAuthorityData !== "") {
    host.warn(bothGiven("certificate-authority-data", "certificate-authority", clusterName));
  }
  return {
    rejectUnauthorized: !cluster.insecureSkipTlsVerify,
    ...(ca !== undefined && { ca }),
    ...certificate,
    ...(cluster.tlsServerName !== "" && { servername: cluster.tlsServerName }),
  };
}

function authority({ cluster, clusterName }: ClusterSelection, host: HostEnvironment): string {
  const path = cluster.certificateAuthority;
  const pem =
    cluster.certificateAuthorityData || readPem(path, `certificate-authority ${path} for ${clusterName}`, host);
  try {
    new X509Certificate(pem);
  } catch (error) {
    throw new DbopError(
      "Usage",
      `unable to load root certificates of cluster "${clusterName}": unable to parse bytes as PEM block`,
      { cause: error, hint: pemHint },
    );
  }
  return pem;
}

function staticCertificate({ user, userName }: ClusterSelection, host: HostEnvironment): ClientCertificate | undefined {
  if (user.clientCertificate === "" && user.clientCertificateData === "") return undefined;
  if (user.clientKey === "" && user.clientKeyData === "") {
    throw new DbopError(
      "Usage",
      `client-key-data or client-key must be specified for ${userName} to use the clientCert authentication method`,
    );
  }
  if (user.clientCertificate !== "" && user.clientCertificateData !== "") {
    host.warn(bothGiven("client-certificate-data", "client-certificate", userName));
  }
  const pair = {
    cert:
      user.clientCertificateData ||
      readPem(user.clientCertificate, `client-cert ${user.clientCertificate} for ${userName}`, host),
    key: user.clientKeyData || readPem(user.clientKey, `client-key ${user.clientKey} for ${userName}`, host),
  };
  checkPair(pair, `client certificate and key of ${userName}`);
  return pair;
}

/** Throws `Usage` when OpenSSL cannot use the pair: no PEM, or a key of another certificate. */
export function checkPair(pair: ClientCertificate, what: string): void {
  try {
    tls.createSecureContext(pair);
  } catch (error) {
    // OpenSSL names the routine and the reason, never the bytes.
    const why = error instanceof Error ? error.message : String(error);
    throw new DbopError("Usage", `invalid ${what}: ${why}`, { cause: error, hint: pemHint });
  }
}

function readPem(path: string, what: string, host: HostEnvironment): string {
  try {
    return host.readFile(path);
  } catch (error) {
    throw new DbopError("Usage", `unable to read ${what} due to ${whyUnreadable(error)}`, {
      cause: error,
      hint: "relative paths in a kubeconfig start from the file that holds them, those in flags from here",
    });
  }
}

function bothGiven(data: string, file: string, whose: string): string {
  return `warning: ${data} and ${file} are both specified for ${whose}; ${data} overrides`;
}

/**
 * Without a CA of its own a cluster is trusted by the machine's store, as in Go. Node's default is only the list it was built with, so
 * what the machine adds (a company's root) is laid on top; undefined when it adds nothing, or when this Node cannot tell.
 */
function systemRoots(): string[] | undefined {
  if (!("getCACertificates" in tls)) return undefined;
  const known = tls.getCACertificates("default");
  const built = new Set(known);
  const added = tls.getCACertificates("system").filter((root) => !built.has(root));
  return added.length === 0 ? undefined : [...known, ...added];
}
