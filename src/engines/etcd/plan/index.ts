/** The plan: the rules are asked for the next step, what that step would change is foreseen, and they are asked again, until nothing is left to do. Pure. */
import { foresee } from "../../../plan/foresee.ts";
import type { Plan } from "../../../plan/step.ts";
import type { PlanInput } from "../../engine.ts";
import type { EtcdCommand } from "../commands.ts";
import type { EtcdSeen } from "../seen.ts";
import { asFound, type EtcdSpec } from "../spec.ts";
import { atVersion } from "../version-in-force.ts";
import { expect } from "./expect.ts";
import type { Decision, EtcdStep, Situation } from "./rule.ts";
import { isReplaced, sinceReplaced } from "./replacement.ts";
import { replacingRules, rules } from "./rules/index.ts";
import { inForce } from "./version-state.ts";
import { warningsOf } from "./warnings.ts";

export function planEtcd(input: PlanInput<EtcdSpec, EtcdSeen>): Plan<EtcdCommand> {
  const start = situate({ ...input, wish: input.spec });
  return foresee({
    start,
    decide,
    after: (situation, step) => situate({ ...situation, seen: expect(situation.spec, situation.seen, step) }),
    isLast: endsTheRun,
    warnings: warningsOf(start),
  });
}

/** It tells that something has failed: what another run would do is not foreseen. */
function endsTheRun(step: EtcdStep): boolean {
  return step.kind === "command" && step.command.name === "tellRestoreFailed";
}

/** A situation whose spec is the wish at the version in force, on the authorities and directories that are there. */
export function situate(given: Omit<Situation, "spec">): Situation {
  const { wish: wished, seen } = sinceReplaced(given);
  const wish = asFound(wished, seen);
  return { ...given, wish, seen, spec: atVersion(wish, inForce(wish, seen), seen.statefulSet?.image) };
}

/** What is to be done next, or stands in the way; undefined when all is as wished. */
export function decide(situation: Situation): Decision | undefined {
  const { spec, seen } = situation;
  const due = spec.replacement === undefined || isReplaced(spec, seen) ? rules : replacingRules;
  for (const rule of due) {
    const decision = rule(situation);
    if (decision !== undefined) return decision;
  }
  return undefined;
}
