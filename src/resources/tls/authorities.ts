/** The authorities of a managed cluster: the Secret that holds them, and what stage of a rotation it is at. It is read when something is issued, and mounted nowhere. */
import { DbopError, isDbopError } from "../../errors.ts";
import type { KubeClient } from "../../kube/kube-client.ts";
import { types, type KubeObject } from "../../kube/objects.ts";
import type { Owner } from "../labels.ts";
import { keptSecret, secretText, type Texts } from "../secret.ts";
import { createAuthority, type Pair } from "./issue.ts";
import {
  firstStage,
  rotationIn,
  sameStage,
  stageAfter,
  stageAnnotations,
  stageIn,
  stageName,
  trustOf,
  type Stage,
} from "./stage.ts";

const authorityDays = 3650;

/** What a cluster's authorities are, `Generation` being the one or more that are changed together. */
export interface AuthorityPlace<Generation> {
  readonly owner: Owner;
  readonly secretName: string;
  readonly create: (make: (commonName: string) => Promise<Pair>) => Promise<Generation>;
  /** Every pair with the name of its keys in the Secret: `client-ca` for `client-ca.crt` and `client-ca.key`. */
  readonly pairs: (generation: Generation) => readonly (readonly [name: string, pair: Pair])[];
  readonly read: (pair: (name: string) => Pair) => Generation;
}

export interface Authorities<Generation> {
  readonly stage: Stage;
  readonly rotation: string | undefined;
  /** Those that are trusted, oldest first: one, or two during a rotation. */
  readonly trusted: readonly Generation[];
  readonly issuer: Generation;
}

type Io = Pick<KubeClient, "get" | "create" | "apply"> & { readonly now: () => Date };

/** Undefined when the Secret is gone. */
export async function findAuthorities<G>(io: Io, place: AuthorityPlace<G>): Promise<Authorities<G> | undefined> {
  const found = await readSecret(io, place);
  return found && readAuthorities(place, found);
}

/** Created once and then read: two runs can't end with certificates of different authorities. */
export async function foundAuthorities<G>(io: Io, place: AuthorityPlace<G>): Promise<Authorities<G>> {
  const generation = await newGeneration(io, place, firstStage.newest);
  try {
    return readAuthorities(place, await io.create(authoritySecret(place, [generation], { stage: firstStage })));
  } catch (error) {
    if (!isDbopError(error, "AlreadyExists")) throw error;
    const other = await findAuthorities(io, place);
    if (other === undefined) throw error;
    return other;
  }
}

/**
 * Brings the authorities to the stage `to`, if it follows theirs, and resolves with them as they are then. Doing it again changes nothing: the
 * authority that joins is made once. Written only over what was read (`Conflict` otherwise). Throws `Refused` when there is no way to `to`.
 */
export async function advanceAuthorities<G>(
  io: Io,
  place: AuthorityPlace<G>,
  { to, rotation }: { readonly to: Stage; readonly rotation: string },
): Promise<Authorities<G>> {
  const found = await readSecret(io, place);
  if (found === undefined) throw authoritiesGone(place);
  const { stage, trusted } = readAuthorities(place, found);
  if (sameStage(stage, to)) return readAuthorities(place, found);
  if (!sameStage(stageAfter(stage), to)) throw otherStage(place, stage, to);
  const kept = to.oldest === stage.oldest ? trusted : trusted.slice(1);
  const all = to.newest === stage.newest ? kept : [...kept, await newGeneration(io, place, to.newest)];
  const wished = authoritySecret(place, all, { stage: to, rotation });
  const { resourceVersion = "" } = found.metadata;
  const applied = { ...wished, metadata: { ...wished.metadata, resourceVersion } };
  return readAuthorities(place, await io.apply(applied, { force: true }));
}

type Named = Pick<AuthorityPlace<never>, "secretName">;

/** Members that run trust the authorities they were started with: new ones would cut the cluster in two. */
export function authoritiesGone({ secretName }: Named): DbopError {
  const message = `Secret "${secretName}" is gone: without its authorities no certificate of this cluster can be issued`;
  return new DbopError("Refused", message, {
    hint: "put the Secret back if a copy is kept. Otherwise new authorities are made once no pod of the cluster is left: kubectl dbop delete (it keeps the data), then install --adopt",
  });
}

/** Throws `Refused` when what is found may be older than what members trust: a run that was killed leaves it one stage ahead at most. */
export function requireStage(place: Named, found: Stage, present: Stage): void {
  if (!sameStage(found, present) && !sameStage(found, stageAfter(present))) throw otherStage(place, found, present);
}

function otherStage({ secretName }: Named, found: Stage, to: Stage): DbopError {
  const message = `Secret "${secretName}" holds the authorities ${trustOf(found)} (${stageName(found)}), from which there is no way to ${trustOf(to)} (${stageName(to)})`;
  return new DbopError("Refused", message, {
    hint: "it is older than the certificates of the members: put its newest copy back",
  });
}

/** The first generation in force, and the one that is to follow. */
const prefixes = ["", "next-"] as const;

function readSecret<G>(io: Io, { owner, secretName }: AuthorityPlace<G>): Promise<KubeObject | undefined> {
  return io.get({ type: types.secret, namespace: owner.namespace, name: secretName });
}

function readAuthorities<G>(place: AuthorityPlace<G>, object: KubeObject): Authorities<G> {
  const { annotations } = object.metadata;
  const stage = stageIn(annotations);
  const oldest = readGeneration(place, object, prefixes[0]);
  const settled = stageName(stage) === "settled";
  const newest = settled ? oldest : readGeneration(place, object, prefixes[1]);
  return {
    stage,
    rotation: rotationIn(annotations),
    trusted: settled ? [oldest] : [oldest, newest],
    issuer: stage.issuer === stage.newest ? newest : oldest,
  };
}

function readGeneration<G>(place: AuthorityPlace<G>, object: KubeObject, prefix: string): G {
  return place.read((name) => ({
    cert: secretText(object, `${prefix}${name}.crt`),
    key: secretText(object, `${prefix}${name}.key`),
  }));
}

function authoritySecret<G>(
  place: AuthorityPlace<G>,
  generations: readonly G[],
  { stage, rotation }: { readonly stage: Stage; readonly rotation?: string },
): KubeObject {
  const texts: Texts = Object.fromEntries(
    generations.flatMap((generation, index) =>
      place.pairs(generation).flatMap(([name, { cert, key }]) => [
        [`${prefixes[index] ?? ""}${name}.crt`, cert],
        [`${prefixes[index] ?? ""}${name}.key`, key],
      ]),
    ),
  );
  return keptSecret(place.owner, place.secretName, { texts, annotations: stageAnnotations(stage, rotation) });
}

/** The number is in the name: two authorities of one name would leave a verifier guessing which key is meant. */
function newGeneration<G>(io: Io, place: AuthorityPlace<G>, generation: number): Promise<G> {
  const number = generation === firstStage.newest ? "" : ` ${String(generation)}`;
  return place.create((commonName) => createAuthority(`${commonName}${number}`, io.now(), authorityDays));
}
