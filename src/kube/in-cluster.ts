/** The cluster we run inside of, when we are a Pod: client-go's `InClusterConfig`. */
import { isIPv6 } from "node:net";
import type { HostEnvironment } from "./host.ts";

const directory = "/var/run/secrets/kubernetes.io/serviceaccount";

export interface InCluster {
  readonly server: string;
  /** Re-read as it rotates. */
  readonly tokenFile: string;
  /** "" when the file is missing: then the system's roots must do. */
  readonly certificateAuthority: string;
  /** POD_NAMESPACE, else the service account's namespace, else "". */
  readonly namespace: string;
}

/** Undefined outside of a Pod, or in one without a service account token. */
export function inCluster(host: HostEnvironment): InCluster | undefined {
  const address = host.env["KUBERNETES_SERVICE_HOST"];
  const port = host.env["KUBERNETES_SERVICE_PORT"];
  const tokenFile = `${directory}/token`;
  if (!address || !port || textOf(host, tokenFile) === undefined) return undefined;
  const authority = `${directory}/ca.crt`;
  return {
    server: `https://${isIPv6(address) ? `[${address}]` : address}:${port}`,
    tokenFile,
    certificateAuthority: textOf(host, authority) === undefined ? "" : authority,
    namespace: host.env["POD_NAMESPACE"] || (textOf(host, `${directory}/namespace`) ?? "").trim(),
  };
}

/** Every failure counts as absence, as in client-go: the file is only looked for. */
function textOf(host: HostEnvironment, path: string): string | undefined {
  try {
    return host.readFile(path);
  } catch {
    return undefined;
  }
}
