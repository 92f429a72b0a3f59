/** StatefulSet, ConfigMap and the other objects of the cluster: what is there, whether it is ours, and whether it is as wished. */
import { describeObject, types, type KubeObject } from "../../../kube/objects.ts";
import { field, listField, numberField, textField } from "../../../kube/fields.ts";
import { contains } from "../../../resources/drift.ts";
import { isOurs, selectorText } from "../../../resources/labels.ts";
import { changeablePart, claimSizeOf, updateRevision } from "../../../resources/live-set.ts";
import type { Reader } from "../../engine.ts";
import {
  budgetName,
  clientServiceName,
  configMapName,
  container,
  memberServiceName,
  owner,
  statefulSetName,
} from "../names.ts";
import {
  clusterIdAnnotation,
  files,
  modesAnnotation,
  replacedByAnnotation,
  restartsAnnotation,
  versionAnnotation,
} from "../resources/config-map.ts";
import { clientService, disruptionBudget, memberService, minAvailable } from "../resources/services.ts";
import { statefulSet } from "../resources/stateful-set.ts";
import type { ConfigSeen, Membership, StatefulSetSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";
import { votersToProtect } from "./voters.ts";

export interface Children {
  readonly statefulSet: KubeObject | undefined;
  readonly configMap: KubeObject | undefined;
  readonly memberService: KubeObject | undefined;
  readonly clientService: KubeObject | undefined;
  readonly budget: KubeObject | undefined;
}

/** One list for the Services; one that is not among ours is asked for by name, since it may be somebody else's. */
export async function readChildren(read: Reader, spec: EtcdSpec): Promise<Children> {
  const { namespace } = spec;
  const [set, config, services, budget] = await Promise.all([
    read.get({ type: types.statefulSet, namespace, name: statefulSetName(spec) }),
    read.get({ type: types.configMap, namespace, name: configMapName(spec) }),
    read.list(types.service, { namespace, labelSelector: selectorText(owner(spec)) }),
    read.get({ type: types.podDisruptionBudget, namespace, name: budgetName(spec) }),
  ]);
  const service = (name: string): Promise<KubeObject | undefined> => {
    const ours = services.items.find((item) => item.metadata.name === name);
    return ours === undefined ? read.get({ type: types.service, namespace, name }) : Promise.resolve(ours);
  };
  const [members, clients] = await Promise.all([service(memberServiceName(spec)), service(clientServiceName(spec))]);
  return { statefulSet: set, configMap: config, memberService: members, clientService: clients, budget };
}

export function foreignObjects(spec: EtcdSpec, children: Children): readonly string[] {
  return [
    children.statefulSet,
    children.configMap,
    children.memberService,
    children.clientService,
    children.budget,
  ].flatMap((object) => (object === undefined || isOurs(owner(spec), object) ? [] : [describeObject(object)]));
}

/** A disruption budget that protects too many is mended when no more members are to leave: with each one it would change again. */
export function driftedObjects(spec: EtcdSpec, children: Children, membership: Membership): readonly string[] {
  const voters = votersToProtect(spec, membership);
  const protects = numberField(children.budget?.["spec"], "minAvailable");
  const leaving = voters > spec.replicas && protects >= minAvailable(voters);
  const budget = disruptionBudget(spec, voters);
  const pairs: readonly (readonly [KubeObject | undefined, KubeObject])[] = [
    [children.memberService, memberService(spec)],
    [children.clientService, clientService(spec)],
    [children.budget, leaving ? { ...budget, spec: {} } : budget],
  ];
  return pairs.filter(([live, wished]) => !contains(live, wished)).map(([, wished]) => describeObject(wished));
}

export function statefulSetSeen(spec: EtcdSpec, set: KubeObject): StatefulSetSeen {
  const replicas = numberField(set["spec"], "replicas");
  return {
    uid: set.metadata.uid ?? "",
    replicas,
    observed: updateRevision(set) !== undefined,
    current: contains(set, changeablePart(statefulSet(spec, replicas))),
    claimSize: claimSizeOf(set),
    version: markedVersion(set),
    image: imageOf(set),
  };
}

export function clusterIdOf(map: KubeObject): string | undefined {
  return map.metadata.annotations?.[clusterIdAnnotation];
}

/** The version an object of ours is made for; undefined when it bears no mark. */
export function markedVersion(object: KubeObject | undefined): string | undefined {
  return object?.metadata.annotations?.[versionAnnotation];
}

/** The image of its members; empty when it has no container of ours. */
export function imageOf(set: KubeObject): string {
  const containers = listField(field(field(set["spec"], "template"), "spec"), "containers");
  return textField(
    containers.find((one) => textField(one, "name") === container),
    "image",
  );
}

export function configSeen(spec: EtcdSpec, map: KubeObject): ConfigSeen {
  const modes = parseOrdinals(map.metadata.annotations?.[modesAnnotation]);
  return {
    clusterId: clusterIdOf(map),
    modes,
    restarts: parseOrdinals(map.metadata.annotations?.[restartsAnnotation]),
    version: markedVersion(map),
    replacedBy: map.metadata.annotations?.[replacedByAnnotation],
    current: contains(map["data"], files(spec, modes)),
  };
}

/** A map from ordinals to texts, as an annotation holds it. */
export function parseOrdinals(text: string | undefined): Readonly<Record<number, string>> {
  const entries = Object.entries(parseObject(text)).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return Object.fromEntries(entries.map(([ordinal, mode]) => [Number(ordinal), mode]));
}

function parseObject(text: string | undefined): object {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {}; // Somebody edited it by hand: nothing is known, so it is written again.
  }
}
