/** A rule looks at one concern and says what is to be done next about it, or nothing. */
import type { Decision as DecisionOf } from "../../../plan/decision.ts";
import type { Consent, Step } from "../../../plan/step.ts";
import type { Rotation, Verb } from "../../engine.ts";
import type { ValkeyCommand } from "../commands.ts";
import type { ValkeySeen } from "../seen.ts";
import type { ValkeySpec } from "../spec.ts";

export { act, block, waitFor } from "../../../plan/decision.ts";

export type ValkeyStep = Step<ValkeyCommand>;
export type Decision = DecisionOf<ValkeyCommand>;

export interface Situation {
  readonly spec: ValkeySpec;
  readonly seen: ValkeySeen;
  readonly consents: ReadonlySet<Consent>;
  readonly verb: Verb;
  readonly now: Date;
  /** A reshard is in flight. */
  readonly rebalance?: boolean;
  /** What a `rotate` in flight asks for. */
  readonly rotate?: Rotation;
}

/** Undefined: this concern is settled, the next rule may speak. */
export type Rule = (situation: Situation) => Decision | undefined;
