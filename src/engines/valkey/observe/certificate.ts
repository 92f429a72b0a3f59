/** The certificates in force, wherever they come from. Keys are looked at only to see that they fit; they go nowhere. */
import { createHash } from "node:crypto";
import { isDbopError } from "../../../errors.ts";
import type { KubeObject } from "../../../kube/objects.ts";
import { secretText } from "../../../resources/secret.ts";
import { dueForRenewal, inspectCertificate, type Certificate } from "../../../resources/tls/inspect.ts";
import { rotationIn, stageIn } from "../../../resources/tls/stage.ts";
import { checkUserSecret } from "../../../resources/tls/user-secret.ts";
import { wantedNames } from "../certificate-names.ts";
import { issuedKey, userSecrets } from "../names.ts";
import type { CertificateSeen } from "../seen.ts";
import type { ValkeySpec } from "../spec.ts";

/** By name. */
export type Secrets = ReadonlyMap<string, KubeObject>;

/** Undefined when the Secret lacks the certificate or holds one that can't be used: it is issued again then. */
export function certificateSeen(secret: KubeObject | undefined, now: Date): CertificateSeen | undefined {
  if (secret === undefined) return undefined;
  const [cert, ca] = [secretText(secret, "tls.crt"), secretText(secret, "ca.crt")];
  const certificate = inspected(cert);
  const fingerprint = fingerprintOf([ca, cert]);
  const whole = certificate?.matchesKey(secretText(secret, "tls.key")) === true && certificate.issuedBy(ca);
  if (certificate === undefined || !whole || secretText(secret, issuedKey(fingerprint)) === "") return undefined;
  const { annotations } = secret.metadata;
  return {
    fingerprint,
    notAfter: certificate.notAfter.toISOString(),
    due: dueForRenewal(certificate, now),
    authorityNotAfter: newestOf(ca)?.notAfter.toISOString(),
    stage: stageIn(annotations),
    rotation: rotationIn(annotations),
  };
}

/** Tells what is mounted from anything else that might be. */
export function fingerprintOf(pems: readonly string[]): string {
  return createHash("sha256").update(pems.join("\n")).digest("hex").slice(0, 16);
}

/** It stands last in a bundle. */
function newestOf(ca: string): Certificate | undefined {
  return inspected(ca.split(/(?=-----BEGIN CERTIFICATE-----)/u).at(-1) ?? "");
}

/** Of the user's own Secrets: as long as there are problems, they are not relied on. */
export function userCertificate(
  spec: ValkeySpec,
  secrets: Secrets,
  now: Date,
): { readonly certificate: CertificateSeen | undefined; readonly problems: readonly string[] } {
  const named = userSecrets(spec);
  if (named === undefined) return { certificate: undefined, problems: [] };
  const problems = Object.entries(named).flatMap(([role, name]) => {
    const field = `spec.tls.${role}SecretName`;
    const secret = secrets.get(name);
    if (secret === undefined) return [`${field}: Secret "${name}" does not exist in namespace "${spec.namespace}"`];
    const wantedDnsNames = role === "server" ? wantedNames(spec) : [];
    return checkUserSecret({ secret, field, now, wantedDnsNames }).map(({ message }) => `${field}: ${message}`);
  });
  const [server, peer, client] = [named.server, named.peer, named.client].map((name) => secrets.get(name));
  if (problems.length > 0 || server === undefined || peer === undefined || client === undefined)
    return { certificate: undefined, problems };
  const trust = trustProblems({ server, peer, client });
  return { certificate: trust.length > 0 ? undefined : userSeen({ server, peer, client }, now), problems: trust };
}

interface Roles {
  readonly server: KubeObject;
  readonly peer: KubeObject;
  readonly client: KubeObject;
}

/** A node has one list of authorities, for clients and for nodes that call it: that of the server Secret. */
function trustProblems({ server, peer, client }: Roles): readonly string[] {
  const issued = (secret: KubeObject, by: KubeObject): boolean =>
    inspected(secretText(secret, "tls.crt"))?.issuedBy(secretText(by, "ca.crt")) === true;
  return [
    ...(issued(peer, server)
      ? []
      : [
          `spec.tls.peerSecretName: Secret "${peer.metadata.name}" holds a tls.crt that no authority in the ca.crt of "${server.metadata.name}" issued: nodes trust that one list`,
        ]),
    ...(issued(server, client)
      ? []
      : [
          `spec.tls.clientSecretName: Secret "${client.metadata.name}" holds a ca.crt without the authority that issued the tls.crt of "${server.metadata.name}"`,
        ]),
  ];
}

/** valkey-cli reads its own each time it starts: another one there is no reason for nodes to restart. */
function userSeen({ server, peer, client }: Roles, now: Date): CertificateSeen | undefined {
  const pems = [server, peer].flatMap((secret) => [secretText(secret, "ca.crt"), secretText(secret, "tls.crt")]);
  const [first] = [server, peer, client]
    .flatMap((secret) => inspected(secretText(secret, "tls.crt")) ?? [])
    .toSorted((a, b) => a.notAfter.getTime() - b.notAfter.getTime());
  if (first === undefined) return undefined;
  return {
    fingerprint: fingerprintOf(pems),
    notAfter: first.notAfter.toISOString(),
    due: dueForRenewal(first, now),
    authorityNotAfter: undefined,
    stage: stageIn(undefined),
    rotation: undefined,
  };
}

function inspected(pem: string): Certificate | undefined {
  try {
    return inspectCertificate(pem);
  } catch (error) {
    if (isDbopError(error)) return undefined;
    throw error;
  }
}
