/** The names that certificates of members must bear. */
import { clientServiceName, memberServiceName } from "./names.ts";
import type { EtcdSpec } from "./spec.ts";

type Named = Pick<EtcdSpec, "name" | "namespace">;

/** Names under which clients reach members: each member's own, the client Service's, and localhost for etcdctl in the pod. */
export function serverNames(spec: Named): readonly string[] {
  const members = `*.${memberServiceName(spec)}.${spec.namespace}.svc`;
  const service = clientServiceName(spec);
  const inNamespace = `${service}.${spec.namespace}`;
  return [
    members,
    `${members}.cluster.local`,
    service,
    inNamespace,
    `${inNamespace}.svc`,
    `${inNamespace}.svc.cluster.local`,
    "localhost",
  ];
}

/** Names under which members reach each other. */
export function peerNames(spec: Named): readonly string[] {
  const members = `*.${memberServiceName(spec)}.${spec.namespace}.svc`;
  return [members, `${members}.cluster.local`];
}
