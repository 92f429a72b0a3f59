import type { Grade } from "./database-backup.ts";

/** The DatabaseCluster as TypeScript sees it. The CRD in `crds/` is the authority; `read-cluster.ts` reads untyped JSON into this. */
export interface DatabaseCluster {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly generation: number;
    readonly resourceVersion: string;
  };
  readonly spec: DatabaseClusterSpec;
  readonly status: DatabaseClusterStatus;
}

export interface DatabaseClusterSpec {
  readonly engine: string;
  readonly version: string;
  /** Members; for an engine with shards, the pods of each: one primary and its replicas. */
  readonly replicas: number;
  /** Over how many the data is spread; undefined: as many as the engine has by default, or it has none. */
  readonly shards: number | undefined;
  readonly storage: { readonly size: string; readonly className?: string };
  /** Repository and tag of the server image; absent: the engine's official image of `version`. */
  readonly image?: string;
  readonly resources: { readonly cpu?: string; readonly memory?: string };
  readonly tls: TlsSpec;
  /** The engine's own parameters, checked by the engine. */
  readonly config: Readonly<Record<string, string>>;
  readonly scheduling: SchedulingSpec;
  readonly paused: boolean;
  /** The backup it is made from; absent: it begins empty. */
  readonly bootstrap?: BootstrapSpec;
  /** Backups that are taken without a person; absent: none are. */
  readonly backup?: ScheduledBackupSpec;
  /** Passes that are run without a person; absent: none are. */
  readonly reconcile?: ErrandTiming;
}

/** When something is done without a person, and by what. */
export interface ErrandTiming {
  /** When, as a CronJob has it. */
  readonly schedule: string;
  readonly timeZone: string;
  /** Of kubectl-dbop itself. */
  readonly image: string;
}

export interface ScheduledBackupSpec extends ErrandTiming {
  readonly locationName: string;
  readonly verify: Grade | "none";
  /** How many stay; absent: all. */
  readonly keep?: number;
}

export interface BootstrapSpec {
  readonly locationName: string;
  /** The folder of the backup below the location. */
  readonly path: string;
  /** Clients that watch are to see a jump and read everything anew. */
  readonly bumpRevision: boolean;
}

export type TlsSpec =
  | { readonly mode: "managed" | "disabled" }
  | {
      readonly mode: "secret";
      readonly serverSecretName: string;
      readonly peerSecretName: string;
      readonly clientSecretName: string;
    };

export interface SchedulingSpec {
  readonly antiAffinity: "preferred" | "required" | "none";
  readonly topologyKey: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Readonly<Record<string, unknown>>[];
  readonly priorityClassName?: string;
}

export interface DatabaseClusterStatus {
  readonly observedGeneration?: number;
  /** The engine's own identity of the cluster once it has been bootstrapped (etcd: cluster id in hex). Never removed. */
  readonly identity?: string;
  /** The lowest that any member runs. */
  readonly currentVersion?: string;
  /** What it is on its way to; absent when it is there. */
  readonly targetVersion?: string;
  readonly members?: { readonly ready: readonly string[]; readonly unready: readonly string[] };
  readonly serviceName?: string;
  readonly clientPort?: number;
  readonly conditions: readonly Condition[];
  readonly operation?: OperationRecord;
  readonly history: readonly HistoryEntry[];
  readonly lastReconcileTime?: string;
}

export interface Condition {
  readonly type: "Ready" | "BackupScheduled" | "ReconcileScheduled" | "Reconciling" | "Stalled";
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  readonly lastTransitionTime: string;
}

/** The operation in flight. Written before its first step; a later run with the same request goes on with it. */
export interface OperationRecord {
  readonly id: string;
  readonly verb: string;
  /** What was asked, without secrets: `--replicas 5`. Two runs with the same verb and request are one operation. */
  readonly request: string;
  readonly planHash: string;
  readonly step: string;
  /** Steps done so far, over all its runs. */
  readonly steps: number;
  readonly startedAt: string;
  readonly actor: string;
  /** The highest danger its first run was allowed. */
  readonly consent?: "moderate" | "severe";
}

export interface HistoryEntry {
  readonly id: string;
  readonly verb: string;
  readonly request: string;
  readonly actor: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly result: "Converged" | "Failed" | "Superseded";
  readonly steps: number;
  readonly message: string;
}
