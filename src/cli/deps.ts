/**
 * What commands are given: streams, time, questions, the cluster, and the work of each verb. Built once by `compose.ts` from what
 * `main.ts` knows; tests build their own. Nothing here does anything.
 */
import type { CheckReport } from "../checks/report.ts";
import type { Sharding, VersionRange } from "../engines/engine.ts";
import type { KubeClient } from "../kube/kube-client.ts";
import type { KubeObject } from "../kube/objects.ts";
import type { ListedBackup } from "../output/backup-table.ts";
import type { PlanView } from "../output/plan.ts";
import type { ClusterReport } from "../output/status-view.ts";
import type { RunResult } from "../output/run-view.ts";
import type { StoredBackup } from "../output/stored-table.ts";
import type { Clock } from "../reconcile/clock.ts";
import type { Report } from "../reconcile/report.ts";
import type { BackupChoice } from "../reconcile/restoring/source.ts";
import type { ClusterOptions } from "./flags/cluster-flags.ts";
import type { RunOptions } from "./flags/run-flags.ts";

/** One side of the terminal. */
export interface OutputStream {
  readonly isTTY: boolean;
  /** Width now: it changes when the window does. 80 when unknown. */
  readonly columns: number;
  write(text: string): void;
}

export interface Streams {
  readonly stdinIsTty: boolean;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

export interface Choice {
  readonly value: string;
  readonly name: string;
}

export interface TextQuestion {
  readonly message: string;
  readonly default?: string;
  /** What is wrong with an answer; undefined when it will do. */
  readonly check?: (answer: string) => string | undefined;
}

/** Every question rejects with `Interrupted` on Ctrl-C. Ask only when somebody is there: the caller knows. */
export interface Prompt {
  /** y/N. */
  confirm(message: string): Promise<boolean>;
  text(question: TextQuestion): Promise<string>;
  select(message: string, choices: readonly Choice[]): Promise<string>;
}

/** The files `-f` may name. Relative paths are the user's. */
export interface InputFiles {
  /** The whole text; `-` is standard input. Throws as `fs` does, with `code`. */
  read(path: string): Promise<string>;
  /** The paths below a directory, files only, sorted; undefined when `path` is no directory. */
  list(path: string, recursive: boolean): Promise<readonly string[] | undefined>;
}

export interface ConnectOptions {
  readonly cluster: ClusterOptions;
  /** For writes that name none of their own. */
  readonly fieldManager?: string;
}

/** An open way to one cluster. */
export interface Session {
  readonly kube: KubeClient;
  /** "" in-cluster. */
  readonly contextName: string;
  /** The one to use where none was asked for. */
  readonly namespace: string;
  /** How many warnings the API server has sent so far; each went to stderr when it came. */
  warnings(): number;
}

/** An engine as the wizard offers it. */
export interface EngineChoice {
  readonly name: string;
  readonly title: string;
  readonly versions: VersionRange;
  readonly sharding: Sharding;
}

/** What a verb that changes something works with. */
export interface Run extends RunOptions {
  readonly session: Session;
  readonly clock: Clock;
  /** Aborted by the first Ctrl-C: stop at the next safe point. */
  readonly signal: AbortSignal;
  readonly report: Report;
  /** Somebody is at the terminal and may be asked. */
  readonly attended: boolean;
  /**
   * Call before the first step of a plan: asks what its dangers demand, on the terminal or of the flags. Resolves with the highest danger agreed to (undefined: nothing
   * had to be agreed to); throws `Refused`, naming the flag, otherwise.
   */
  readonly approve: (plan: PlanView) => Promise<"moderate" | "severe" | undefined>;
}

export interface InstallRequest {
  /** With its namespace. */
  readonly cluster: KubeObject;
}

export interface ScaleRequest {
  readonly name: string;
  readonly namespace: string;
  readonly replicas?: number;
  readonly storage?: string;
  readonly cpu?: string;
  readonly memory?: string;
}

export interface BackupRequest {
  /** Of the database. */
  readonly name: string;
  readonly namespace: string;
  readonly location: string;
  readonly verify: "none" | "integrity" | "structural" | "functional";
  /** Of the DatabaseBackup; absent: made from the database's and the time. */
  readonly backupName?: string;
  readonly keep?: number;
}

/** Which backups at a location: all, or those of one database. */
export interface StoredQuery {
  readonly location: string;
  readonly namespace: string;
  /** Of the database. */
  readonly name?: string;
}

export interface UpgradeRequest {
  readonly name: string;
  readonly namespace: string;
  readonly version: string;
  readonly image?: string;
  /** Several minors, one after the other. */
  readonly through: boolean;
  readonly withoutRecentBackup: boolean;
}

export interface RestoreRequest {
  /** Of the new database. */
  readonly name: string;
  readonly namespace: string;
  readonly from: BackupChoice;
  /** Fields of the spec that are to be other than they were when the backup was taken. */
  readonly change: Readonly<Record<string, unknown>>;
  readonly bumpRevision: boolean;
}

export interface RestoreInPlaceRequest {
  readonly name: string;
  readonly namespace: string;
  readonly from: BackupChoice;
  readonly bumpRevision: boolean;
  /** Of what is there, before it gives way. */
  readonly lastBackup: boolean;
  /** Once more, although it was done. */
  readonly again: boolean;
}

export interface ReshardRequest {
  readonly name: string;
  readonly namespace: string;
  /** Absent: as many as there are, to hold alike. */
  readonly shards?: number;
}

export interface RotateRequest {
  readonly name: string;
  readonly namespace: string;
  /** Certificates anew, or anew from other authorities. */
  readonly of: "certificates" | "authorities";
}

export interface ScheduleRequest {
  readonly name: string;
  readonly namespace: string;
  /** Undefined: no passes are scheduled any more. An absent image is the one that is scheduled already. */
  readonly wish: { readonly schedule: string; readonly image?: string } | undefined;
}

export interface DeleteRequest {
  readonly name: string;
  readonly namespace: string;
  /** Claims, backups and credentials too. */
  readonly deleteData: boolean;
}

/** One database by name. */
export interface ClusterName {
  readonly name: string;
  readonly namespace: string;
}

/** A custom resource by the word that its kind is called by. */
export interface ForeignName extends ClusterName {
  readonly kind: string;
}

/** Which databases: one by name, or all that match. `namespace` undefined: all namespaces. */
export interface ClusterQuery {
  readonly name?: string;
  readonly namespace?: string;
  readonly labelSelector?: string;
}

export interface Reading {
  readonly session: Session;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface UnlockResult {
  /** Who held the lock; undefined when nobody did. */
  readonly holder: string | undefined;
}

/** The work of each verb. Reads throw `NotFound` when a database asked for by name is not there. */
export interface Verbs {
  install(request: InstallRequest, run: Run): Promise<RunResult>;
  scale(request: ScaleRequest, run: Run): Promise<RunResult>;
  upgrade(request: UpgradeRequest, run: Run): Promise<RunResult>;
  reshard(request: ReshardRequest, run: Run): Promise<RunResult>;
  rotate(request: RotateRequest, run: Run): Promise<RunResult>;
  schedule(request: ScheduleRequest, run: Run): Promise<RunResult>;
  reconcile(request: ClusterName, run: Run): Promise<RunResult>;
  restore(request: RestoreRequest, run: Run): Promise<RunResult>;
  restoreInPlace(request: RestoreInPlaceRequest, run: Run): Promise<RunResult>;
  backup(request: BackupRequest, run: Run): Promise<RunResult>;
  backups(query: ClusterQuery, reading: Reading): Promise<readonly ListedBackup[]>;
  storedBackups(query: StoredQuery, reading: Reading): Promise<readonly StoredBackup[]>;
  delete(request: DeleteRequest, run: Run): Promise<RunResult>;
  unlock(request: ClusterName, run: Run): Promise<UnlockResult>;
  status(query: ClusterQuery, reading: Reading): Promise<readonly ClusterReport[]>;
  list(query: ClusterQuery, reading: Reading): Promise<readonly KubeObject[]>;
  /** Databases of this program, each with its report. */
  check(query: ClusterQuery, reading: Reading): Promise<readonly CheckReport[]>;
  /** A custom resource of any kind, from objects alone. */
  checkForeign(request: ForeignName, reading: Reading): Promise<CheckReport>;
  /** The DatabaseCluster, whose status holds the history. */
  history(request: ClusterName, reading: Reading): Promise<KubeObject>;
  /** The smallest Role (and ClusterRole, where CRDs are read) for a verb: objects to print. */
  rbac(verb: string, namespace: string): Promise<readonly KubeObject[]>;
  /** The CustomResourceDefinitions, as objects to print. */
  crds(): Promise<readonly KubeObject[]>;
  engines(): Promise<readonly EngineChoice[]>;
}

export interface Deps {
  readonly streams: Streams;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly files: InputFiles;
  readonly prompt: Prompt;
  readonly signal: AbortSignal;
  /** Finds the cluster the flags and environment mean. The caller closes `kube`. */
  connect(options: ConnectOptions): Promise<Session>;
  readonly verbs: Verbs;
  readonly client: ClientVersion;
}

/** What this program is. */
export interface ClientVersion {
  readonly version: string;
  readonly node: string;
  readonly platform: string;
}
