/** Backups to plan from: `aBackup().opened().took()`. Each call returns a new builder and changes nothing else. */
import type { BackupLocation } from "../../../src/api/backup-location.ts";
import type { DatabaseCluster } from "../../../src/api/database-cluster.ts";
import { readBackup, type DatabaseBackup } from "../../../src/api/database-backup.ts";
import { placeOf } from "../../../src/backup/mover.ts";
import type { JobSeen } from "../../../src/backup/take.ts";
import { etcd } from "../../../src/engines/etcd/index.ts";
import type { EtcdSeen } from "../../../src/engines/etcd/seen.ts";
import type { EtcdSpec } from "../../../src/engines/etcd/spec.ts";
import type { Plan } from "../../../src/plan/step.ts";
import { planBackup, type BackupInput } from "../../../src/reconcile/backing-up/plan.ts";
import type { BackupCommand, BackupSeen, BackupSpec, BackupWish } from "../../../src/reconcile/backing-up/wish.ts";
import { anEtcd, type EtcdBuilder } from "../etcd-model/an-etcd.ts";

export const sha = "5".repeat(64);
const path = "demo/etcd/20260101T000000Z-b0000001";

/** What the containers of a Job that took a good backup have said. */
export const goodLogs = {
  inspect: '{"hash":1,"revision":21,"totalKey":7,"totalSize":20480,"version":"3.6.0"}\n',
  measure: `[\n{"Path":"db","Name":"db","Size":20512,"Hashes":{"sha256":"${sha}"}}\n]\n`,
  compare: `[\n{"Path":"db","Name":"db","Size":20512,"Hashes":{"sha256":"${sha}"}}\n]\n`,
} as const;

export const location: BackupLocation = {
  name: "nightly",
  namespace: "shop",
  store: { kind: "pvc", claimName: "store", path: "" },
  serviceAccountName: undefined,
};

const cluster: DatabaseCluster = {
  metadata: { name: "demo", namespace: "shop", uid: "7d1f", generation: 1, resourceVersion: "1" },
  spec: {
    engine: "etcd",
    version: "3.6.16",
    replicas: 3,
    shards: undefined,
    storage: { size: "10Gi" },
    resources: {},
    tls: { mode: "managed" },
    config: {},
    scheduling: { antiAffinity: "preferred", topologyKey: "kubernetes.io/hostname" },
    paused: false,
  },
  status: { identity: "c1", conditions: [], history: [] },
};

/** Of this cluster, at this location: good unless said otherwise. */
export function another(name: string, changes: Partial<DatabaseBackup> = {}): DatabaseBackup {
  const none = readBackup({ apiVersion: "", kind: "", metadata: { name, uid: `uid-${name}` } });
  return {
    ...none,
    clusterName: "demo",
    locationName: "nightly",
    verify: "structural",
    outcome: "succeeded",
    path: `demo/etcd/${name}`,
    startedAt: "2025-12-31T00:00:00Z",
    finishedAt: "2025-12-31T00:00:00Z",
    clusterIdentity: "c1",
    verified: { grade: "structural", at: "2025-12-31T00:00:00Z" },
    ...changes,
  };
}

function aJob(name: string, changes: Partial<JobSeen>): JobSeen {
  return {
    name,
    uid: `uid-${name}`,
    backupUid: "b0000001-1",
    state: "running",
    word: `${name} is at work`,
    startedAt: "2026-01-01T00:00:01Z",
    completedAt: "",
    takenOf: undefined,
    clusterUid: "7d1f",
    claimUid: "",
    storedAt: placeOf(location),
    logs: {},
    ...changes,
  };
}

type Seen = BackupSeen<EtcdSeen>;
type Input = BackupInput<EtcdSpec, EtcdSeen>;

export class BackupBuilder {
  readonly given: Input;

  constructor(given: Input) {
    this.given = given;
  }

  wish(changes: Partial<BackupWish>): BackupBuilder {
    return new BackupBuilder({ ...this.given, wish: { ...this.given.wish, ...changes } });
  }

  of(change: (etcd: EtcdBuilder) => EtcdBuilder): BackupBuilder {
    const { spec, seen } = change(anEtcd().withMembers(3)).given;
    const { given } = this;
    return new BackupBuilder({
      ...given,
      spec: { ...given.spec, engine: spec },
      seen: { ...given.seen, engine: seen },
    });
  }

  seen(changes: Partial<Seen>): BackupBuilder {
    return new BackupBuilder({ ...this.given, seen: { ...this.given.seen, ...changes } });
  }

  /** The DatabaseBackup that is asked for, begun; its name is the wish's. */
  opened(changes: Partial<DatabaseBackup> = {}): BackupBuilder {
    const { name, verify } = this.given.wish;
    const begun = { uid: "b0000001-1", verify, outcome: "unfinished", path, verified: undefined } as const;
    const backup = another(name, { ...begun, finishedAt: undefined, ...changes });
    return this.seen({ backup, backups: [...this.given.seen.backups.filter((one) => one.name !== name), backup] });
  }

  others(...backups: readonly DatabaseBackup[]): BackupBuilder {
    return this.seen({ backups: [...this.given.seen.backups, ...backups] });
  }

  take(changes: Partial<JobSeen> = {}): BackupBuilder {
    return this.seen({ take: aJob(`${this.given.wish.name}-take`, changes) });
  }

  /** The first Job has done its work, and what it took is good. */
  took(changes: Partial<JobSeen> = {}): BackupBuilder {
    const completedAt = "2026-01-01T00:00:09Z";
    const takenOf = {
      engine: "etcd",
      engineVersion: "3.6.16",
      clusterName: "demo",
      namespace: "shop",
      clusterIdentity: "c1",
      spec: { engine: "etcd", replicas: 3 },
      source: "demo-0",
      method: "snapshot",
    };
    return this.take({ state: "complete", completedAt, takenOf, logs: goodLogs, ...changes });
  }

  seal(changes: Partial<JobSeen> = {}): BackupBuilder {
    return this.seen({ seal: aJob(`${this.given.wish.name}-seal`, changes) });
  }

  prune(name: string, state: JobSeen["state"]): BackupBuilder {
    const job = aJob(`${name}-prune`, { state, backupUid: `uid-${name}` });
    return this.seen({ prunes: { ...this.given.seen.prunes, [name]: job } });
  }

  stray(name: string): BackupBuilder {
    return this.seen({ strays: [...this.given.seen.strays, aJob(name, { backupUid: "other" })] });
  }

  plan(): Plan<BackupCommand> {
    return planBackup(this.given);
  }

  /** The ids of the planned steps, or what stands in the way: `blocked: backup-name-free`. */
  outline(): readonly string[] {
    const plan = this.plan();
    if (plan.outcome === "act") return plan.steps.map(({ id }) => id);
    return plan.outcome === "blocked" ? plan.by.map(({ guard }) => `blocked: ${guard}`) : [];
  }
}

/** `backup demo --to nightly --name noon` of three members that are well, and nothing is there yet. */
export function aBackup(): BackupBuilder {
  const { spec, seen } = anEtcd().withMembers(3).given;
  const both: BackupSpec<EtcdSpec> = { engine: spec, cluster };
  return new BackupBuilder({
    engine: etcd,
    spec: both,
    seen: {
      engine: seen,
      location,
      backup: undefined,
      backups: [],
      take: undefined,
      seal: undefined,
      prunes: {},
      strays: [],
    },
    wish: { name: "noon", locationName: "nightly", verify: "structural", keep: undefined },
  });
}
