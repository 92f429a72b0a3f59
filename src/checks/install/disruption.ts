/** L1.4: whether a change of configuration goes member by member. */
import { field, textField } from "../../kube/fields.ts";
import type { Check, Finding } from "../finding.ts";
import { allowance, budgetsOf, liveGroups, readBudget, type LiveGroup } from "../groups.ts";
import type { Observation } from "../observation.ts";
import { remedy } from "../remedy.ts";
import { both, counted, fail, given, pass, read, unknown, warn } from "../verdicts.ts";
import type { KubeObject } from "../../kube/objects.ts";

export const orderlyChange: Check<Observation> = {
  id: "L1.4",
  title: "Changes go member by member",
  question: "Does a change of configuration take down one member at a time, and leave somebody who serves?",
  why: "a setting is changed more often than a version, and each change restarts every member",
  judge: (observation) =>
    given(both(both(observation.sets, observation.budgets), liveGroups(observation)), ([[sets, budgets], groups]) =>
      judgeGroups(observation, { sets, budgets, groups }),
    ),
};

interface Seen {
  readonly sets: readonly KubeObject[];
  readonly budgets: readonly KubeObject[];
  readonly groups: readonly LiveGroup[];
}

function judgeGroups(observation: Observation, { sets, budgets, groups }: Seen): Finding {
  if (groups.length === 0) return unknown("a StatefulSet or pod that belongs to it", "nothing runs that could change");
  const strategies = sets.map((set) =>
    read(set, "spec.updateStrategy.type", textField(field(set["spec"], "updateStrategy"), "type") || undefined),
  );
  const single = groups.filter(({ members }) => members < 2);
  if (single.length > 0) {
    const evidence = [
      ...single.map((group) => counted(`statefulset.apps/${group.set}`, "members", group.members)),
      ...strategies,
    ];
    const fix = remedy(observation, {
      dbop: "scale NAME --replicas 3",
      operator: "more than one replica in the custom resource",
    });
    return warn("a single member is gone while it restarts", evidence, fix);
  }
  const wide = groups.filter(
    (group) =>
      !budgetsOf(group, budgets).some(
        (budget) =>
          allowance(budget, group.members) <= 1 || allowance(budget, group.members) <= group.members - group.needed,
      ),
  );
  const evidence = [...strategies, ...groups.flatMap((group) => budgetsOf(group, budgets).map(readBudget))];
  if (wide.length === 0) return pass("members restart one after the other, and others serve meanwhile", evidence);
  const fix = remedy(observation, {
    dbop: "reconcile NAME",
    operator: "a PodDisruptionBudget with maxUnavailable 1 for its pods",
  });
  const bare = wide.map((group) =>
    counted(
      `statefulset.apps/${group.set}`,
      "PodDisruptionBudgets that select its pods",
      budgetsOf(group, budgets).length,
    ),
  );
  return fail("nothing keeps a drain from taking a member while another restarts", [...bare, ...evidence], fix);
}
