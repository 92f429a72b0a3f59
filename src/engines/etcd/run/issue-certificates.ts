/** Makes the certificates of a managed cluster and stores them in Secrets. Private keys go from memory to the Secret and nowhere else. */
import { randomInt } from "node:crypto";
import { keptSecret, type Texts } from "../../../resources/secret.ts";
import {
  advanceAuthorities,
  authoritiesGone,
  findAuthorities,
  foundAuthorities,
  requireStage,
} from "../../../resources/tls/authorities.ts";
import { issueCertificate, type Pair } from "../../../resources/tls/issue.ts";
import type { CommandResult, EngineIo } from "../../engine.ts";
import { stageAnnotations, trustBefore, trustOf, type Stage } from "../../../resources/tls/stage.ts";
import { peerNames, serverNames } from "../certificate-names.ts";
import type { EtcdCommand } from "../commands.ts";
import {
  certificateSource,
  type CertificateSource,
  clientSecretName,
  memberSecretName,
  owner,
  peerClientKeys,
  trustKey,
} from "../names.ts";
import { certificateRoles } from "../resources/volumes.ts";
import type { EtcdSpec } from "../spec.ts";
import { authoritiesOf, type Authorities } from "./authorities.ts";

const certificateDays = 365;

type Command<Name extends EtcdCommand["name"]> = Extract<EtcdCommand, { name: Name }>;

export async function issueCertificates(
  issue: Command<"issueCertificates">,
  io: EngineIo,
  spec: EtcdSpec,
): Promise<CommandResult> {
  const place = authoritiesOf(spec);
  const found = await findAuthorities(io, place);
  if (found === undefined && !issue.mayFound) throw authoritiesGone(place);
  if (found !== undefined && issue.stage !== undefined) requireStage(place, found.stage, issue.stage);
  const authorities = { ...(found ?? (await foundAuthorities(io, place))), ...rotationOf(issue) };
  // What old authorities have signed is worth nothing beside new ones.
  const roles = found === undefined ? certificateRoles : issue.roles;
  if (roles.includes("client")) await applyClientSecret(io, spec, authorities);
  if (roles.includes("server") || roles.includes("peer")) await applyMemberSecret(io, spec, authorities);
  return { outcome: "done" };
}

function rotationOf({ rotation }: Command<"issueCertificates">): Partial<Pick<Authorities, "rotation">> {
  return rotation === undefined ? {} : { rotation };
}

/** The members' Secret is the last to be written: the stage counts as reached when that says so. */
export async function rotateAuthorities(
  { to, rotation }: Command<"rotateAuthorities">,
  io: EngineIo,
  spec: EtcdSpec,
): Promise<CommandResult> {
  const authorities = await advanceAuthorities(io, authoritiesOf(spec), { to, rotation });
  await applyClientSecret(io, spec, { ...authorities, rotation });
  await applyMemberSecret(io, spec, { ...authorities, rotation });
  return { outcome: "done" };
}

/** A member calls others with a certificate that bears no host name: etcd would look up the caller's address, which DNS may not know yet. */
async function applyMemberSecret(io: EngineIo, spec: EtcdSpec, authorities: Authorities): Promise<void> {
  const common = { now: io.now(), days: certificateDays, commonName: spec.name };
  const both = ["server", "client"] as const;
  const local = ["127.0.0.1", "::1", ownAddress()];
  const { client, peer: peers } = authorities.issuer;
  const [server, peer, caller] = await Promise.all([
    issueCertificate({ ...common, authority: client, dnsNames: serverNames(spec), ipAddresses: local, usages: both }),
    issueCertificate({ ...common, authority: peers, dnsNames: peerNames(spec), ipAddresses: [], usages: both }),
    issueCertificate({ ...common, authority: peers, dnsNames: [], ipAddresses: [], usages: ["client"] }),
  ]);
  const texts = {
    ...pairTexts(certificateSource(spec, "server"), bundle(authorities, "client"), server),
    ...pairTexts(certificateSource(spec, "peer"), bundle(authorities, "peer"), peer),
    [peerClientKeys.cert]: caller.cert,
    [peerClientKeys.key]: caller.key,
    ...trustMarks(authorities.stage),
  };
  await io.apply(keptSecret(owner(spec), memberSecretName(spec), { texts, annotations: annotationsOf(authorities) }), {
    force: true,
  });
}

/**
 * An address that is every machine's own (RFC 1122: all of 127.0.0.0/8 is) and no other certificate's: where a member serves it, it shows this
 * very certificate. `observe/projection.ts` asks there.
 */
function ownAddress(): string {
  return ["127", randomInt(1, 255), randomInt(0, 256), randomInt(1, 255)].join(".");
}

/** The present one, and the one before: pods of the older template are made until the StatefulSet has the newer. */
function trustMarks(stage: Stage): Texts {
  return Object.fromEntries([trustOf(stage), trustBefore(stage)].map((trust) => [trustKey(trust), `${trust}\n`]));
}

/** Every authority that is trusted, oldest first. */
function bundle({ trusted }: Authorities, authority: "client" | "peer"): string {
  return trusted.map((generation) => generation[authority].cert).join("");
}

function pairTexts(source: CertificateSource, ca: string, pair: Pair): Texts {
  return { [source.ca]: ca, [source.cert]: pair.cert, [source.key]: pair.key };
}

/** For etcdctl in the pods and for applications. It bears no host name: etcd would compare it with the caller's address. */
async function applyClientSecret(io: EngineIo, spec: EtcdSpec, authorities: Authorities): Promise<void> {
  const pair = await issueCertificate({
    authority: authorities.issuer.client,
    commonName: "root",
    dnsNames: [],
    ipAddresses: [],
    usages: ["client"],
    now: io.now(),
    days: certificateDays,
  });
  const texts = { "ca.crt": bundle(authorities, "client"), "tls.crt": pair.cert, "tls.key": pair.key };
  const object = keptSecret(owner(spec), clientSecretName(spec), { texts, annotations: annotationsOf(authorities) });
  await io.apply({ ...object, type: "kubernetes.io/tls" }, { force: true });
}

function annotationsOf({ stage, rotation }: Authorities): ReturnType<typeof stageAnnotations> {
  return stageAnnotations(stage, rotation);
}
