/** What comes of the Jobs that make a cluster from a backup when all goes well. Pure. */
import { claimUidAnnotation } from "../../../backup/job.ts";
import type { Manifest } from "../../../backup/manifest.ts";
import { begunJob } from "../../../backup/restoring.ts";
import type { JobSeen } from "../../../backup/take.ts";
import type { KubeObject } from "../../../kube/objects.ts";
import { byPlace, claimName, fillJobName, manifestJobName, shardName, type Place } from "../names.ts";
import type { ClaimSeen, SeedSeen, ValkeySeen } from "../seen.ts";
import { evenSpread, slotsText } from "../slots.ts";
import type { ValkeySpec } from "../spec.ts";
import { numbers } from "./facts.ts";

/** The Job that was applied is at work. */
export function begun(spec: ValkeySpec, seen: ValkeySeen, { metadata }: KubeObject): ValkeySeen {
  const { seed } = seen;
  if (seed === undefined) return seen;
  const { name, annotations } = metadata;
  const job = begunJob(name, annotations?.[claimUidAnnotation] ?? "");
  if (name === manifestJobName(spec)) return { ...seen, seed: { ...seed, look: job } };
  const shard = numbers(spec.shards).find((one) => fillJobName(spec, one) === name);
  return shard === undefined ? seen : { ...seen, seed: { ...seed, fills: { ...seed.fills, [shard]: job } } };
}

export function withoutJob(seed: SeedSeen | undefined, name: string): SeedSeen | undefined {
  if (seed === undefined) return undefined;
  const left = Object.entries(seed.fills).filter(([, job]) => job.name !== name);
  return { ...seed, look: seed.look?.name === name ? undefined : seed.look, fills: Object.fromEntries(left) };
}

/** Whatever runs has ended well, and the manifest says what the spec asks for. */
export function settledSeed(spec: ValkeySpec, seed: SeedSeen | undefined): SeedSeen | undefined {
  if (seed === undefined) return undefined;
  const done = (job: JobSeen): JobSeen => ({ ...job, state: "complete" });
  const { look, manifest, fills } = seed;
  return {
    ...seed,
    look: look && done(look),
    manifest: manifest ?? (look === undefined ? undefined : { ok: true, value: foreseenManifest(spec) }),
    fills: Object.fromEntries(Object.entries(fills).map(([shard, job]) => [shard, done(job)])),
  };
}

function foreseenManifest(spec: ValkeySpec): Manifest {
  const unread = { clusterName: "", namespace: "", clusterIdentity: "", spec: {}, source: "", method: "" };
  const times = { consistencyPoint: "the backup's end", startedAt: "", finishedAt: "" };
  const shards = evenSpread(spec.shards).map((range, shard) => ({
    ...{ name: shardName(spec, shard), file: "", slots: slotsText([range]), keys: 0, expiring: 0 },
  }));
  return {
    ...unread,
    ...times,
    engine: "valkey",
    engineVersion: spec.server.version,
    files: [],
    verified: undefined,
    shards,
  };
}

export function withFirstClaims(spec: ValkeySpec, seen: ValkeySeen, shards: readonly number[]): ValkeySeen {
  const made = shards.map((shard) => freshClaim(spec, { shard, ordinal: 0 }));
  return { ...seen, claims: [...seen.claims, ...made].toSorted(byPlace) };
}

/** One that was just made, of the size the spec asks for. */
export function freshClaim(spec: ValkeySpec, place: Place): ClaimSeen {
  const name = claimName(spec, place);
  const { size, bytes } = spec.storage;
  const marks = { clusterId: undefined, nodeId: undefined, server: undefined };
  const volume = { requested: size, requestedBytes: bytes, capacityBytes: bytes, restartToResize: false };
  return { place, name, uid: `new-${name}`, ours: true, terminating: false, ...marks, ...volume };
}
