/** Checks a Secret that users bring themselves: the shape of `kubernetes.io/tls` with `ca.crt`, as cert-manager makes it. */
import type { Problem } from "../../api/problem.ts";
import { isDbopError } from "../../errors.ts";
import type { KubeObject } from "../../kube/objects.ts";
import { secretText } from "../secret.ts";
import { inspectCertificate, type Certificate } from "./inspect.ts";

export interface UserSecret {
  readonly secret: KubeObject;
  /** The field of the spec that names it: `spec.tls.serverSecretName`. */
  readonly field: string;
  readonly now: Date;
  /** Names the certificate must bear, by itself or through a wildcard; `*.x` asks for exactly that wildcard. */
  readonly wantedDnsNames: readonly string[];
}

const keys = ["ca.crt", "tls.crt", "tls.key"] as const;

/** Every problem of the Secret at once. Never holds key material: the value of a problem is the Secret's name. */
export function checkUserSecret(input: UserSecret): readonly Problem[] {
  const { name } = input.secret.metadata;
  return complaints(input).map((message) => ({
    field: input.field,
    value: name,
    message: `Secret "${name}" ${message}`,
  }));
}

function complaints({ secret, now, wantedDnsNames }: UserSecret): readonly string[] {
  const [ca, cert, key] = [secretText(secret, "ca.crt"), secretText(secret, "tls.crt"), secretText(secret, "tls.key")];
  const absent = keys.filter((name) => secretText(secret, name) === "");
  const authority = inspected(ca);
  const certificate = inspected(cert);
  return [
    ...when(absent.length > 0, `has no ${absent.join(", ")}: it needs ${keys.join(", ")}`),
    ...when(ca !== "" && authority === undefined, "holds a ca.crt that is not a PEM certificate"),
    ...when(cert !== "" && certificate === undefined, "holds a tls.crt that is not a PEM certificate"),
    ...(authority === undefined ? [] : authorityComplaints(authority, now)),
    ...(certificate === undefined ? [] : certificateComplaints(certificate, now, wantedDnsNames)),
    ...(certificate === undefined || key === "" ? [] : keyComplaints(certificate, key)),
    ...(certificate === undefined || authority === undefined ? [] : issuerComplaints(certificate, ca)),
  ];
}

const when = (holds: boolean, complaint: string): readonly string[] => (holds ? [complaint] : []);

function authorityComplaints({ isCa, notAfter }: Certificate, now: Date): readonly string[] {
  return [
    ...when(!isCa, "holds a ca.crt that is no certificate authority"),
    ...when(notAfter <= now, `holds a ca.crt that expired on ${notAfter.toISOString()}`),
  ];
}

const keyComplaints = (certificate: Certificate, key: string): readonly string[] =>
  when(!certificate.matchesKey(key), "holds a tls.key that does not belong to its tls.crt");

const issuerComplaints = (certificate: Certificate, ca: string): readonly string[] =>
  when(!certificate.issuedBy(ca), "holds a tls.crt that no authority in its ca.crt issued");

function certificateComplaints(certificate: Certificate, now: Date, wanted: readonly string[]): readonly string[] {
  const { notBefore, notAfter, dnsNames } = certificate;
  const missing = wanted.filter((name) => !dnsNames.some((dnsName) => covers(dnsName, name)));
  return [
    ...when(notAfter <= now, `holds a tls.crt that expired on ${notAfter.toISOString()}`),
    ...when(notBefore > now, `holds a tls.crt that is valid only from ${notBefore.toISOString()}`),
    ...when(missing.length > 0, `holds a tls.crt without the DNS names ${missing.join(", ")}`),
  ];
}

/** A wildcard stands for one label (RFC 6125 §6.4.3). */
function covers(dnsName: string, wanted: string): boolean {
  const [has, wants] = [dnsName.toLowerCase(), wanted.toLowerCase()];
  if (has === wants) return true;
  const dot = wants.indexOf(".");
  return has.startsWith("*.") && dot > 0 && has.slice(1) === wants.slice(dot);
}

function inspected(pem: string): Certificate | undefined {
  try {
    return inspectCertificate(pem);
  } catch (error) {
    if (isDbopError(error)) return undefined;
    throw error;
  }
}
