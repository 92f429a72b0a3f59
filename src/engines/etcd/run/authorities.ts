/** The authorities of a managed cluster: the Secret that holds them, and what stage of a rotation it is at. It is read when something is issued, and mounted nowhere. */
import { types, type KubeObject } from "../../../kube/objects.ts";
import { field, textField } from "../../../kube/fields.ts";
import { DbopError, isDbopError } from "../../../errors.ts";
import { createAuthority, type Pair } from "../../../resources/tls/issue.ts";
import type { EngineIo } from "../../engine.ts";
import {
  firstStage,
  rotationIn,
  sameStage,
  stageAfter,
  stageAnnotations,
  stageIn,
  stageName,
  trustOf,
  type Annotations,
  type Stage,
} from "../authorities.ts";
import { authoritySecretName } from "../names.ts";
import type { EtcdSpec } from "../spec.ts";
import { secret } from "./secrets.ts";

const authorityDays = 3650;

/** Clients and servers trust one authority, members among themselves another: a client's certificate must not be able to join. */
export type Generation = Readonly<Record<"client" | "peer", Pair>>;

export interface Authorities {
  readonly stage: Stage;
  readonly rotation: string | undefined;
  /** Those that are trusted, oldest first: one, or two during a rotation. */
  readonly trusted: readonly Generation[];
  readonly issuer: Generation;
}

/** Undefined when the Secret is gone. */
export async function findAuthorities(io: EngineIo, spec: EtcdSpec): Promise<Authorities | undefined> {
  const found = await readSecret(io, spec);
  return found && readAuthorities(found);
}

/** Created once and then read: two runs can't end with certificates of different authorities. */
export async function foundAuthorities(io: EngineIo, spec: EtcdSpec): Promise<Authorities> {
  const generation = await newGeneration(io, spec, firstStage.newest);
  const wished = authoritySecret(spec, [generation], stageAnnotations(firstStage, undefined));
  try {
    return readAuthorities(await io.create(wished));
  } catch (error) {
    if (!isDbopError(error, "AlreadyExists")) throw error;
    const other = await findAuthorities(io, spec);
    if (other === undefined) throw error;
    return other;
  }
}

/**
 * Brings the authorities to the stage `to`, if it follows theirs, and resolves with them as they are then. Doing it again changes nothing: the
 * authority that joins is made once. Written only over what was read (`Conflict` otherwise). Throws `Refused` when there is no way to `to`.
 */
export async function advanceAuthorities(
  io: EngineIo,
  spec: EtcdSpec,
  { to, rotation }: { readonly to: Stage; readonly rotation: string },
): Promise<Authorities> {
  const found = await readSecret(io, spec);
  if (found === undefined) throw authoritiesGone(spec);
  const { stage, trusted } = readAuthorities(found);
  if (sameStage(stage, to)) return readAuthorities(found);
  if (!sameStage(stageAfter(stage), to)) throw otherStage(spec, stage, to);
  const kept = to.oldest === stage.oldest ? trusted : trusted.slice(1);
  const all = to.newest === stage.newest ? kept : [...kept, await newGeneration(io, spec, to.newest)];
  const wished = authoritySecret(spec, all, stageAnnotations(to, rotation));
  const { resourceVersion = "" } = found.metadata;
  const applied = { ...wished, metadata: { ...wished.metadata, resourceVersion } };
  return readAuthorities(await io.apply(applied, { force: true }));
}

/** Members that run trust the authorities they were started with: new ones would cut the cluster in two. */
export function authoritiesGone(spec: EtcdSpec): DbopError {
  const message = `Secret "${authoritySecretName(spec)}" is gone: without its authorities no certificate of this cluster can be issued`;
  return new DbopError("Refused", message, {
    hint: "put the Secret back if a copy is kept. Otherwise new authorities are made once no pod of the cluster is left: kubectl dbop delete (it keeps the data), then install --adopt",
  });
}

/** Throws `Refused` when what is found may be older than what members trust: a run that was killed leaves it one stage ahead at most. */
export function requireStage(spec: EtcdSpec, found: Stage, present: Stage): void {
  if (!sameStage(found, present) && !sameStage(found, stageAfter(present))) throw otherStage(spec, found, present);
}

function otherStage(spec: EtcdSpec, found: Stage, to: Stage): DbopError {
  const message = `Secret "${authoritySecretName(spec)}" holds the authorities ${trustOf(found)} (${stageName(found)}), from which there is no way to ${trustOf(to)} (${stageName(to)})`;
  return new DbopError("Refused", message, {
    hint: "it is older than the certificates of the members: put its newest copy back",
  });
}

/** The first generation in force, and the one that is to follow. */
const prefixes = ["", "next-"] as const;

function readSecret(io: EngineIo, { namespace, name }: EtcdSpec): Promise<KubeObject | undefined> {
  return io.get({ type: types.secret, namespace, name: authoritySecretName({ namespace, name }) });
}

function readAuthorities(object: KubeObject): Authorities {
  const stage = stageIn(object.metadata.annotations);
  const oldest = readGeneration(object, prefixes[0]);
  const newest = stageName(stage) === "settled" ? oldest : readGeneration(object, prefixes[1]);
  return {
    stage,
    rotation: rotationIn(object.metadata.annotations),
    trusted: newest === oldest ? [oldest] : [oldest, newest],
    issuer: stage.issuer === stage.newest ? newest : oldest,
  };
}

function readGeneration(object: KubeObject, prefix: string): Generation {
  const read = (key: string): string =>
    Buffer.from(textField(field(object, "data"), `${prefix}${key}`), "base64").toString("utf8");
  return {
    client: { cert: read("client-ca.crt"), key: read("client-ca.key") },
    peer: { cert: read("peer-ca.crt"), key: read("peer-ca.key") },
  };
}

function authoritySecret(spec: EtcdSpec, generations: readonly Generation[], annotations: Annotations): KubeObject {
  const texts = Object.fromEntries(
    generations.flatMap(({ client, peer }, index) => {
      const prefix = prefixes[index] ?? "";
      return [
        [`${prefix}client-ca.crt`, client.cert],
        [`${prefix}client-ca.key`, client.key],
        [`${prefix}peer-ca.crt`, peer.cert],
        [`${prefix}peer-ca.key`, peer.key],
      ];
    }),
  );
  return secret(spec, authoritySecretName(spec), { texts, annotations });
}

/** The number is in the name: two authorities of one name would leave a verifier guessing which key is meant. */
async function newGeneration(io: EngineIo, spec: EtcdSpec, generation: number): Promise<Generation> {
  const number = generation === firstStage.newest ? "" : ` ${String(generation)}`;
  const [client, peer] = await Promise.all([
    createAuthority(`${spec.name}.${spec.namespace} client CA${number}`, io.now(), authorityDays),
    createAuthority(`${spec.name}.${spec.namespace} peer CA${number}`, io.now(), authorityDays),
  ]);
  return { client, peer };
}
