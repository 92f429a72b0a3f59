/** Whether a plan may run: what its dangers demand, against what the flags already answer. Pure. */
import type { Danger } from "../plan/step.ts";
import type { ConsentOptions } from "./flags/run-flags.ts";

export type ConsentNeed =
  | { readonly need: "nothing" }
  /** Ask y/N. */
  | { readonly need: "yes" }
  /** Ask for the name to be typed. */
  | { readonly need: "name" }
  | { readonly need: "refuse"; readonly why: string; readonly hint: string };

export interface ConsentQuestion {
  /** The highest danger of the plan. */
  readonly danger: Danger | undefined;
  /** What has to be typed. */
  readonly name: string;
  readonly given: ConsentOptions;
  /** Whether somebody is there to be asked. */
  readonly canAsk: boolean;
}

/** `--confirm=NAME` answers everything, `--yes` only what is moderate; a wrong name answers nothing. */
export function consentNeeded({ danger, name, given, canAsk }: ConsentQuestion): ConsentNeed {
  if (danger === undefined) return { need: "nothing" };
  if (given.confirm !== undefined) return named(given.confirm, name);
  if (danger === "moderate") return moderate(given, canAsk);
  if (canAsk) return { need: "name" };
  const why = given.yes ? "data can be lost, and --yes is not enough for that" : "data can be lost";
  return { need: "refuse", why, hint: `To go on, add --confirm=${name}` };
}

/** The highest danger among steps. */
export function highestDanger(steps: readonly { readonly danger?: Danger }[]): Danger | undefined {
  if (steps.some(({ danger }) => danger === "severe")) return "severe";
  return steps.some(({ danger }) => danger === "moderate") ? "moderate" : undefined;
}

function named(confirm: string, name: string): ConsentNeed {
  if (confirm === name) return { need: "nothing" };
  return {
    need: "refuse",
    why: `--confirm names "${confirm}", but the database is "${name}"`,
    hint: `To go on, use --confirm=${name}`,
  };
}

function moderate(given: ConsentOptions, canAsk: boolean): ConsentNeed {
  if (given.yes) return { need: "nothing" };
  if (canAsk) return { need: "yes" };
  return { need: "refuse", why: "service may be interrupted, and nobody can be asked", hint: "To go on, add --yes" };
}
