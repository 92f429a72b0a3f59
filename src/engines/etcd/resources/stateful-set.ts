/** The StatefulSet of the members: parallel, so that a whole cluster can start at once; OnDelete, so that only we decide who restarts when. */
import type { KubeObject } from "../../../kube/objects.ts";
import { claimTemplate } from "../../../resources/claim-template.ts";
import { clusterUidLabel, ownedMeta, selectorLabels } from "../../../resources/labels.ts";
import { restrictedContainer, restrictedPod } from "../../../resources/restricted.ts";
import { scheduling } from "../../../resources/scheduling.ts";
import { clientPort, container, memberServiceName, metricsPort, owner, peerPort, statefulSetName } from "../names.ts";
import type { EtcdSpec } from "../spec.ts";
import { settingsHash, versionAnnotation } from "./config-map.ts";
import { volumeMounts, volumes } from "./volumes.ts";

/** @param claimSize of the claim template, which can't be changed in place: that of the StatefulSet that is there; default the wished one. */
export function statefulSet(spec: EtcdSpec, replicas: number, claimSize = spec.storage.size): KubeObject {
  const selector = selectorLabels(owner(spec));
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: {
      ...ownedMeta(owner(spec), statefulSetName(spec)),
      annotations: { [versionAnnotation]: spec.version },
    },
    spec: {
      replicas,
      serviceName: memberServiceName(spec),
      podManagementPolicy: "Parallel",
      updateStrategy: { type: "OnDelete" },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: selector, annotations: { "dbop.dev/settings-hash": settingsHash(spec) } },
        spec: podSpec(spec),
      },
      volumeClaimTemplates: [
        claimTemplate({
          labels: { ...selector, [clusterUidLabel]: spec.uid },
          size: claimSize,
          className: spec.storage.className,
        }),
      ],
    },
  };
}

function podSpec(spec: EtcdSpec): object {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 30,
    securityContext: restrictedPod,
    ...scheduling(spec.scheduling, selectorLabels(owner(spec))),
    containers: [etcdContainer(spec)],
    volumes: volumes(spec),
  };
}

function etcdContainer(spec: EtcdSpec): object {
  return {
    name: container,
    image: spec.image,
    imagePullPolicy: "IfNotPresent",
    command: ["etcd", "--config-file=/etc/etcd/members/$(POD_NAME).yaml"],
    env: [{ name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
    ports: [
      { name: "client", containerPort: clientPort, protocol: "TCP" },
      { name: "peer", containerPort: peerPort, protocol: "TCP" },
      { name: "metrics", containerPort: metricsPort, protocol: "TCP" },
    ],
    ...probes(),
    resources: {
      requests: { cpu: spec.resources.cpu, memory: spec.resources.memoryRequest },
      limits: { memory: spec.resources.memoryLimit },
    },
    securityContext: restrictedContainer,
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: volumeMounts(spec),
  };
}

/**
 * `/livez` asks the member itself and never the quorum, so that losing the quorum restarts nobody; `/readyz` asks the quorum, so
 * that clients are sent only where they can be served. A restart cures little in etcd and a defragmentation blocks for minutes:
 * liveness waits five. Startup allows ten for a large database to load.
 */
function probes(): object {
  const get = (path: string): object => ({ path, port: "metrics", scheme: "HTTP" });
  return {
    startupProbe: { httpGet: get("/livez"), periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 600 },
    livenessProbe: { httpGet: get("/livez"), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 30 },
    readinessProbe: { httpGet: get("/readyz"), periodSeconds: 1, timeoutSeconds: 3, failureThreshold: 3 },
  };
}
