/** What a verb asks of a pass, and how a pass ends. */
import type { Engine, Verb } from "../engines/engine.ts";
import type { KubeClient } from "../kube/kube-client.ts";
import type { KubeObject } from "../kube/objects.ts";
import type { Consent, Danger, Verdict } from "../plan/step.ts";
import type { Clock } from "./clock.ts";
import type { DatabaseName } from "./database.ts";
import type { Report, StepSummary } from "./report.ts";

export interface PassDeps {
  readonly kube: KubeClient;
  readonly clock: Clock;
  /** Aborted by the first Ctrl-C: the pass ends at the next safe point. */
  readonly signal: AbortSignal;
  readonly report: Report;
  /** Who runs this, beyond what the API server knows: `host`. */
  readonly host: string;
  /** A fresh id for a run or an operation: short, unique, without secrets. */
  readonly newId: () => string;
}

export interface PlanView {
  readonly steps: readonly StepSummary[];
  readonly hash: string;
  readonly warnings: readonly Verdict[];
}

/** What a verb works with in place of the engine itself, made of it: the same look, plan, act, over something wider. */
export interface Activity {
  on<Spec, Seen, Command, Answer>(
    engine: Engine<Spec, Seen, Command>,
    body: <WiderSpec, WiderSeen, WiderCommand>(engine: Engine<WiderSpec, WiderSeen, WiderCommand>) => Answer,
  ): Answer;
}

export interface PassRequest {
  readonly verb: Verb;
  /** Absent: the engine as it is. */
  readonly activity?: Activity;
  readonly database: DatabaseName;
  /** What was asked, as flags without secrets: equal requests of one verb are one operation. */
  readonly request: string;
  /**
   * The server-side apply intent that makes the spec as asked, from the object as it is (undefined: not there yet); undefined when nothing is to be edited. Throws `NotFound` or `Usage`.
   */
  readonly edit: (current: KubeObject | undefined) => KubeObject | undefined;
  readonly consents: ReadonlySet<Consent>;
  readonly dryRun: "none" | "client" | "server";
  /** For the whole run; 0 looks and acts once without waiting. */
  readonly timeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly fieldManager: string;
  readonly forceConflicts: boolean;
  /** Refuses any other plan. */
  readonly planHash: string | undefined;
  /**
   * Somebody can be asked. When not, a reconcile begins with what is safe, so that a failed member is healed although a restart or a removal
   * that comes later has not been agreed to. It ends refused where that comes.
   */
  readonly attended: boolean;
  /** Asks for what the plan's dangers demand; resolves with the highest agreed to, throws `Refused`. */
  readonly approve: (plan: PlanView) => Promise<Danger | undefined>;
}

/** A request in the hands of its engine. */
export interface Undertaking<Spec, Seen, Command> {
  readonly engine: Engine<Spec, Seen, Command>;
  readonly deps: PassDeps;
  readonly request: PassRequest;
}

/** How a run ended; failures are thrown. */
export type PassResult = { readonly object: KubeObject } & (
  | { readonly outcome: "Converged"; readonly changed: boolean }
  | { readonly outcome: "Planned"; readonly plan: PlanView; readonly notSimulated: readonly string[] }
  | { readonly outcome: "Progressing"; readonly until: string; readonly seen: string }
  | { readonly outcome: "Blocked"; readonly by: readonly Verdict[] }
);
