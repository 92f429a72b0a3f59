/** L2.3: whether somebody serves while members are replaced by newer ones. */
import type { Check } from "../finding.ts";
import { budgetsOf, liveGroups, readBudget } from "../groups.ts";
import type { Observation } from "../observation.ts";
import { remedy } from "../remedy.ts";
import { both, counted, fail, given, pass, unknown, warn } from "../verdicts.ts";

export const nonDisruptive: Check<Observation> = {
  id: "L2.3",
  title: "Upgrade without an outage",
  question: "Can members be replaced one after the other while the others serve?",
  why: "an upgrade that means an outage is put off until it is forced",
  judge: (observation) =>
    given(both(liveGroups(observation), observation.budgets), ([groups, budgets]) => {
      if (groups.length === 0)
        return unknown("a StatefulSet or pod that belongs to it", "nothing runs that could be upgraded");
      const sizes = groups.map((group) =>
        counted(
          `statefulset.apps/${group.set}`,
          "members, and how many must stay",
          `${String(group.members)}, ${String(group.needed)}`,
        ),
      );
      const small = groups.filter(({ members, needed }) => members < 2 || members - Math.max(1, needed) < 1);
      if (small.length > 0)
        return fail(
          `${small.map(({ set }) => set).join(", ")} can't do without a member`,
          sizes,
          remedy(observation, { dbop: "scale NAME --replicas 3", operator: "more replicas in the custom resource" }),
        );
      const failover = operandOf(observation)?.failover;
      const evidence = [...sizes, ...(failover === undefined ? [] : [counted("engine", "failover", failover)])];
      const bare = groups.filter((group) => budgetsOf(group, budgets).length === 0);
      if (bare.length === 0)
        return pass("one member at a time can be replaced", [
          ...evidence,
          ...groups.flatMap((group) => budgetsOf(group, budgets).map(readBudget)),
        ]);
      return warn(
        `no PodDisruptionBudget keeps the other members of ${bare.map(({ set }) => set).join(", ")} meanwhile`,
        evidence,
        remedy(observation, { dbop: "reconcile NAME", operator: "a PodDisruptionBudget for its pods" }),
      );
    }),
};

function operandOf({ manager }: Observation): { readonly failover: string } | undefined {
  if (manager.kind === "operator" || manager.engine.state !== "read") return undefined;
  return manager.engine.value.operand;
}
