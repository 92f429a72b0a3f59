/** The StatefulSet of one shard. OnDelete, so that only we decide who restarts when. */
import type { KubeObject } from "../../../kube/objects.ts";
import { claimTemplate } from "../../../resources/claim-template.ts";
import { clusterUidLabel, ownedMeta, selectorLabels } from "../../../resources/labels.ts";
import { restrictedContainer, restrictedPod } from "../../../resources/restricted.ts";
import { scheduling } from "../../../resources/scheduling.ts";
import { authDirectory, cliFlags, dataDirectory } from "../config/render.ts";
import {
  authSecretName,
  busPort,
  clientPort,
  configMapName,
  container,
  nodeServiceName,
  owner,
  shardLabel,
  shardName,
} from "../names.ts";
import type { ValkeySpec } from "../spec.ts";
import { configDirectory, configPath, settingsHash } from "./config-map.ts";
import { tlsVolumes } from "./tls-volumes.ts";

export interface ShardWish {
  readonly shard: number;
  readonly replicas: number;
  /** Of the claim template, which can't be changed in place: that of the StatefulSet that is there; default the wished one. */
  readonly claimSize?: string | undefined;
}

export function statefulSet(spec: ValkeySpec, { shard, replicas, claimSize }: ShardWish): KubeObject {
  const selector = shardLabels(spec, shard);
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: withShard(ownedMeta(owner(spec), shardName(spec, shard)), shard),
    spec: {
      replicas,
      serviceName: nodeServiceName(spec),
      podManagementPolicy: "Parallel",
      updateStrategy: { type: "OnDelete" },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      selector: { matchLabels: selector },
      template: {
        metadata: {
          labels: selector,
          // Nodes read their certificate when they start: another makes them restart, one after the other.
          annotations: {
            "dbop.dev/settings-hash": settingsHash(spec),
            ...(spec.tls.mode === "disabled" ? {} : { "dbop.dev/certificate": spec.certificate }),
          },
        },
        spec: podSpec(spec, selector),
      },
      volumeClaimTemplates: [
        claimTemplate({
          labels: { ...selector, [clusterUidLabel]: spec.uid },
          size: claimSize ?? spec.storage.size,
          className: spec.storage.className,
        }),
      ],
    },
  };
}

export function shardLabels(spec: ValkeySpec, shard: number): Readonly<Record<string, string>> {
  return { ...selectorLabels(owner(spec)), [shardLabel]: String(shard) };
}

export function withShard(meta: KubeObject["metadata"], shard: number): KubeObject["metadata"] {
  return { ...meta, labels: { ...meta.labels, [shardLabel]: String(shard) } };
}

function podSpec(spec: ValkeySpec, selector: Readonly<Record<string, string>>): object {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 60,
    securityContext: restrictedPod,
    ...scheduling(spec.scheduling, selector),
    containers: [valkeyContainer(spec)],
    volumes: [
      { name: "config", configMap: { name: configMapName(spec), defaultMode: 0o444 } },
      { name: "auth", secret: { secretName: authSecretName(spec), defaultMode: 0o440 } },
      ...tlsVolumes(spec).map(({ volume }) => volume),
    ],
  };
}

/**
 * A node tells the others its address of today, and the name it will have tomorrow. The password is in the environment because that is where
 * valkey-cli and redis-cli look for it: no command line ever holds it.
 */
function valkeyContainer(spec: ValkeySpec): object {
  const host = `$(POD_NAME).${nodeServiceName(spec)}.${spec.namespace}.svc`;
  const password = { secretKeyRef: { name: authSecretName(spec), key: "password" } };
  const own = (fieldPath: string): object => ({ fieldRef: { apiVersion: "v1", fieldPath } });
  return {
    name: container,
    image: spec.image,
    imagePullPolicy: "IfNotPresent",
    command: [
      `${spec.server.flavour}-server`,
      configPath,
      ...["--cluster-announce-ip", "$(POD_IP)"],
      ...["--cluster-announce-hostname", host],
    ],
    env: [
      { name: "POD_NAME", valueFrom: own("metadata.name") },
      { name: "POD_IP", valueFrom: own("status.podIP") },
      { name: "VALKEYCLI_AUTH", valueFrom: password },
      { name: "REDISCLI_AUTH", valueFrom: password },
    ],
    ports: [
      { name: "client", containerPort: clientPort, protocol: "TCP" },
      { name: "bus", containerPort: busPort, protocol: "TCP" },
    ],
    ...probes(spec),
    resources: {
      requests: { cpu: spec.resources.cpu, memory: spec.resources.memoryRequest },
      limits: { memory: spec.resources.memoryLimit },
    },
    securityContext: restrictedContainer,
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: [
      { name: "data", mountPath: dataDirectory },
      { name: "config", mountPath: configDirectory, readOnly: true },
      { name: "auth", mountPath: authDirectory, readOnly: true },
      ...tlsVolumes(spec).map(({ mount }) => mount),
    ],
  };
}

/**
 * A node that loads its data or has lost its primary accepts connections: it lives. Ready is one that answers PING, which it does not while it loads.
 * Whether the cluster is in order is not asked: no node would ever be ready to form one (engines.md §4.1). To ask is to start a process in the
 * container, which costs more than the answer: hence not every second.
 */
function probes(spec: ValkeySpec): object {
  const accepts = { tcpSocket: { port: "client" } };
  const ping = ["timeout", "2", `${spec.server.flavour}-cli`, ...cliFlags(spec), "-e", "PING"];
  const answers = { exec: { command: ping } };
  return {
    startupProbe: { ...accepts, periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 600 },
    livenessProbe: { ...accepts, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 30 },
    readinessProbe: { ...answers, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3 },
  };
}
