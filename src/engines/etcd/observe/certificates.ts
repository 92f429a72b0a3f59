/** The certificates in force, wherever they come from. Keys are looked at only to see that they fit; they go nowhere. */
import { types, type KubeObject } from "../../../kube/objects.ts";
import { field, textField } from "../../../kube/fields.ts";
import { dueForRenewal, inspectCertificate } from "../../../resources/tls/inspect.ts";
import { checkUserSecret } from "../../../resources/tls/user-secret.ts";
import { isDbopError } from "../../../errors.ts";
import type { Reader } from "../../engine.ts";
import { serverNames, peerNames } from "../certificate-names.ts";
import { certificateSource, type CertificateSource } from "../names.ts";
import { certificateRoles } from "../resources/volumes.ts";
import type { CertificateRole, CertificatesSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";

type Expiry = CertificatesSeen["expiry"][number];

/** @param now decides whether a certificate is due; it is the only clock an observation reads. */
export async function observeCertificates(read: Reader, spec: EtcdSpec, now: Date): Promise<CertificatesSeen> {
  if (spec.tls.mode === "disabled") return { missing: [], expiry: [], problems: [] };
  const secrets = await readSecrets(read, spec);
  const missing: CertificateRole[] = [];
  const expiry: Expiry[] = [];
  const problems: string[] = [];
  for (const role of certificateRoles) {
    const secret = secrets.get(certificateSource(spec, role).secret);
    if (spec.tls.mode === "secret") problems.push(...userProblems(spec, role, { secret, now }));
    const found = secret === undefined ? undefined : inspect(certificateSource(spec, role), secret, now);
    if (found === undefined) missing.push(role);
    else expiry.push({ role, ...found });
  }
  return { missing, expiry, problems };
}

async function readSecrets(read: Reader, spec: EtcdSpec): Promise<ReadonlyMap<string, KubeObject | undefined>> {
  const names = [...new Set(certificateRoles.map((role) => certificateSource(spec, role).secret))];
  const found = await Promise.all(
    names.map((name) => read.get({ type: types.secret, namespace: spec.namespace, name })),
  );
  return new Map(names.map((name, index) => [name, found[index]]));
}

/** Undefined when the Secret lacks the certificate or holds one that can't be used: it counts as missing and is issued again. */
function inspect(source: CertificateSource, secret: KubeObject, now: Date): Omit<Expiry, "role"> | undefined {
  try {
    const certificate = inspectCertificate(pem(secret, source.cert));
    if (!certificate.matchesKey(pem(secret, source.key))) return undefined;
    return { notAfter: certificate.notAfter.toISOString(), due: dueForRenewal(certificate, now) };
  } catch (error) {
    if (isDbopError(error)) return undefined;
    throw error;
  }
}

function userProblems(
  spec: EtcdSpec,
  role: CertificateRole,
  { secret, now }: { readonly secret: KubeObject | undefined; readonly now: Date },
): readonly string[] {
  const { secret: name } = certificateSource(spec, role);
  if (secret === undefined)
    return [`spec.tls.${role}SecretName: Secret "${name}" does not exist in namespace "${spec.namespace}"`];
  const wanted = { server: serverNames(spec).slice(0, 1), peer: peerNames(spec).slice(0, 1), client: [] }[role];
  return checkUserSecret({ secret, field: `spec.tls.${role}SecretName`, now, wantedDnsNames: wanted }).map(
    (problem) => `${problem.field}: ${problem.message}`,
  );
}

function pem(secret: KubeObject, key: string): string {
  return Buffer.from(textField(field(secret, "data"), key), "base64").toString("utf8");
}
