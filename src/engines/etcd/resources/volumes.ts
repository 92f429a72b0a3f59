import { certificateSource, configMapName, peerClientKeys } from "../names.ts";
import type { CertificateRole } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";
import { tlsDirectory } from "./config-map.ts";

export const certificateRoles: readonly CertificateRole[] = ["server", "peer", "client"];

/** What a managed member shows when it calls another: see `MemberConfig.tls`. */
const peerClientItems = [
  { key: peerClientKeys.cert, path: "client.crt" },
  { key: peerClientKeys.key, path: "client.key" },
];

export function volumes(spec: EtcdSpec): readonly object[] {
  const config = { name: "members", configMap: { name: configMapName(spec), defaultMode: 0o444 } };
  if (spec.tls.mode === "disabled") return [config];
  const secrets = certificateRoles.map((role) => {
    const { secret, ca, cert, key } = certificateSource(spec, role);
    const items = [
      { key: ca, path: "ca.crt" },
      { key: cert, path: "tls.crt" },
      { key, path: "tls.key" },
      ...(role === "peer" && spec.tls.mode === "managed" ? peerClientItems : []),
    ];
    return { name: `${role}-tls`, secret: { secretName: secret, defaultMode: 0o440, items } };
  });
  return [config, ...secrets];
}

export function volumeMounts(spec: EtcdSpec): readonly object[] {
  const mounts = [
    { name: "data", mountPath: "/var/lib/etcd" },
    { name: "members", mountPath: "/etc/etcd/members", readOnly: true },
  ];
  if (spec.tls.mode === "disabled") return mounts;
  const secrets = certificateRoles.map((role) => ({
    name: `${role}-tls`,
    mountPath: `${tlsDirectory}/${role}`,
    readOnly: true,
  }));
  return [...mounts, ...secrets];
}
