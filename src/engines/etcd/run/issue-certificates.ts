/** Makes the authorities and certificates of a managed cluster and stores them in Secrets. Private keys go from memory to the Secret and nowhere else. */
import { types, type KubeObject } from "../../../kube/objects.ts";
import { field, textField } from "../../../kube/fields.ts";
import { DbopError, isDbopError } from "../../../errors.ts";
import { keptMeta } from "../../../resources/labels.ts";
import { createAuthority, issueCertificate, type Pair } from "../../../resources/tls/issue.ts";
import type { CommandResult, EngineIo } from "../../engine.ts";
import { peerNames, serverNames } from "../certificate-names.ts";
import type { EtcdCommand } from "../commands.ts";
import {
  authoritySecretName,
  certificateSource,
  type CertificateSource,
  clientSecretName,
  memberSecretName,
  owner,
  peerClientKeys,
} from "../names.ts";
import { certificateRoles } from "../resources/volumes.ts";
import type { EtcdSpec } from "../spec.ts";

const authorityDays = 3650;
const certificateDays = 365;

/** Clients and servers trust one authority, members among themselves another: a client's certificate must not be able to join. */
type Authority = "client" | "peer";

type Issue = Extract<EtcdCommand, { name: "issueCertificates" }>;

export async function issueCertificates(issue: Issue, io: EngineIo, spec: EtcdSpec): Promise<CommandResult> {
  const found = await findAuthorities(io, spec);
  if (found === undefined && !issue.mayFound) throw authoritiesGone(spec);
  const authorities = found ?? (await foundAuthorities(io, spec));
  // What old authorities have signed is worth nothing beside new ones.
  const roles = found === undefined ? certificateRoles : issue.roles;
  if (roles.includes("server") || roles.includes("peer")) await applyMemberSecret(io, spec, authorities);
  if (roles.includes("client")) await applyClientSecret(io, spec, authorities.client);
  return { outcome: "done" };
}

type Authorities = Readonly<Record<Authority, Pair>>;

async function findAuthorities(io: EngineIo, spec: EtcdSpec): Promise<Authorities | undefined> {
  const found = await io.get({ type: types.secret, namespace: spec.namespace, name: authoritySecretName(spec) });
  return found && readAuthorities(found);
}

/** Members that run trust the authorities they were started with: new ones would cut the cluster in two. */
function authoritiesGone(spec: EtcdSpec): DbopError {
  const message = `Secret "${authoritySecretName(spec)}" is gone: without its authorities no certificate of this cluster can be issued`;
  return new DbopError("Refused", message, {
    hint: "put the Secret back if a copy is kept. Otherwise new authorities are made once no pod of the cluster is left: kubectl dbop delete (it keeps the data), then install --adopt",
  });
}

/** Created once and then read: two runs can't end with certificates of different authorities. */
async function foundAuthorities(io: EngineIo, spec: EtcdSpec): Promise<Authorities> {
  const [client, peer] = await Promise.all([
    createAuthority(`${spec.name}.${spec.namespace} client CA`, io.now(), authorityDays),
    createAuthority(`${spec.name}.${spec.namespace} peer CA`, io.now(), authorityDays),
  ]);
  const data = encode({
    "client-ca.crt": client.cert,
    "client-ca.key": client.key,
    "peer-ca.crt": peer.cert,
    "peer-ca.key": peer.key,
  });
  try {
    return readAuthorities(await io.create(secret(spec, authoritySecretName(spec), data)));
  } catch (error) {
    if (!isDbopError(error, "AlreadyExists")) throw error;
    const other = await findAuthorities(io, spec);
    if (other === undefined) throw error;
    return other;
  }
}

function readAuthorities(object: KubeObject): Readonly<Record<Authority, Pair>> {
  const read = (key: string): string => Buffer.from(textField(field(object, "data"), key), "base64").toString("utf8");
  return {
    client: { cert: read("client-ca.crt"), key: read("client-ca.key") },
    peer: { cert: read("peer-ca.crt"), key: read("peer-ca.key") },
  };
}

/** A member calls others with a certificate that bears no host name: etcd would look up the caller's address, which DNS may not know yet. */
async function applyMemberSecret(
  io: EngineIo,
  spec: EtcdSpec,
  authorities: Readonly<Record<Authority, Pair>>,
): Promise<void> {
  const common = { now: io.now(), days: certificateDays, commonName: spec.name };
  const both = ["server", "client"] as const;
  const local = ["127.0.0.1", "::1"];
  const { client, peer: peers } = authorities;
  const [server, peer, caller] = await Promise.all([
    issueCertificate({ ...common, authority: client, dnsNames: serverNames(spec), ipAddresses: local, usages: both }),
    issueCertificate({ ...common, authority: peers, dnsNames: peerNames(spec), ipAddresses: [], usages: both }),
    issueCertificate({ ...common, authority: peers, dnsNames: [], ipAddresses: [], usages: ["client"] }),
  ]);
  const data = {
    ...pairData(certificateSource(spec, "server"), client.cert, server),
    ...pairData(certificateSource(spec, "peer"), peers.cert, peer),
    [peerClientKeys.cert]: caller.cert,
    [peerClientKeys.key]: caller.key,
  };
  await io.apply(secret(spec, memberSecretName(spec), encode(data)), { force: true });
}

function pairData(source: CertificateSource, ca: string, pair: Pair): Readonly<Record<string, string>> {
  return { [source.ca]: ca, [source.cert]: pair.cert, [source.key]: pair.key };
}

/** For etcdctl in the pods and for applications. It bears no host name: etcd would compare it with the caller's address. */
async function applyClientSecret(io: EngineIo, spec: EtcdSpec, authority: Pair): Promise<void> {
  const pair = await issueCertificate({
    authority,
    commonName: "root",
    dnsNames: [],
    ipAddresses: [],
    usages: ["client"],
    now: io.now(),
    days: certificateDays,
  });
  const data = encode({ "ca.crt": authority.cert, "tls.crt": pair.cert, "tls.key": pair.key });
  await io.apply({ ...secret(spec, clientSecretName(spec), data), type: "kubernetes.io/tls" }, { force: true });
}

function secret(spec: EtcdSpec, name: string, data: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: "v1", kind: "Secret", metadata: keptMeta(owner(spec), name), type: "Opaque", data };
}

function encode(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, Buffer.from(value, "utf8").toString("base64")]),
  );
}
