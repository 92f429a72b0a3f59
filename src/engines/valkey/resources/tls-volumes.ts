/** What a pod mounts of certificates, and where. */
import { clientTlsDirectory, peerTlsDirectory, tlsDirectory } from "../config/render.ts";
import { certificateSecretName, issuedKey, userSecrets } from "../names.ts";
import type { ValkeySpec } from "../spec.ts";

interface Mounted {
  readonly volume: object;
  readonly mount: object;
}

export function tlsVolumes(spec: ValkeySpec): readonly Mounted[] {
  if (spec.tls.mode === "disabled") return [];
  const own = userSecrets(spec);
  if (own === undefined) {
    const files = ["ca.crt", "tls.crt", "tls.key", issuedKey(spec.certificate)];
    return [mounted("tls", tlsDirectory, { secretName: certificateSecretName(spec), files })];
  }
  const files = ["ca.crt", "tls.crt", "tls.key"];
  return [
    mounted("tls", tlsDirectory, { secretName: own.server, files }),
    mounted("tls-peer", peerTlsDirectory, { secretName: own.peer, files }),
    mounted("tls-client", clientTlsDirectory, { secretName: own.client, files }),
  ];
}

/** What a caller that is no node needs: whom to trust and, where nodes ask for it, what to show. */
export function callerVolumes(spec: ValkeySpec): readonly Mounted[] {
  if (spec.tls.mode === "disabled") return [];
  const own = userSecrets(spec);
  if (own === undefined)
    return [mounted("tls", tlsDirectory, { secretName: certificateSecretName(spec), files: ["ca.crt"] })];
  const files = ["ca.crt", "tls.crt", "tls.key"];
  return [mounted("tls-client", clientTlsDirectory, { secretName: own.client, files })];
}

function mounted(
  name: string,
  mountPath: string,
  { secretName, files }: { readonly secretName: string; readonly files: readonly string[] },
): Mounted {
  const items = files.map((file) => ({ key: file, path: file }));
  return {
    volume: { name, secret: { secretName, defaultMode: 0o440, items } },
    mount: { name, mountPath, readOnly: true },
  };
}
