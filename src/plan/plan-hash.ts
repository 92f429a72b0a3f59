import { createHash } from "node:crypto";
import type { Plan } from "./step.ts";

/**
 * A short fingerprint of what a plan would do: equal for equal outcomes and steps, whatever the key order.
 * Warnings and explanations do not count. `--plan-hash` refuses to run a plan with another one.
 */
export function planHash<Command>(plan: Plan<Command>): string {
  const steps = plan.outcome === "act" ? plan.steps.map(({ why: _, title: __, ...essence }) => essence) : [];
  const guards = plan.outcome === "blocked" ? plan.by.map((verdict) => verdict.guard) : [];
  return createHash("sha256")
    .update(canonical({ outcome: plan.outcome, steps, guards }))
    .digest("hex")
    .slice(0, 16);
}

/** JSON with sorted keys: two values are equal exactly when their texts are. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
