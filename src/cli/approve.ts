/** Puts the question of consent to whoever is there, with everything needed to answer it. */
import { DbopError } from "../errors.ts";
import { palette, wantsColour, type ColourWish } from "../output/colour.ts";
import { renderPlan, type PlanView } from "../output/plan.ts";
import type { Danger } from "../plan/step.ts";
import { consentNeeded, highestDanger } from "./consent.ts";
import type { Deps, Session } from "./deps.ts";
import type { ConsentOptions } from "./flags/run-flags.ts";

export interface Approval {
  readonly session: Session;
  readonly name: string;
  readonly namespace: string;
  readonly given: ConsentOptions;
  readonly colour: ColourWish;
  /** `-f -` was used: standard input is a manifest, not a person. */
  readonly stdinTaken: boolean;
  /** The plan is on the screen already. */
  readonly planTold: boolean;
}

/** Whether somebody is there to be asked: a terminal on both sides, outside CI, and not told to keep quiet. */
export function canAsk(deps: Pick<Deps, "streams" | "env">, given: { readonly input: boolean }): boolean {
  const ci = deps.env["CI"] ?? "";
  return given.input && deps.streams.stdinIsTty && deps.streams.stderr.isTTY && ci === "";
}

/** Resolves with the danger agreed to; throws `Refused` when nobody agreed. */
export async function approve(plan: PlanView, approval: Approval, deps: Deps): Promise<Danger | undefined> {
  const { name, given } = approval;
  const danger = highestDanger(plan.steps);
  const asking = canAsk(deps, given) && !approval.stdinTaken;
  const answer = consentNeeded({ danger, name, given, canAsk: asking });
  if (answer.need === "nothing") return danger;
  await show(plan, approval, deps);
  if (answer.need === "refuse") throw new DbopError("Refused", answer.why, { hint: answer.hint });
  const agreed = answer.need === "yes" ? await deps.prompt.confirm("Go on?") : await typedName(name, deps);
  if (!agreed) throw new DbopError("Refused", "not agreed to; nothing was changed");
  return danger;
}

async function typedName(name: string, deps: Deps): Promise<boolean> {
  const typed = await deps.prompt.text({
    message: `Data can be lost. Type the name of the database (${name}) to go on:`,
  });
  return typed.trim() === name;
}

async function show(plan: PlanView, approval: Approval, { streams, env }: Deps): Promise<void> {
  const { session, name, namespace } = approval;
  const colours = await palette(wantsColour(approval.colour, streams.stderr.isTTY, env));
  const place = [
    ["Context", session.contextName === "" ? "<none>" : session.contextName],
    ["Server", session.kube.server],
    ["Namespace", namespace],
    ["Database", name],
  ] as const;
  streams.stderr.write(place.map(([label, value]) => `${`${label}:`.padEnd(11)}${colours.strong(value)}\n`).join(""));
  if (!approval.planTold) streams.stderr.write(renderPlan(plan, colours));
}
