/** The Kubernetes objects of the cluster: what is there, whether it is ours, and whether it is as wished. */
import { describeObject, types, type KubeObject } from "../../../kube/objects.ts";
import { numberField } from "../../../kube/fields.ts";
import { contains } from "../../../resources/drift.ts";
import { isOurs, selectorText } from "../../../resources/labels.ts";
import { changeablePart, claimSizeOf, updateRevision } from "../../../resources/live-set.ts";
import type { Reader } from "../../engine.ts";
import {
  authSecretName,
  certificateSecretName,
  clientServiceName,
  configMapName,
  nodeServiceName,
  owner,
  shardName,
  shardOf,
  userSecrets,
} from "../names.ts";
import { clusterIdAnnotation, files } from "../resources/config-map.ts";
import { clientService, disruptionBudget, nodeService } from "../resources/services.ts";
import { statefulSet } from "../resources/stateful-set.ts";
import type { Secrets } from "./certificate.ts";
import type { ConfigSeen, ShardSeen } from "../seen.ts";
import type { ValkeySpec } from "../spec.ts";

export interface Children {
  readonly sets: readonly KubeObject[];
  readonly services: readonly KubeObject[];
  readonly budgets: readonly KubeObject[];
  readonly configMap: KubeObject | undefined;
  readonly password: KubeObject | undefined;
  /** Those with certificates, by name. */
  readonly certificates: Secrets;
}

/**
 * By name, whoever made them: of the shards that are wished, and of those that `others` tells of. One list for the Services; one that is not among ours
 * is asked for by name, since it may be somebody else's.
 */
export async function readChildren(read: Reader, spec: ValkeySpec, others: readonly number[]): Promise<Children> {
  const { namespace } = spec;
  const shards = [...new Set([...Array.from({ length: spec.shards }, (_, shard) => shard), ...others])];
  const ofShards = (type: KubeType): Promise<readonly KubeObject[]> =>
    existing(shards.map((shard) => read.get({ type, namespace, name: shardName(spec, shard) })));
  const [sets, budgets, services, configMap, password, certificates] = await Promise.all([
    ofShards(types.statefulSet),
    ofShards(types.podDisruptionBudget),
    readServices(read, spec),
    read.get({ type: types.configMap, namespace, name: configMapName(spec) }),
    read.get({ type: types.secret, namespace, name: authSecretName(spec) }),
    readCertificates(read, spec),
  ]);
  return { sets, services, budgets, configMap, password, certificates };
}

async function readCertificates(read: Reader, spec: ValkeySpec): Promise<Secrets> {
  if (spec.tls.mode === "disabled") return new Map();
  const names = new Set(Object.values(userSecrets(spec) ?? { own: certificateSecretName(spec) }));
  const secrets = await existing(
    [...names].map((name) => read.get({ type: types.secret, namespace: spec.namespace, name })),
  );
  return new Map(secrets.map((secret) => [secret.metadata.name, secret]));
}

async function readServices(read: Reader, spec: ValkeySpec): Promise<readonly KubeObject[]> {
  const { namespace } = spec;
  const { items } = await read.list(types.service, { namespace, labelSelector: selectorText(owner(spec)) });
  const unseen = [nodeServiceName(spec), clientServiceName(spec)].filter(
    (name) => !items.some((item) => item.metadata.name === name),
  );
  return [...items, ...(await existing(unseen.map((name) => read.get({ type: types.service, namespace, name }))))];
}

async function existing(asked: readonly Promise<KubeObject | undefined>[]): Promise<readonly KubeObject[]> {
  return (await Promise.all(asked)).filter((object) => object !== undefined);
}

type KubeType = (typeof types)[keyof typeof types];

export function foreignObjects(spec: ValkeySpec, children: Children): readonly string[] {
  const { sets, services, budgets, configMap } = children;
  return [...sets, ...services, ...budgets, ...(configMap === undefined ? [] : [configMap])]
    .filter((object) => !isOurs(owner(spec), object))
    .map(describeObject);
}

/** Services and disruption budgets as wished; a shard that is to go keeps its budget until then. */
export function driftedObjects(spec: ValkeySpec, { services, budgets }: Children): readonly string[] {
  const shards = Array.from({ length: spec.shards }, (_, shard) => disruptionBudget(spec, shard));
  const wished = [nodeService(spec), clientService(spec), ...shards];
  const live = new Map([...services, ...budgets].map((object) => [describeObject(object), object]));
  return wished.filter((object) => !contains(live.get(describeObject(object)), object)).map(describeObject);
}

export function shardsSeen(
  spec: ValkeySpec,
  { sets, budgets }: Pick<Children, "sets" | "budgets">,
): readonly ShardSeen[] {
  return sets
    .flatMap((set): readonly ShardSeen[] => {
      const shard = shardOf(spec, set.metadata.name);
      if (shard === undefined) return [];
      const replicas = numberField(set["spec"], "replicas");
      return [
        {
          shard,
          uid: set.metadata.uid ?? "",
          replicas,
          current: contains(set, changeablePart(statefulSet(spec, { shard, replicas }))),
          observed: updateRevision(set) !== undefined,
          claimSize: claimSizeOf(set),
          budgetUid: budgets.find(({ metadata }) => metadata.name === set.metadata.name)?.metadata.uid,
        },
      ];
    })
    .toSorted((a, b) => a.shard - b.shard);
}

export function configSeen(spec: ValkeySpec, map: KubeObject): ConfigSeen {
  return {
    clusterId: map.metadata.annotations?.[clusterIdAnnotation],
    current: contains(map["data"], files(spec)),
  };
}
