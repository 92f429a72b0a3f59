/** The certificates in force, wherever they come from. Keys are looked at only to see that they fit; they go nowhere. */
import { types, type KubeObject } from "../../../kube/objects.ts";
import { secretText } from "../../../resources/secret.ts";
import {
  dueForRenewal,
  inspectCertificate,
  skewMilliseconds,
  type Certificate,
} from "../../../resources/tls/inspect.ts";
import { checkUserSecret } from "../../../resources/tls/user-secret.ts";
import { isDbopError } from "../../../errors.ts";
import type { Reader } from "../../engine.ts";
import { rotationIn, stageIn, trustOf, type Stage } from "../../../resources/tls/stage.ts";
import { serverNames, peerNames } from "../certificate-names.ts";
import { certificateSource, clientSecretName, memberSecretName, trustKey, type CertificateSource } from "../names.ts";
import { certificateRoles } from "../resources/volumes.ts";
import { unmanaged, type CertificateRole, type CertificatesSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";

type Expiry = CertificatesSeen["expiry"][number];
type Secrets = ReadonlyMap<string, KubeObject | undefined>;

/** @param now decides whether a certificate is due; it is the only clock an observation reads. */
export async function observeCertificates(read: Reader, spec: EtcdSpec, now: Date): Promise<CertificatesSeen> {
  if (spec.tls.mode === "disabled") return { missing: [], expiry: [], problems: [], ...unmanaged };
  const secrets = await readSecrets(read, spec);
  const missing: CertificateRole[] = [];
  const expiry: Expiry[] = [];
  const problems: string[] = [];
  for (const role of certificateRoles) {
    const secret = secrets.get(certificateSource(spec, role).secret);
    if (spec.tls.mode === "secret") problems.push(...userProblems(spec, role, { secret, now }));
    const found = secret === undefined ? undefined : usable(spec, role, secret);
    if (found === undefined) missing.push(role);
    else expiry.push({ role, notAfter: found.notAfter.toISOString(), due: dueForRenewal(found, now) });
  }
  return { missing, expiry, problems, ...(spec.tls.mode === "managed" ? managed(spec, secrets) : unmanaged) };
}

async function readSecrets(read: Reader, spec: EtcdSpec): Promise<Secrets> {
  const names = [...new Set(certificateRoles.map((role) => certificateSource(spec, role).secret))];
  const found = await Promise.all(
    names.map((name) => read.get({ type: types.secret, namespace: spec.namespace, name })),
  );
  return new Map(names.map((name, index) => [name, found[index]]));
}

/** Undefined when the Secret lacks the certificate or holds one that can't be used: it counts as missing and is issued again. */
function usable(spec: EtcdSpec, role: CertificateRole, secret: KubeObject): Certificate | undefined {
  const source = certificateSource(spec, role);
  const certificate = inspected(secretText(secret, source.cert));
  if (certificate?.matchesKey(secretText(secret, source.key)) !== true) return undefined;
  return mountable(spec, source, secret) ? certificate : undefined;
}

/** Pods don't start without the mark of what they are to trust. */
function mountable(spec: EtcdSpec, source: CertificateSource, secret: KubeObject): boolean {
  return (
    spec.tls.mode !== "managed" ||
    source.secret !== memberSecretName(spec) ||
    secretText(secret, trustKey(trustOf(stageIn(secret.metadata.annotations)))) !== ""
  );
}

function managed(
  spec: EtcdSpec,
  secrets: Secrets,
): Pick<CertificatesSeen, "stage" | "rotations" | "authorities" | "newest"> {
  const members = secrets.get(memberSecretName(spec));
  const clients = secrets.get(clientSecretName(spec));
  const rotations = {
    members: rotationIn(members?.metadata.annotations),
    clients: rotationIn(clients?.metadata.annotations),
  };
  const stage = stageIn(members?.metadata.annotations);
  const newest = members && newestCertificate(inspected(secretText(members, certificateSource(spec, "server").cert)));
  return {
    stage,
    rotations: Object.fromEntries(Object.entries(rotations).filter(([, rotation]) => rotation !== undefined)),
    authorities: members === undefined ? [] : authorities(spec, members, stage),
    ...(newest === undefined ? {} : { newest }),
  };
}

/** The newest stands last in a bundle. */
function authorities(spec: EtcdSpec, members: KubeObject, stage: Stage): CertificatesSeen["authorities"] {
  const pairs = [
    ["client", certificateSource(spec, "server").ca],
    ["peer", certificateSource(spec, "peer").ca],
  ] as const;
  return pairs.flatMap(([name, key]) => {
    const blocks = secretText(members, key).split(/(?=-----BEGIN CERTIFICATE-----)/u);
    const authority = inspected(blocks[stage.newest - stage.oldest] ?? "");
    return authority === undefined ? [] : [{ name, notAfter: authority.notAfter.toISOString() }];
  });
}

/** Undefined for one that bears no address of its own, as none of ours does that was issued by an older release. */
function newestCertificate(certificate: Certificate | undefined): CertificatesSeen["newest"] {
  const address = certificate?.ipAddresses.find((one) => one.startsWith("127.") && one !== "127.0.0.1");
  if (certificate === undefined || address === undefined) return undefined;
  return { address, issuedAt: new Date(certificate.notBefore.getTime() + skewMilliseconds).toISOString() };
}

function inspected(text: string): Certificate | undefined {
  try {
    return inspectCertificate(text);
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
