import { allObjects } from "../all-objects.ts";
import { identityOf, members } from "../facts.ts";
import { sameModes, wishedModes } from "../modes.ts";
import { act, waitFor, type Rule, type Situation } from "../rule.ts";

/**
 * Services, disruption budget, configuration and StatefulSet as wished. The number of members is not decided here: an existing
 * StatefulSet keeps its replicas, a missing one gets those the cluster was last known to have.
 */
export const ensureObjects: Rule = (situation) => {
  const { spec, seen } = situation;
  const outdated = [
    ...seen.drifted,
    ...(configCurrent(situation) ? [] : ["configmap"]),
    ...(seen.statefulSet?.current === true ? [] : ["statefulset.apps"]),
  ];
  if (outdated.length === 0) return undefined;
  const inherited = seen.statefulSet === undefined ? seen.pods.find((pod) => pod.setUid !== undefined) : undefined;
  // When such a pod ends its controller tells a new set of the same name nothing: that would never replace it.
  if (inherited !== undefined)
    return waitFor(`${inherited.name} is gone`, "its StatefulSet was deleted, and it goes too");
  return act({
    kind: "apply",
    id: "objects/apply",
    title: "Apply Services, disruption budget, configuration and StatefulSet",
    why: `missing or not as wished: ${outdated.join(", ")}`,
    objects: allObjects(spec, seen),
  });
};

function configCurrent({ spec, seen }: Situation): boolean {
  const { config } = seen;
  if (config === undefined || !config.current || config.clusterId !== identityOf(spec, seen)) return false;
  return betweenSizes(seen) || sameModes(config.modes, wishedModes(spec, seen));
}

/** While a member comes or goes, the step that starts or stops its pod writes its start mode too. */
function betweenSizes(seen: Situation["seen"]): boolean {
  return seen.membership.known && seen.statefulSet !== undefined && seen.statefulSet.replicas !== members(seen).length;
}
