import { configMap } from "../../resources/config-map.ts";
import { clientService, disruptionBudget, nodeService } from "../../resources/services.ts";
import { statefulSet } from "../../resources/stateful-set.ts";
import type { KubeObject } from "../../../../kube/objects.ts";
import { authSecretName, shardName } from "../../names.ts";
import type { ValkeySeen } from "../../seen.ts";
import type { ValkeySpec } from "../../spec.ts";
import { claimAt, identityOf, numbers, owningShards, shardAt } from "../facts.ts";
import { act, block, type Rule } from "../rule.ts";
import { raisedClaims } from "./version.ts";

/** Nodes that run ask for the password they started with: a new one would cut off whichever restarts, and every client. */
export const ensurePassword: Rule = ({ spec, seen }) => {
  if (seen.hasPassword) return undefined;
  const [pod] = seen.pods;
  if (pod !== undefined && identityOf(spec, seen) !== undefined)
    return block({
      guard: "password-there",
      message: `Secret ${authSecretName(spec)} is gone, and the nodes still ask for the password it held. Put it back: pods that run know it`,
      observed: `no Secret ${authSecretName(spec)}; ${pod.name} is there`,
      lift: `kubectl exec -n ${spec.namespace} ${pod.name} -- printenv VALKEYCLI_AUTH`,
    });
  return act({
    kind: "command",
    id: "password/make",
    title: "Make the Secret with the password",
    why: "there is none",
    command: { name: "makePassword" },
  });
};

/**
 * Services, disruption budgets, configuration and a StatefulSet a shard as wished. How many nodes a shard has is not decided here: one that
 * is there keeps its replicas.
 */
export const ensureObjects: Rule = ({ spec, seen }) => {
  const outdated = [
    ...seen.drifted,
    ...(seen.config?.current === true && seen.config.clusterId === identityOf(spec, seen) ? [] : ["configmap"]),
    ...shardsToRun(spec, seen)
      .filter((shard) => shardAt(seen, shard) === undefined)
      .map((shard) => `statefulset.apps/${shardName(spec, shard)}`),
    ...seen.shards.filter((set) => !set.current).map((set) => `statefulset.apps/${shardName(spec, set.shard)}`),
  ];
  if (outdated.length === 0) return undefined;
  return act({
    kind: "apply",
    id: "objects/apply",
    title: "Apply Services, disruption budgets, configuration and StatefulSets",
    why: `missing or not as wished: ${outdated.join(", ")}`,
    objects: allObjects(spec, seen),
  });
};

function shardsToRun(spec: ValkeySpec, seen: ValkeySeen): readonly number[] {
  const shards = new Set([...numbers(spec.shards), ...seen.shards.map((set) => set.shard), ...owningShards(seen)]);
  return [...shards].toSorted((a, b) => a - b);
}

function allObjects(spec: ValkeySpec, seen: ValkeySeen): readonly KubeObject[] {
  const sorted = shardsToRun(spec, seen);
  return [
    nodeService(spec),
    clientService(spec),
    ...sorted.map((shard) => disruptionBudget(spec, shard)),
    configMap(spec, identityOf(spec, seen)),
    ...raisedClaims(spec, seen),
    ...sorted.map((shard) => {
      const live = shardAt(seen, shard);
      const replicas = live?.replicas ?? lastKnownReplicas(spec, seen, shard);
      return statefulSet(spec, { shard, replicas, claimSize: live?.claimSize });
    }),
  ];
}

/** Of a shard whose StatefulSet is gone: as many as have recorded data. */
function lastKnownReplicas(spec: ValkeySpec, seen: ValkeySeen, shard: number): number {
  const recorded = seen.claims.filter(
    (claim) => claim.place.shard === shard && claimAt(seen, claim.place)?.nodeId !== undefined,
  );
  return Math.max(spec.replicas, ...recorded.map((claim) => claim.place.ordinal + 1));
}
