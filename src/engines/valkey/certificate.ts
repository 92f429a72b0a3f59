/** The certificate of a managed cluster: one for all nodes, from an authority of the cluster's own. Private keys go from memory to the Secret and nowhere else. */
import { createHash } from "node:crypto";
import { DbopError, isDbopError } from "../../errors.ts";
import { field, textField } from "../../kube/fields.ts";
import { types, type KubeObject } from "../../kube/objects.ts";
import { keptMeta } from "../../resources/labels.ts";
import { dueForRenewal, inspectCertificate, type Certificate } from "../../resources/tls/inspect.ts";
import { createAuthority, issueCertificate as issue, type Pair } from "../../resources/tls/issue.ts";
import type { CommandResult, EngineIo } from "../engine.ts";
import type { ValkeyCommand } from "./commands.ts";
import { authoritySecretName, certificateSecretName, clientServiceName, nodeServiceName, owner } from "./names.ts";
import type { CertificateSeen } from "./seen.ts";
import type { ValkeySpec } from "./spec.ts";

const authorityDays = 10 * 365;
const certificateDays = 365;
const rotationAnnotation = "dbop.dev/rotation";

/** The names that clients and other nodes may call a node by. */
function namesOf(spec: ValkeySpec): readonly string[] {
  const service = clientServiceName(spec);
  const domains = [`.${spec.namespace}`, `.${spec.namespace}.svc`, `.${spec.namespace}.svc.cluster.local`];
  const nodes = domains.map((domain) => `*.${nodeServiceName(spec)}${domain}`);
  return ["localhost", service, ...domains.map((domain) => `${service}${domain}`), ...nodes];
}

/** Undefined when the Secret lacks the certificate or holds one that can't be used: it is issued again then. */
export function certificateSeen(secret: KubeObject | undefined, now: Date): CertificateSeen | undefined {
  if (secret === undefined) return undefined;
  const cert = text(secret, "tls.crt");
  const found = usable(cert, { key: text(secret, "tls.key"), ca: text(secret, "ca.crt") });
  return (
    found && {
      fingerprint: createHash("sha256").update(cert).digest("hex").slice(0, 16),
      notAfter: found.certificate.notAfter.toISOString(),
      due: dueForRenewal(found.certificate, now),
      authorityNotAfter: found.authority.notAfter.toISOString(),
      rotation: secret.metadata.annotations?.[rotationAnnotation],
    }
  );
}

function usable(
  cert: string,
  { key, ca }: { readonly key: string; readonly ca: string },
): { readonly certificate: Certificate; readonly authority: Certificate } | undefined {
  const [certificate, authority] = [inspected(cert), inspected(ca)];
  if (certificate === undefined || authority === undefined) return undefined;
  return certificate.matchesKey(key) && certificate.issuedBy(ca) ? { certificate, authority } : undefined;
}

function inspected(pem: string): Certificate | undefined {
  try {
    return inspectCertificate(pem);
  } catch (error) {
    if (isDbopError(error)) return undefined;
    throw error;
  }
}

export async function issueCertificate(
  { mayFound, rotation }: Extract<ValkeyCommand, { name: "issueCertificate" }>,
  io: EngineIo,
  spec: ValkeySpec,
): Promise<CommandResult> {
  const authority = (await findAuthority(io, spec)) ?? (await foundAuthority(io, spec, mayFound));
  const pair = await issue({
    authority,
    commonName: spec.name,
    dnsNames: namesOf(spec),
    ipAddresses: ["127.0.0.1", "::1"],
    usages: ["server", "client"],
    now: io.now(),
    days: certificateDays,
  });
  const texts = { "ca.crt": authority.cert, "tls.crt": pair.cert, "tls.key": pair.key };
  const annotations = rotation === undefined ? {} : { [rotationAnnotation]: rotation };
  await io.apply(secretOf(spec, certificateSecretName(spec), { texts, annotations }), { force: true });
  return { outcome: "done" };
}

async function findAuthority(io: EngineIo, spec: ValkeySpec): Promise<Pair | undefined> {
  const ref = { type: types.secret, namespace: spec.namespace, name: authoritySecretName(spec) };
  const secret = await io.get(ref);
  return secret === undefined ? undefined : { cert: text(secret, "tls.crt"), key: text(secret, "tls.key") };
}

/** Created, not applied: of two runs at once, one founds it, and the other takes that one's. */
async function foundAuthority(io: EngineIo, spec: ValkeySpec, mayFound: boolean): Promise<Pair> {
  if (!mayFound)
    throw new DbopError(
      "Refused",
      `certificates-valid: Secret ${authoritySecretName(spec)} is gone, and the nodes that serve trust no other authority`,
      { hint: `put it back from a backup; without it no certificate of ${spec.name} can be made anew` },
    );
  const pair = await createAuthority(`${spec.name} authority`, io.now(), authorityDays);
  const texts = { "tls.crt": pair.cert, "tls.key": pair.key };
  try {
    await io.create(secretOf(spec, authoritySecretName(spec), { texts, annotations: {} }));
    return pair;
  } catch (error) {
    const theirs = isDbopError(error, "AlreadyExists") ? await findAuthority(io, spec) : undefined;
    if (theirs === undefined) throw error;
    return theirs;
  }
}

interface Content {
  readonly texts: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

function secretOf(spec: ValkeySpec, name: string, { texts, annotations }: Content): KubeObject {
  const data = Object.entries(texts).map(([key, value]) => [key, Buffer.from(value, "utf8").toString("base64")]);
  const metadata = { ...keptMeta(owner(spec), name), annotations };
  return { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", data: Object.fromEntries(data) };
}

function text(secret: KubeObject, key: string): string {
  return Buffer.from(textField(field(secret, "data"), key), "base64").toString("utf8");
}
