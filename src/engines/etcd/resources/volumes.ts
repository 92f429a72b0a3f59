import { dataMount } from "../data-directory.ts";
import { certificateSource, configMapName, peerClientKeys, trustKey } from "../names.ts";
import type { CertificateRole } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";
import { tlsDirectory } from "./config-map.ts";

export const certificateRoles: readonly CertificateRole[] = ["server", "peer", "client"];

/** What a managed member shows when it calls another: see `MemberConfig.tls`. */
const peerClientItems = [
  { key: peerClientKeys.cert, path: "peer/client.crt" },
  { key: peerClientKeys.key, path: "peer/client.key" },
];

export function volumes(spec: EtcdSpec): readonly object[] {
  const config = { name: "members", configMap: { name: configMapName(spec), defaultMode: 0o444 } };
  if (spec.tls.mode === "disabled") return [config];
  const sources = secretsOf(spec).map((name) => ({ secret: { name, items: items(spec, name) } }));
  return [config, { name: "tls", projected: { defaultMode: 0o440, sources } }];
}

function secretsOf(spec: EtcdSpec): readonly string[] {
  return [...new Set(certificateRoles.map((role) => certificateSource(spec, role).secret))];
}

/**
 * One volume for all, since a kubelet renews a volume as a whole: a member that shows its new server's certificate has its new peer's too.
 * With the mark of what is to be trusted no pod starts before its kubelet knows a Secret that holds it: etcd never reads it again.
 */
function items(spec: EtcdSpec, secret: string): readonly object[] {
  const managed = spec.tls.mode === "managed";
  const roles = certificateRoles.filter((role) => certificateSource(spec, role).secret === secret);
  return [
    ...roles.flatMap((role) => {
      const { ca, cert, key } = certificateSource(spec, role);
      return [
        { key: ca, path: `${role}/ca.crt` },
        { key: cert, path: `${role}/tls.crt` },
        { key, path: `${role}/tls.key` },
      ];
    }),
    ...(managed && roles.includes("peer") ? [...peerClientItems, { key: trustKey(spec.trust), path: "trust" }] : []),
  ];
}

export function volumeMounts(spec: EtcdSpec): readonly object[] {
  const mounts = [
    { name: "data", mountPath: dataMount },
    { name: "members", mountPath: "/etc/etcd/members", readOnly: true },
  ];
  return spec.tls.mode === "disabled" ? mounts : [...mounts, { name: "tls", mountPath: tlsDirectory, readOnly: true }];
}
