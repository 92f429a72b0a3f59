/** A rule looks at one concern and says what is to be done next about it, or nothing. */
import type { Decision as DecisionOf } from "../../../plan/decision.ts";
import type { Consent, Step } from "../../../plan/step.ts";
import type { Rotation, Verb } from "../../engine.ts";
import type { EtcdCommand } from "../commands.ts";
import type { EtcdSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";

export { act, block, waitFor } from "../../../plan/decision.ts";

export type EtcdStep = Step<EtcdCommand>;

export interface Situation {
  /** As asked for. */
  readonly wish: EtcdSpec;
  /** As the members are to be now: the wish at the version in force. What is applied and compared is made from it. */
  readonly spec: EtcdSpec;
  readonly seen: EtcdSeen;
  readonly now: Date;
  readonly consents: ReadonlySet<Consent>;
  readonly verb: Verb;
  readonly begun: boolean;
  /** What a `rotate` in flight asks for. */
  readonly rotate?: Rotation;
}

export type Decision = DecisionOf<EtcdCommand>;

/** Undefined: this concern is settled, the next rule may speak. */
export type Rule = (situation: Situation) => Decision | undefined;
