import type { KubeObject } from "../../../kube/objects.ts";
import { ownedMeta, selectorLabels } from "../../../resources/labels.ts";
import { busPort, clientPort, clientServiceName, nodeServiceName, owner, shardName } from "../names.ts";
import type { ValkeySpec } from "../spec.ts";
import { shardLabels, withShard } from "./stateful-set.ts";

const port = (name: string, number: number): object => ({ name, port: number, protocol: "TCP", targetPort: number });

/** Headless, and publishing nodes that are not ready: they must be found before any of them can be (engines.md §0.3). */
export function nodeService(spec: ValkeySpec): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: ownedMeta(owner(spec), nodeServiceName(spec)),
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: selectorLabels(owner(spec)),
      ports: [port("client", clientPort), port("bus", busPort)],
    },
  };
}

/** Where clients begin: any node tells them of all others. */
export function clientService(spec: ValkeySpec): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: ownedMeta(owner(spec), clientServiceName(spec)),
    spec: { type: "ClusterIP", selector: selectorLabels(owner(spec)), ports: [port("client", clientPort)] },
  };
}

/** Of a shard: one node at a time. A pod that is broken anyway may always go. */
export function disruptionBudget(spec: ValkeySpec, shard: number): KubeObject {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: withShard(ownedMeta(owner(spec), shardName(spec, shard)), shard),
    spec: {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: "AlwaysAllow",
      selector: { matchLabels: shardLabels(spec, shard) },
    },
  };
}
