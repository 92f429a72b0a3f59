/**
 * What an engine is: an object of plain functions that read, decide and do. `docs/adding-an-engine.md` walks through one.
 * Shared by every engine folder and by `reconcile/`; knows no engine itself.
 */
import type { DatabaseCluster } from "../api/database-cluster.ts";
import type { Problem } from "../api/problem.ts";
import type { Result } from "../api/result.ts";
import type { KubeClient, Query } from "../kube/kube-client.ts";
import type { ObjectRef, ResourceType } from "../kube/objects.ts";
import type { Manifest } from "../backup/manifest.ts";
import type { BackupMethod, Contents, Taken } from "../backup/method.ts";
import type { OperandFacts } from "../checks/engine-facts.ts";
import type { Check } from "../checks/finding.ts";
import type { Consent, Plan, Verdict } from "../plan/step.ts";

/** The verbs that run passes or ask for rights. */
export type Verb =
  | "install"
  | "scale"
  | "upgrade"
  | "reshard"
  | "backup"
  | "restore"
  | "restore-in-place"
  | "rotate"
  | "schedule"
  | "reconcile"
  | "status"
  | "delete";

/** What a `rotate` asks for: certificates anew, or anew from other authorities. */
export interface Rotation {
  readonly of: "certificates" | "authorities";
  /** Of the operation, which never begins twice what bears its id; undefined before it is recorded. */
  readonly id: string | undefined;
}

/** What `restore --in-place` asks for: the data of a backup in the place of what is there. */
export interface Replacement {
  readonly locationName: string;
  /** The folder of the backup below the location. */
  readonly path: string;
  readonly bumpRevision: boolean;
  /** Of the operation, which never replaces twice; undefined before it is recorded. */
  readonly id: string | undefined;
}

/** One RBAC rule. `resources` may name a subresource, as in `pods/exec`. */
export interface AccessRule {
  readonly apiGroup: string;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** The reads an engine may make. Exec counts as a read only for commands that change nothing. */
export type Reader = Pick<KubeClient, "get" | "list" | "exec" | "log">;

/** What an engine's commands may use. */
export type EngineIo = Pick<KubeClient, "get" | "list" | "exec" | "log" | "create" | "apply" | "delete"> & {
  readonly now: () => Date;
};

/** Whether an engine's data is spread over shards: why not, or over how many where the spec does not say. */
export type Sharding =
  { readonly kind: "none"; readonly why: string } | { readonly kind: "shards"; readonly default: number };

/** What {@link Engine.plan} decides from. */
export interface PlanInput<Spec, Seen> {
  readonly spec: Spec;
  readonly seen: Seen;
  readonly now: Date;
  readonly consents: ReadonlySet<Consent>;
  /** The verb in flight: some steps belong to one verb only. */
  readonly verb: Verb;
  /** An operation of it is recorded: what was refused before it began is waited for now. */
  readonly begun: boolean;
  /** The `rotate` in flight, by whichever verb it is gone on with. */
  readonly rotate?: Rotation;
  /** A `reshard` is in flight, by whichever verb it is gone on with: shards are to hold alike, however many there are. */
  readonly rebalance?: boolean;
}

/** How one command ended: `not-yet` means nothing was changed and it is to be tried again when something moves. */
export type CommandResult = { readonly outcome: "done" } | { readonly outcome: "not-yet"; readonly why: string };

/** The versions an engine offers. */
export interface VersionRange {
  /** For people. */
  readonly supported: string;
  readonly default: string;
  /** The newest patch of each minor, oldest first. */
  readonly newest: readonly string[];
}

export interface MemberStatus {
  readonly name: string;
  /** Which it belongs to, in the engine's words; absent where there are none. */
  readonly shard?: string;
  readonly ready: boolean;
  /** The engine's word: leader, follower, learner, primary, replica, … `unknown` when it did not answer. */
  readonly role: string;
  readonly version: string | undefined;
  /** Columns of the engine's own, in order: [heading, value]. */
  readonly details: readonly (readonly [string, string])[];
}

/** What an observation says about the database, for `status` and for the status of the object. */
export interface EngineStatus {
  readonly ready: boolean;
  /** CamelCase word for the Ready condition: `AllMembersReady`, `QuorumLost`. */
  readonly reason: string;
  readonly message: string;
  readonly identity: string | undefined;
  /** The lowest that any member is known to run. */
  readonly currentVersion: string | undefined;
  readonly serviceName: string;
  readonly clientPort: number;
  readonly members: readonly MemberStatus[];
  /** Facts about the whole, in order: [name, value]. */
  readonly facts: readonly (readonly [string, string])[];
  /** Of what is done without a person; no engine says it, only a pass that looks after that. Absent: not looked at. */
  readonly errands?: ErrandStandings;
}

/** By the type of the condition; what is not in it was not looked at. */
export type ErrandStandings = Partial<
  Readonly<Record<"BackupScheduled" | "ReconcileScheduled", ScheduleStanding | "none">>
>;

/** As the condition of the DatabaseCluster has it. */
export interface ScheduleStanding {
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

/**
 * One kind of database. `Spec` is its checked wish, `Seen` one observation as readonly data, `Command` what only it can do.
 */
export interface Engine<Spec, Seen, Command> {
  readonly name: string;
  readonly title: string;
  readonly versions: VersionRange;
  readonly sharding: Sharding;

  /** The spec in the engine's terms, or every problem at once, each with its field path. Pure. */
  parseSpec(cluster: DatabaseCluster): Result<Spec, readonly Problem[]>;

  /** Reads everything the plan may need. Changes nothing. What can't be reached is `unknown` in the result, never absent. */
  observe(read: Reader, spec: Spec, now: Date): Promise<Seen>;

  /** All steps foreseen from this observation, in order. Pure and synchronous; a second plan after success is converged. */
  plan(input: PlanInput<Spec, Seen>): Plan<Command>;

  /** Does one command, idempotently: a second time, or after half of it was done, it ends in the same state. Throws a DbopError. */
  run(command: Command, io: EngineIo, spec: Spec): Promise<CommandResult>;

  status(spec: Spec, seen: Seen, now: Date): EngineStatus;

  /** Whether the database must be ready when nothing is left to do; absent: it must. A backup is done whatever else is amiss. */
  readonly needsReady?: boolean;

  /** Absent: no backups are taken of it. */
  readonly backup?: EngineBackup<Spec, Seen>;

  /** Absent: what only the engine can tell is not applicable to its databases. */
  readonly checks?: EngineChecks<Spec, Seen>;

  /** What is seen, in one line, for whoever waits: `demo-3: learner, 2 of 3 ready`. */
  describe(spec: Spec, seen: Seen): string;

  /** The smallest rights the engine's part of `verb` needs in the namespace. */
  access(verb: Verb): readonly AccessRule[];

  /** What to watch while waiting: a change in any of these is a reason to look again. */
  watches(spec: Spec): readonly { readonly type: ResourceType; readonly query: Query }[];

  /** What `delete` has to look after beyond the objects that go with the DatabaseCluster; found by name alone, since that may be gone already. */
  belongings(database: { readonly namespace: string; readonly name: string }): Belongings;
}

/** What an engine tells for `check`. Pure: an observation becomes facts and answers. */
export interface EngineChecks<Spec, Seen> {
  /** For the checks that every engine shares (`src/checks/`). */
  readonly operand: (looked: Looked<Spec, Seen>) => OperandFacts;
  /** Those that only this engine's databases are asked: `L3.ENGINE.WORD`. */
  readonly own: readonly Check<Looked<Spec, Seen>>[];
}

/** One look at a database, for who judges it. */
export interface Looked<Spec, Seen> {
  readonly spec: Spec;
  readonly seen: Seen;
  readonly now: Date;
}

export interface EngineBackup<Spec, Seen> {
  /** How a backup is taken now, and of which member; or why none can be. Pure. */
  readonly method: (spec: Spec, seen: Seen) => Result<BackupMethod, Verdict>;
  /** What a backup holds, from what its containers said and how the database stood when it began; or why it is none. Pure. */
  readonly contents: (taken: Taken) => Result<Contents, string>;
  /** Why such a database can't be made from that backup; undefined when it can. Pure. */
  readonly refuses: (wanted: Wanted, manifest: Manifest) => Verdict | undefined;
  /** Absent: its data never gives way to that of a backup. */
  readonly inPlace?: EngineReplacement<Spec, Seen>;
}

/** Of a database that is to be made from a backup. */
export interface Wanted {
  readonly version: string;
  /** Undefined: the engine's official one of that version. */
  readonly image: string | undefined;
  /** Undefined: as many as the engine has where nobody says it, or none. */
  readonly shards: number | undefined;
}

/** How the data of a database gives way to that of a backup. The step that stops the members is called {@link stopStep}. */
export interface EngineReplacement<Spec, Seen> {
  /** The spec of a database whose data is being replaced: `observe`, `plan` and `status` go by it. */
  readonly replacing: (spec: Spec, by: Replacement) => Spec;
  /** How a last backup is taken of whatever still answers; undefined when nothing does. Pure. */
  readonly lastMethod: (spec: Spec, seen: Seen) => BackupMethod | undefined;
}

/** From here on what was there does not serve any more: what precedes it can be given up, what follows must come to its end. */
export const stopStep = "replace/stop";

export interface Belongings {
  /** StatefulSets, which run the pods: deleted first when the data is to go, so that nothing uses it. */
  readonly workloads: Query;
  /** Pods, which are waited for. */
  readonly pods: Query;
  /** Claims with the data: kept unless the user asks for their deletion by name. */
  readonly claims: Query;
  /** Secrets this program made: kept with the data, gone with the data. */
  readonly credentials: readonly ObjectRef[];
}
