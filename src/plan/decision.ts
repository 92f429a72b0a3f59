/** What a rule of an engine answers: the next step of its concern, or what stands in the way. Shared by all engines. */
import type { Step, Verdict } from "./step.ts";

export type Decision<Command> =
  { readonly step: Step<Command> } | { readonly blocked: readonly [Verdict, ...Verdict[]] };

export function act<Command>(step: Step<Command>): Decision<Command> {
  return { step };
}

export function block(...verdicts: readonly [Verdict, ...Verdict[]]): Decision<never> {
  return { blocked: verdicts };
}

/** Nothing to do but wait until `until`, because of `why`. */
export function waitFor(until: string, why: string): Decision<never> {
  return act({
    kind: "wait",
    id: `wait/${until.toLowerCase().replaceAll(/[^a-z0-9]+/gu, "-")}`,
    title: `Wait until ${until}`,
    why,
    until,
  });
}
