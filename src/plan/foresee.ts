/** From the next step to the whole plan: a step is asked for, what it would change is foreseen, and the next is asked for, until there is none. */
import type { Decision } from "./decision.ts";
import type { Plan, Step, Verdict } from "./step.ts";

/** No way from any state to any other takes as many steps: beyond it the rules contradict each other, and the first step still stands. */
const horizon = 200;

export interface Foresight<Situation, Command> {
  readonly start: Situation;
  /** What is to be done next, or stands in the way; undefined when all is as wished. */
  readonly decide: (situation: Situation) => Decision<Command> | undefined;
  /** The situation after `step` if nothing else happens. */
  readonly after: (situation: Situation, step: Step<Command>) => Situation;
  /** What comes after such a step is not foreseen. */
  readonly isLast: (step: Step<Command>) => boolean;
  readonly warnings: readonly Verdict[];
}

/** Pure. A guard that will stand in the way later is told as a warning before the first step. */
export function foresee<Situation, Command>(given: Foresight<Situation, Command>): Plan<Command> {
  const { start, decide, after, isLast, warnings } = given;
  const steps: Step<Command>[] = [];
  let situation = start;
  let decision = decide(situation);
  while (decision !== undefined && "step" in decision && steps.length < horizon) {
    steps.push(decision.step);
    if (isLast(decision.step)) break;
    situation = after(situation, decision.step);
    decision = decide(situation);
  }
  const blocked = decision !== undefined && "blocked" in decision ? decision.blocked : undefined;
  const [first, ...rest] = steps;
  if (first !== undefined)
    return { outcome: "act", steps: [first, ...rest], warnings: [...warnings, ...(blocked ?? [])] };
  return blocked === undefined ? { outcome: "converged", warnings } : { outcome: "blocked", by: blocked, warnings };
}
