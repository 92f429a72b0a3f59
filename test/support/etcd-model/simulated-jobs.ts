/** The Jobs of a restore, as far as an observation can tell: what they do to the first member's claim, when their time has come. */
import type { BackupLocation } from "../../../src/api/backup-location.ts";
import { claimUidAnnotation } from "../../../src/backup/job.ts";
import type { Manifest } from "../../../src/backup/manifest.ts";
import type { JobSeen } from "../../../src/backup/take.ts";
import { readDirectory } from "../../../src/engines/etcd/data-directory.ts";
import { discardJobName, fillJobName, manifestJobName } from "../../../src/engines/etcd/names.ts";
import type { EtcdSeen } from "../../../src/engines/etcd/seen.ts";
import type { EtcdSpec } from "../../../src/engines/etcd/spec.ts";
import type { KubeObject } from "../../../src/kube/objects.ts";
import type { SimulatedClaim, SimulatedPod } from "./simulated-cluster.ts";

interface SimulatedJob {
  readonly uid: string;
  readonly object: KubeObject;
  state: JobSeen["state"];
}

const location: BackupLocation = {
  name: "nightly",
  namespace: "shop",
  store: { kind: "pvc", claimName: "store", path: "" },
  serviceAccountName: undefined,
};

/** The revision up to which the backup holds everything. */
export const backedUpRevision = 5;

const manifest: Manifest = {
  engine: "etcd",
  engineVersion: "3.6.16",
  clusterName: "demo",
  namespace: "shop",
  clusterIdentity: "c0",
  spec: {},
  source: "demo-0",
  method: "snapshot",
  consistencyPoint: `revision ${String(backedUpRevision)}`,
  startedAt: "2026-01-01T00:00:00Z",
  finishedAt: "2026-01-01T00:00:00Z",
  files: [{ path: "data/db", bytes: 20_512, sha256: "0".repeat(64) }],
  verified: undefined,
};

interface Surroundings {
  readonly claim: SimulatedClaim | undefined;
  readonly running: readonly SimulatedPod[];
}

export class SimulatedJobs {
  readonly #jobs = new Map<string, SimulatedJob>();

  apply(object: KubeObject, uid: string): void {
    const { name } = object.metadata;
    if (!this.#jobs.has(name)) this.#jobs.set(name, { uid, object, state: "running" });
  }

  remove(uid: string): void {
    for (const [name, job] of this.#jobs) if (job.uid === uid) this.#jobs.delete(name);
  }

  /** One that runs fails. */
  fail(): void {
    for (const job of this.#jobs.values()) if (job.state === "running") job.state = "failed";
  }

  seen(spec: EtcdSpec, claim: SimulatedClaim | undefined): Pick<EtcdSeen, "seed" | "discard"> {
    const look = this.#seen(manifestJobName(spec));
    const seed = {
      location,
      look,
      manifest: look?.state === "complete" ? ({ ok: true, value: manifest } as const) : undefined,
      fill: this.#seen(fillJobName(spec)),
    };
    const replacedBy = claim?.keepsReplaced === true ? claim.replacedBy : undefined;
    return {
      seed: spec.replacement === undefined ? undefined : seed,
      discard: replacedBy === undefined ? undefined : this.#seen(discardJobName(spec, replacedBy)),
    };
  }

  #seen(name: string): JobSeen | undefined {
    const job = this.#jobs.get(name);
    if (job === undefined) return undefined;
    const nothing = { backupUid: "", clusterUid: "", storedAt: "", startedAt: "", completedAt: "", takenOf: undefined };
    const claimUid = job.object.metadata.annotations?.[claimUidAnnotation] ?? "";
    return { ...nothing, name, uid: job.uid, claimUid, state: job.state, word: job.state, logs: {} };
  }

  /** Those whose time has come do their work. @returns what must not have happened */
  tend(chance: () => boolean, surroundings: Surroundings): readonly string[] {
    const due = [...this.#jobs.values()].filter((job) => job.state === "running" && chance());
    return due.flatMap((job) => {
      job.state = "complete";
      return job.object.metadata.name.endsWith("-discard") ? discard(job, surroundings) : fill(job, surroundings);
    });
  }
}

/** What the Job mounts is the claim that bore the name when its pod came. */
function fill({ object }: SimulatedJob, { claim, running }: Surroundings): readonly string[] {
  const directory = readDirectory(/--data-dir=[^"]*\/([^"/]+)"/u.exec(JSON.stringify(object))?.[1]);
  if (directory === undefined || claim === undefined) return [];
  const inUse = running.some((pod) => pod.ordinal === 0 && pod.directory === directory);
  for (const path of [...claim.disk.keys()]) if (path.startsWith(`${directory}/`)) claim.disk.delete(path);
  claim.disk.set(`${directory}/member/snap/db`, `snapshot of revision ${String(1_000_000_000 + backedUpRevision)}`);
  return inUse ? ["restored over the data of a member that runs"] : [];
}

function discard({ object }: SimulatedJob, { claim }: Surroundings): readonly string[] {
  const directory = readDirectory(/"\/var\/lib\/etcd\/([^"/]+)"/u.exec(JSON.stringify(object))?.[1]);
  if (directory === undefined || claim === undefined) return [];
  for (const path of [...claim.disk.keys()]) if (path.startsWith(`${directory}/`)) claim.disk.delete(path);
  return (claim.directory ?? "data") === directory ? ["the data in use was removed"] : [];
}
