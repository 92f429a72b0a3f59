/** A rule looks at one concern and says what is to be done next about it, or nothing. */
import type { Consent, Step, Verdict } from "../../../plan/step.ts";
import type { Rotation, Verb } from "../../engine.ts";
import type { EtcdCommand } from "../commands.ts";
import type { EtcdSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";

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

export type Decision = { readonly step: EtcdStep } | { readonly blocked: readonly [Verdict, ...Verdict[]] };

/** Undefined: this concern is settled, the next rule may speak. */
export type Rule = (situation: Situation) => Decision | undefined;

export function act(step: EtcdStep): Decision {
  return { step };
}

export function block(...verdicts: readonly [Verdict, ...Verdict[]]): Decision {
  return { blocked: verdicts };
}

/** Nothing to do but wait until `until`, because of `why`. */
export function waitFor(until: string, why: string): Decision {
  return act({
    kind: "wait",
    id: `wait/${until.toLowerCase().replaceAll(/[^a-z0-9]+/gu, "-")}`,
    title: `Wait until ${until}`,
    why,
    until,
  });
}
