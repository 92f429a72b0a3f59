/** What an engine tells of a database so that checks which know no engine can judge it. */
import type { Verdict } from "../plan/step.ts";

export interface EngineFacts {
  /** As the engine is called in sentences. */
  readonly title: string;
  readonly ready: boolean;
  readonly reason: string;
  readonly message: string;
  readonly identity: string | undefined;
  readonly currentVersion: string | undefined;
  readonly members: readonly MemberFacts[];
  /** The newest patch of each minor that is known, oldest first. */
  readonly newestVersions: readonly string[];
  readonly takesBackups: boolean;
  /** Absent: the engine tells no more than its status. */
  readonly operand?: OperandFacts;
}

export interface MemberFacts {
  readonly name: string;
  readonly ready: boolean;
  /** Undefined: it did not answer. */
  readonly version: string | undefined;
}

export interface OperandFacts {
  /** The version that may come next by the engine's own rules; undefined when it runs the newest that is known. */
  readonly nextVersion: string | undefined;
  /** What stands against going there now. */
  readonly gates: readonly Verdict[];
  readonly groups: readonly Group[];
  /** Who takes over when the member that writes is lost, in a few words. */
  readonly failover: string;
  /** What was written for the members and what they run with; both alike when the configuration is in force. */
  readonly configuration: readonly ConfigurationFact[];
  /** Absent: the server itself gives no metrics. */
  readonly metrics?: MetricsFacts;
  /** The questions by which its health is known, and what was answered; undefined: nothing was. */
  readonly health: readonly { readonly name: string; readonly answer: string | undefined }[];
}

/** Members that stand in for each other: the pods of one StatefulSet. */
export interface Group {
  /** Name of the StatefulSet. */
  readonly set: string;
  readonly members: number;
  /** How many must stay so that it serves. */
  readonly needed: number;
  /** They elect among themselves: an even number of them is no better than one less. */
  readonly votes: boolean;
}

export interface ConfigurationFact {
  readonly object: string;
  readonly field: string;
  readonly inForce: boolean;
}

export interface MetricsFacts {
  readonly port: number;
  /** One family each that tells how much is asked, how much of it fails, and how long it takes. */
  readonly rate: string;
  readonly errors: string;
  readonly duration: string;
}
