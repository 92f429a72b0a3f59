/** What comes of the Jobs that make a cluster from a backup when all goes well. Pure. */
import type { JobSeen } from "../../../backup/take.ts";
import { claimName, manifestJobName } from "../names.ts";
import type { ClaimSeen, EtcdSeen, SeedSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";

/** The Job called `name` was applied. */
export function begun(seed: SeedSeen | undefined, name: string): SeedSeen | undefined {
  if (seed === undefined) return undefined;
  const job = running(name);
  return name.endsWith(manifestJobSuffix) ? { ...seed, look: job } : { ...seed, fill: job };
}

const manifestJobSuffix = manifestJobName({ name: "", namespace: "" });

function running(name: string): JobSeen {
  const nothing = { uid: `new-${name}`, backupUid: "", clusterUid: "", storedAt: "", startedAt: "", completedAt: "" };
  return { ...nothing, name, state: "running", word: "it was just begun", takenOf: undefined, logs: {} };
}

/** Whatever runs has ended well, and the manifest says what the spec asks for. */
export function settledSeed(spec: EtcdSpec, seed: SeedSeen | undefined): SeedSeen | undefined {
  if (seed === undefined) return undefined;
  const { look, fill } = seed;
  return {
    ...seed,
    look: look && { ...look, state: "complete" },
    manifest: seed.manifest ?? (look === undefined ? undefined : { ok: true, value: foreseenManifest(spec) }),
    fill: fill && { ...fill, state: "complete" },
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
