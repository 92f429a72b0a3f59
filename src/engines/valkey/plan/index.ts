/** The plan: the rules are asked for the next step, what that would change is foreseen, and they are asked again. Pure. */
import { foresee } from "../../../plan/foresee.ts";
import type { Plan } from "../../../plan/step.ts";
import type { PlanInput } from "../../engine.ts";
import type { ValkeyCommand } from "../commands.ts";
import type { ValkeySeen } from "../seen.ts";
import { asFound, type ValkeySpec } from "../spec.ts";
import { expect } from "./expect.ts";
import type { Decision, Situation } from "./rule.ts";
import { rules } from "./rules/index.ts";
import { warningsOf } from "./warnings.ts";

export function planValkey(input: PlanInput<ValkeySpec, ValkeySeen>): Plan<ValkeyCommand> {
  const start = situate(input);
  return foresee<Situation, ValkeyCommand>({
    start,
    decide,
    after: (situation, step) => situate({ ...situation, seen: expect(situation.spec, situation.seen, step) }),
    // It tells that something has failed: what another run would do is not foreseen.
    isLast: (step) => step.kind === "command" && step.command.name === "tellRestoreFailed",
    warnings: warningsOf(start),
  });
}

/** The spec as it is to be carried out on what is seen. */
function situate(given: Situation): Situation {
  return { ...given, spec: asFound(given.spec, given.seen) };
}

/** What is to be done next, or stands in the way; undefined when all is as wished. */
export function decide(situation: Situation): Decision | undefined {
  for (const rule of rules) {
    const decision = rule(situation);
    if (decision !== undefined) return decision;
  }
  return undefined;
}
