/** The names of everything an etcd cluster is made of. Frozen: a test holds them, since claims and Secrets outlive releases. */
import type { Owner } from "../../resources/labels.ts";
import type { Replacement } from "../engine.ts";
import type { CertificateRole } from "./seen.ts";
import type { EtcdSpec } from "./spec.ts";

export const container = "etcd";
export const clientPort = 2379;
export const peerPort = 2380;
/** Plain HTTP for probes and metrics: a kubelet has no client certificate. Holds no keys and no values. */
export const metricsPort = 2381;

type Named = Pick<EtcdSpec, "name" | "namespace">;

export const statefulSetName = ({ name }: Named): string => name;
/** Headless: every member has a DNS name in it before it is ready. */
export const memberServiceName = ({ name }: Named): string => `${name}-members`;
export const clientServiceName = ({ name }: Named): string => name;
export const configMapName = ({ name }: Named): string => `${name}-config`;
export const budgetName = ({ name }: Named): string => name;
/** The private keys of the two authorities: read only when a certificate is issued, mounted nowhere. */
export const authoritySecretName = ({ name }: Named): string => `${name}-ca`;
export const memberSecretName = ({ name }: Named): string => `${name}-member-tls`;
export const clientSecretName = ({ name }: Named): string => `${name}-client-tls`;

/** In the members' Secret: the certificate a managed member shows when it calls another. */
export const peerClientKeys = { cert: "peer-client.crt", key: "peer-client.key" } as const;

type Restored = Named & Pick<EtcdSpec, "replacement">;

/** The Jobs that make a cluster from a backup, or give it another's data: those of one operation are no other's. */
export const manifestJobName = ({ name, replacement }: Restored): string =>
  `${name}-${replacement === undefined ? "restore" : idOf(replacement)}-manifest`;
export const fillJobName = ({ name, replacement }: Restored): string =>
  replacement === undefined ? `${name}-restore` : `${name}-${idOf(replacement)}-restore`;
/** The Job that removes what was replaced, by the operation that has replaced it. */
export const discardJobName = ({ name }: Named, replacedBy: string): string => `${name}-${replacedBy}-discard`;

/** Until the operation is recorded its id is not known, and nothing bears it. */
export const idOf = ({ id }: Pick<Replacement, "id">): string => id ?? "new";

/** In the members' Secret: a mark of what its certificates trust, which their pods mount. */
export const trustKey = (trust: string): string => `trust.${trust}`;

export const memberName = ({ name }: Named, ordinal: number): string => `${name}-${String(ordinal)}`;
export const claimName = (spec: Named, ordinal: number): string => `data-${memberName(spec, ordinal)}`;

/** Where the certificate of `role` is: the Secret and its keys. */
export interface CertificateSource {
  readonly secret: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/**
 * Managed: what only members use is together in one Secret, what clients use in another of the usual shape. A user's own Secrets
 * have the usual shape (`ca.crt`, `tls.crt`, `tls.key`), as cert-manager makes them.
 */
export function certificateSource(
  spec: Pick<EtcdSpec, "name" | "namespace" | "tls">,
  role: CertificateRole,
): CertificateSource {
  const usual = { ca: "ca.crt", cert: "tls.crt", key: "tls.key" };
  if (spec.tls.mode === "secret") return { secret: spec.tls[`${role}SecretName`], ...usual };
  if (role === "client") return { secret: clientSecretName(spec), ...usual };
  return { secret: memberSecretName(spec), ca: `${role}-ca.crt`, cert: `${role}.crt`, key: `${role}.key` };
}

const scheme = (spec: EtcdSpec): string => (spec.tls.mode === "disabled" ? "http" : "https");

function memberHost(spec: Named, ordinal: number): string {
  return `${memberName(spec, ordinal)}.${memberServiceName(spec)}.${spec.namespace}.svc`;
}

export function peerUrl(spec: EtcdSpec, ordinal: number): string {
  return `${scheme(spec)}://${memberHost(spec, ordinal)}:${String(peerPort)}`;
}

export function clientUrl(spec: EtcdSpec, ordinal: number): string {
  return `${scheme(spec)}://${memberHost(spec, ordinal)}:${String(clientPort)}`;
}

export function localUrl(spec: EtcdSpec): string {
  return `${scheme(spec)}://localhost:${String(clientPort)}`;
}

/** The ordinal whose peer URL this is; undefined when it is none of ours. */
export function ordinalOfPeerUrl(spec: EtcdSpec, url: string): number | undefined {
  const ordinal = ordinalOf(spec, url.slice(url.indexOf("://") + 3, url.indexOf(".")));
  return ordinal !== undefined && peerUrl(spec, ordinal) === url ? ordinal : undefined;
}

/** The ordinal in a member's or pod's name; undefined when the name is not made from `spec.name`. */
export function ordinalOf({ name }: Named, member: string): number | undefined {
  const digits = member.startsWith(`${name}-`) ? member.slice(name.length + 1) : "";
  return /^\d{1,3}$/u.test(digits) ? Number(digits) : undefined;
}

export function owner(spec: EtcdSpec): Owner {
  return { engine: "etcd", name: spec.name, namespace: spec.namespace, uid: spec.uid };
}
