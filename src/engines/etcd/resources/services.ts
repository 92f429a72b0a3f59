import type { KubeObject } from "../../../kube/objects.ts";
import { ownedMeta, selectorLabels } from "../../../resources/labels.ts";
import {
  budgetName,
  clientPort,
  clientServiceName,
  memberServiceName,
  metricsPort,
  owner,
  peerPort,
} from "../names.ts";
import type { EtcdSpec } from "../spec.ts";

const port = (name: string, number: number): object => ({ name, port: number, protocol: "TCP", targetPort: number });

/** Headless, and publishing members that are not ready: they must find each other before any of them can be (engines.md §0.3). */
export function memberService(spec: EtcdSpec): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: ownedMeta(owner(spec), memberServiceName(spec)),
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: selectorLabels(owner(spec)),
      ports: [port("client", clientPort), port("peer", peerPort), port("metrics", metricsPort)],
    },
  };
}

/** What clients connect to: ready members only. */
export function clientService(spec: EtcdSpec): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: ownedMeta(owner(spec), clientServiceName(spec)),
    spec: { type: "ClusterIP", selector: selectorLabels(owner(spec)), ports: [port("client", clientPort)] },
  };
}

/** A quorum; but a single member has none to break, and with 1 its node could never be drained. */
export function minAvailable(voters: number): number {
  return voters === 1 ? 0 : Math.floor(voters / 2) + 1;
}

/**
 * Keeps evictions by others from breaking the quorum of `voters`. A pod that is broken anyway may always go.
 */
export function disruptionBudget(spec: EtcdSpec, voters: number): KubeObject {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: ownedMeta(owner(spec), budgetName(spec)),
    spec: {
      minAvailable: minAvailable(voters),
      unhealthyPodEvictionPolicy: "AlwaysAllow",
      selector: { matchLabels: selectorLabels(owner(spec)) },
    },
  };
}
