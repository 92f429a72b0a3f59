/** The Jobs of a restore, simulated: one reads the manifest, one a shard fills a claim. They end when the random source says so, and are swept away some time after. */
import { claimUidAnnotation } from "../../../src/backup/job.ts";
import type { Manifest } from "../../../src/backup/manifest.ts";
import { begunJob } from "../../../src/backup/restoring.ts";
import type { KubeObject } from "../../../src/kube/objects.ts";
import { fillJobName, manifestJobName, shardName } from "../../../src/engines/valkey/names.ts";
import type { SeedSeen } from "../../../src/engines/valkey/seen.ts";
import { countSlots, slotsText, type Slots } from "../../../src/engines/valkey/slots.ts";
import type { ValkeySpec } from "../../../src/engines/valkey/spec.ts";
import { location } from "../backup-model/a-backup.ts";

export const bootstrap = { locationName: "nightly", path: "demo/valkey/one" } as const;

interface SimulatedJob {
  readonly uid: string;
  readonly claimUid: string;
  done: boolean;
}

/** What a restore needs to know of a claim. */
interface Fillable {
  readonly uid: string;
  /** Of which slots it holds every key of the backup. */
  filled?: Slots | undefined;
}

export class SimulatedRestore {
  /** Of each shard, in the backup. */
  readonly parts: readonly Slots[];
  readonly #jobs = new Map<string, SimulatedJob>();
  readonly #name: (prefix: string) => string;

  constructor(parts: readonly Slots[], name: (prefix: string) => string) {
    this.parts = parts;
    this.#name = name;
  }

  apply({ metadata }: KubeObject): void {
    const claimUid = metadata.annotations?.[claimUidAnnotation] ?? "";
    if (!this.#jobs.has(metadata.name))
      this.#jobs.set(metadata.name, { uid: this.#name("job"), claimUid, done: false });
  }

  delete(name: string): void {
    this.#jobs.delete(name);
  }

  /** Only a Job that has ended has filled anything: what one that runs has written counts for nothing. */
  tick(spec: ValkeySpec, claims: readonly Fillable[], chance: () => boolean): void {
    for (const [name, job] of this.#jobs) {
      if (job.done || !chance()) continue;
      const shard = this.parts.findIndex((_, index) => fillJobName(spec, index) === name);
      const claim = claims.find(({ uid }) => uid === job.claimUid);
      if (shard >= 0 && claim === undefined) continue;
      job.done = true;
      if (claim !== undefined) claim.filled = this.parts[shard];
    }
  }

  /** `ttlSecondsAfterFinished`. */
  sweep(): void {
    for (const [name, job] of this.#jobs) if (job.done) this.#jobs.delete(name);
  }

  seen(spec: ValkeySpec): SeedSeen {
    const job = (name: string): SeedSeen["look"] => {
      const found = this.#jobs.get(name);
      if (found === undefined) return undefined;
      return { ...begunJob(name, found.claimUid), uid: found.uid, state: found.done ? "complete" : "running" };
    };
    const look = job(manifestJobName(spec));
    const fills = this.parts.flatMap((_, shard) => {
      const fill = job(fillJobName(spec, shard));
      return fill === undefined ? [] : [[shard, fill] as const];
    });
    const manifest = look?.state === "complete" ? { ok: true as const, value: this.#manifest(spec) } : undefined;
    return { location, look, manifest, fills: Object.fromEntries(fills) };
  }

  #manifest(spec: ValkeySpec): Manifest {
    return {
      ...{
        engine: "valkey",
        engineVersion: spec.server.version,
        clusterName: "demo",
        namespace: "shop",
        clusterIdentity: "c",
      },
      ...{ spec: {}, source: "", method: "", consistencyPoint: "offsets", startedAt: "", finishedAt: "" },
      ...{ files: [], verified: undefined, format: `valkey ${spec.server.version}` },
      shards: this.parts.map((slots, shard) => ({
        ...{ name: shardName(spec, shard), file: `data/shard-${String(shard)}.rdb`, expiring: 0 },
        ...{ slots: slotsText(slots), keys: countSlots(slots) },
      })),
    };
  }
}
