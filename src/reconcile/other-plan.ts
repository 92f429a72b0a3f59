import { DbopError } from "../errors.ts";

/** The refusal when `--plan-hash` names a plan that is not the one found now. */
export function otherPlan(asked: string, found: string): DbopError {
  return new DbopError(
    "Refused",
    `the plan is not the one agreed to: --plan-hash is ${asked}, the plan now is ${found}`,
    {
      hint: "look at it again with --dry-run=client",
    },
  );
}
