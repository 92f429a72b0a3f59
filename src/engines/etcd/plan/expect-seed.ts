/** What comes of the Jobs that make a cluster from a backup when all goes well. Pure. */
import { claimUidAnnotation } from "../../../backup/job.ts";
import { begunJob } from "../../../backup/restoring.ts";
import type { JobSeen } from "../../../backup/take.ts";
import type { KubeObject } from "../../../kube/objects.ts";
import { claimName } from "../names.ts";
import type { ClaimSeen, EtcdSeen, SeedSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";

/** What is seen of the Jobs once the one called `name` was applied. */
export function begun(
  { seed }: Pick<EtcdSeen, "seed">,
  { metadata: { name, annotations } }: KubeObject,
): Partial<Pick<EtcdSeen, "seed" | "discard">> {
  const job = begunJob(name, annotations?.[claimUidAnnotation] ?? "");
  if (name.endsWith("-discard")) return { discard: job };
  if (seed === undefined) return {};
  return { seed: name.endsWith("-manifest") ? { ...seed, look: job } : { ...seed, fill: job } };
}

export function settledJob(job: JobSeen | undefined): JobSeen | undefined {
  return job && { ...job, state: "complete" };
}

/** Whatever runs has ended well, and the manifest says what the spec asks for. */
export function settledSeed(spec: EtcdSpec, seed: SeedSeen | undefined): SeedSeen | undefined {
  if (seed === undefined) return undefined;
  const { look, fill } = seed;
  return {
    ...seed,
    look: settledJob(look),
    manifest: seed.manifest ?? (look === undefined ? undefined : { ok: true, value: foreseenManifest(spec) }),
    fill: settledJob(fill),
  };
}

function foreseenManifest({ version }: EtcdSpec): Extract<NonNullable<SeedSeen["manifest"]>, { ok: true }>["value"] {
  const unread = { clusterName: "", namespace: "", clusterIdentity: "", spec: {}, source: "", method: "snapshot" };
  const times = { consistencyPoint: "", startedAt: "", finishedAt: "" };
  return { ...unread, ...times, engine: "etcd", engineVersion: version, files: [], verified: undefined };
}

export function withFirstClaim(spec: EtcdSpec, seen: EtcdSeen): EtcdSeen {
  const name = claimName(spec, 0);
  if (seen.claims.some((claim) => claim.name === name)) return seen;
  return { ...seen, claims: [emptyClaim(spec, 0), ...seen.claims] };
}

/** One that was just made, of the size the spec asks for. */
export function emptyClaim(spec: EtcdSpec, ordinal: number): ClaimSeen {
  return {
    ordinal,
    name: claimName(spec, ordinal),
    uid: `new-${claimName(spec, ordinal)}`,
    ours: true,
    terminating: false,
    clusterId: undefined,
    memberId: undefined,
    restoredFrom: undefined,
    requested: spec.storage.size,
    requestedBytes: spec.storage.bytes,
    capacityBytes: spec.storage.bytes,
    restartToResize: false,
  };
}
