/** What checks judge: objects as the API server gave them, read once, and what the engine says of itself. Plain data, no opinion. */
import type { DatabaseBackup } from "../api/database-backup.ts";
import type { DatabaseCluster } from "../api/database-cluster.ts";
import type { KubeObject } from "../kube/objects.ts";
import type { EngineFacts } from "./engine-facts.ts";

/** `unreadable`: what is missing, a right such as `list pods` or an endpoint such as a kind that is not served; and in which words that was said. */
export type Read<Value> =
  | { readonly state: "read"; readonly value: Value }
  | { readonly state: "unreadable"; readonly missing: string; readonly why: string; readonly notServed?: true };

export type Objects = Read<readonly KubeObject[]>;

export interface Observation {
  readonly now: Date;
  /** The custom resource that is graded. */
  readonly subject: KubeObject;
  /** Undefined: the API server has none of that name. */
  readonly definition: Read<KubeObject | undefined>;
  /** Its own: those it owns, by whatever way, or that bear its labels. */
  readonly sets: Objects;
  readonly pods: Objects;
  readonly claims: Objects;
  readonly services: Objects;
  /** Whatever there is in its namespace; checks pick what concerns it. */
  readonly budgets: Objects;
  readonly policies: Objects;
  readonly cronJobs: Objects;
  readonly events: Objects;
  readonly autoscalers: Objects;
  readonly verticalAutoscalers: Objects;
  /** ServiceMonitors and PodMonitors. */
  readonly monitors: Objects;
  readonly rules: Objects;
  /** Of its claims; undefined: they name none that exists. */
  readonly storageClass: Read<KubeObject | undefined>;
  /** Undefined: no port for them is known. */
  readonly metrics: Read<Metrics | undefined>;
  readonly manager: Manager;
}

/** What one of its pods gives to who collects metrics. */
export interface Metrics {
  /** `GET demo-0:2381/metrics`. */
  readonly source: string;
  /** The names of their families. */
  readonly families: ReadonlySet<string>;
}

/** Who looks after it. */
export type Manager = OwnManager | OperatorManager;

/** kubectl-dbop. */
export interface OwnManager {
  readonly kind: "kubectl-dbop";
  /** Undefined: the spec can't be read, for these reasons. */
  readonly cluster: DatabaseCluster | undefined;
  readonly problems: readonly string[];
  readonly backups: Read<readonly DatabaseBackup[]>;
  readonly engine: Read<EngineFacts>;
}

/** Somebody else's operator, known by what it left in the API server. */
export interface OperatorManager {
  readonly kind: "operator";
  /** Deployments that look like it. */
  readonly deployments: Objects;
  /** The ClusterServiceVersion that owns the kind, where OLM is there and has one. */
  readonly claim: Read<KubeObject | undefined>;
}
