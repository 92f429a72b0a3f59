/** The names of everything a Valkey cluster is made of. Frozen: a test holds them, since claims and Secrets outlive releases. */
import type { Owner } from "../../resources/labels.ts";
import type { ValkeySpec } from "./spec.ts";

export const container = "valkey";
export const clientPort = 6379;
/** Where nodes gossip: always the client port and 10000. */
export const busPort = 16_379;

/** On the pods and claims of a shard, beside the labels of the whole cluster. */
export const shardLabel = "dbop.dev/shard";

/** A pod's place: which shard, and which ordinal in it. It says nothing of its role. */
export interface Place {
  readonly shard: number;
  readonly ordinal: number;
}

type Named = Pick<ValkeySpec, "name" | "namespace">;

/**
 * - `server`: what nodes show to whoever calls them, and whom they trust;
 * - `peer`: what they show to nodes that they call;
 * - `client`: what valkey-cli in the pods shows and whom it trusts, and applications like it.
 */
type UserSecrets = Readonly<Record<"server" | "peer" | "client", string>>;

/** Of the StatefulSet of a shard, and of its disruption budget. */
export const shardName = ({ name }: Pick<Named, "name">, shard: number): string => `${name}-shard-${String(shard)}`;
export const podName = (spec: Pick<Named, "name">, { shard, ordinal }: Place): string =>
  `${shardName(spec, shard)}-${String(ordinal)}`;
export const claimName = (spec: Pick<Named, "name">, place: Place): string => `data-${podName(spec, place)}`;
/** Headless: every node has a DNS name in it before it is ready. */
export const nodeServiceName = ({ name }: Named): string => `${name}-nodes`;
/** Of a node, in DNS, wherever its pod is now. */
export const nodeHost = (spec: Named, place: Place): string =>
  `${podName(spec, place)}.${nodeServiceName(spec)}.${spec.namespace}.svc`;
export const clientServiceName = ({ name }: Named): string => name;
export const configMapName = ({ name }: Named): string => `${name}-config`;
/** The private key of the authority: read only when a certificate is issued, mounted nowhere. */
export const authoritySecretName = ({ name }: Named): string => `${name}-ca`;
/** What nodes show, to clients and to each other, and whom they trust. */
export const certificateSecretName = ({ name }: Named): string => `${name}-tls`;
/**
 * In that Secret, beside the certificate it is called after. A pod asks for the key of the one it is made for: it can't start on an older Secret that a
 * kubelet still has (docs/adr/0009).
 */
export const issuedKey = (fingerprint: string): string => `issued.${fingerprint}`;
/** The user's own Secrets by what they are for; undefined where they bring none. */
export function userSecrets({ tls }: Pick<ValkeySpec, "tls">): UserSecrets | undefined {
  if (tls.mode !== "secret") return undefined;
  return { server: tls.serverSecretName, peer: tls.peerSecretName, client: tls.clientSecretName };
}
/** The Jobs that make a cluster from a backup: one reads what it is, and one a shard fills the claim of its first node. */
export const manifestJobName = ({ name }: Pick<Named, "name">): string => `${name}-restore-manifest`;
export const fillJobName = (spec: Pick<Named, "name">, shard: number): string => `${shardName(spec, shard)}-restore`;
export const authSecretName = ({ name }: Named): string => `${name}-auth`;

/** The reverse of {@link shardName}; undefined for a name that is not made from `spec.name`. */
export function shardOf({ name }: Pick<Named, "name">, setName: string): number | undefined {
  const digits = setName.startsWith(`${name}-shard-`) ? setName.slice(`${name}-shard-`.length) : "";
  return /^\d{1,2}$/u.test(digits) ? Number(digits) : undefined;
}

/** The reverse of {@link podName}. */
export function placeOf(spec: Pick<Named, "name">, pod: string): Place | undefined {
  const match = /^(.+)-(\d{1,2})$/u.exec(pod);
  const shard = shardOf(spec, match?.[1] ?? "");
  return shard === undefined ? undefined : { shard, ordinal: Number(match?.[2]) };
}

export const samePlace = (a: Place, b: Place): boolean => a.shard === b.shard && a.ordinal === b.ordinal;

export function byPlace(a: { readonly place: Place }, b: { readonly place: Place }): number {
  return a.place.shard - b.place.shard || a.place.ordinal - b.place.ordinal;
}

export function owner(spec: Pick<ValkeySpec, "name" | "namespace" | "uid">): Owner {
  return { engine: "valkey", name: spec.name, namespace: spec.namespace, uid: spec.uid };
}
