/** The certificate of a managed cluster: one for all nodes, from an authority of the cluster's own. Private keys go from memory to the Secret and nowhere else. */
import { types } from "../../kube/objects.ts";
import { keptSecret, secretText } from "../../resources/secret.ts";
import {
  advanceAuthorities,
  authoritiesGone,
  findAuthorities,
  foundAuthorities,
  requireStage,
  type Authorities,
  type AuthorityPlace,
} from "../../resources/tls/authorities.ts";
import { issueCertificate as issue, type Pair } from "../../resources/tls/issue.ts";
import { stageAnnotations } from "../../resources/tls/stage.ts";
import type { CommandResult, EngineIo } from "../engine.ts";
import { namesOf } from "./certificate-names.ts";
import type { ValkeyCommand } from "./commands.ts";
import { authoritySecretName, certificateSecretName, issuedKey, owner } from "./names.ts";
import { fingerprintOf } from "./observe/certificate.ts";
import type { ValkeySpec } from "./spec.ts";

const certificateDays = 365;

type Command<Name extends ValkeyCommand["name"]> = Extract<ValkeyCommand, { readonly name: Name }>;

function authorityOf(spec: ValkeySpec): AuthorityPlace<Pair> {
  return {
    owner: owner(spec),
    secretName: authoritySecretName(spec),
    create: (make) => make(`${spec.name}.${spec.namespace} CA`),
    pairs: (pair) => [["tls", pair]],
    read: (pair) => pair("tls"),
  };
}

export async function issueCertificate(
  { mayFound, rotation, stage }: Command<"issueCertificate">,
  io: EngineIo,
  spec: ValkeySpec,
): Promise<CommandResult> {
  const place = authorityOf(spec);
  const found = await findAuthorities(io, place);
  if (found === undefined && !mayFound) throw authoritiesGone(place);
  if (found !== undefined && stage !== undefined) requireStage(place, found.stage, stage);
  const authorities = found ?? (await foundAuthorities(io, place));
  return applyCertificate(io, spec, { ...authorities, rotation });
}

/** The nodes' Secret is the last to be written: the stage counts as reached when that says so. */
export async function rotateAuthority(
  { to, rotation }: Command<"rotateAuthority">,
  io: EngineIo,
  spec: ValkeySpec,
): Promise<CommandResult> {
  const authorities = await advanceAuthorities(io, authorityOf(spec), { to, rotation });
  return applyCertificate(io, spec, { ...authorities, rotation });
}

async function applyCertificate(
  io: EngineIo,
  spec: ValkeySpec,
  { issuer, trusted, stage, rotation }: Authorities<Pair>,
): Promise<CommandResult> {
  const pair = await issue({
    authority: issuer,
    commonName: spec.name,
    dnsNames: namesOf(spec),
    ipAddresses: ["127.0.0.1", "::1"],
    usages: ["server", "client"],
    now: io.now(),
    days: certificateDays,
  });
  const ca = trusted.map(({ cert }) => cert).join("");
  const marks = [fingerprintOf([ca, pair.cert]), ...(await fingerprintInForce(io, spec))].map(issuedKey);
  const texts = {
    "ca.crt": ca,
    "tls.crt": pair.cert,
    "tls.key": pair.key,
    ...Object.fromEntries(marks.map((mark) => [mark, "issued\n"])),
  };
  const annotations = stageAnnotations(stage, rotation);
  await io.apply(keptSecret(owner(spec), certificateSecretName(spec), { texts, annotations }), { force: true });
  return { outcome: "done" };
}

/** Pods of the template before are still made from it, until the StatefulSets have the newer. */
async function fingerprintInForce(io: EngineIo, spec: ValkeySpec): Promise<readonly string[]> {
  const secret = await io.get({ type: types.secret, namespace: spec.namespace, name: certificateSecretName(spec) });
  return secret === undefined ? [] : [fingerprintOf([secretText(secret, "ca.crt"), secretText(secret, "tls.crt")])];
}
