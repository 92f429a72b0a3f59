import type { KeyPair } from "./pki.ts";

/** A kubeconfig (JSON is YAML too) for one user of the cluster whose API server is at `server`. */
export function kubeconfig(server: string, authority: string, user: KeyPair): string {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const name = "dbop-test";
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "certificate-authority-data": base64(authority) } }],
    users: [
      {
        name,
        user: { "client-certificate-data": base64(user.certificate), "client-key-data": base64(user.key) },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
