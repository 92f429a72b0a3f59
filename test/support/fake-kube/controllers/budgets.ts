/** The status of PodDisruptionBudgets. */
import { at, numberOf } from "../json.ts";
import { selects } from "../selectors.ts";
import { budgetType, podType } from "../types.ts";
import type { World } from "../world.ts";
import { isReady, isTerminating, refTo } from "./owners.ts";

export function tendBudgets({ server }: World): void {
  for (const budget of server.store.list(budgetType)) {
    if (isTerminating(budget)) continue;
    const pods = server.store
      .list(podType, budget.metadata.namespace)
      .filter((pod) => selects(at(budget["spec"], "selector"), pod.metadata.labels ?? {}));
    const healthy = pods.filter((pod) => isReady(pod) && !isTerminating(pod)).length;
    const least = numberOf(at(budget["spec"], "minAvailable"));
    const most = numberOf(at(budget["spec"], "maxUnavailable")) ?? 0;
    const desired = Math.max(0, least ?? pods.length - most);
    server.edit(refTo(budget, budgetType), (draft) => {
      draft["status"] = {
        observedGeneration: budget.metadata.generation,
        expectedPods: pods.length,
        currentHealthy: healthy,
        desiredHealthy: desired,
        disruptionsAllowed: Math.max(0, healthy - desired),
      };
    });
  }
}
