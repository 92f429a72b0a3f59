/** Fields of the built-in kinds this program writes, as far as strict field validation goes here: two levels deep. */
import { fieldsOf, isFields, listOf, at, type Draft } from "./json.ts";

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

const podSpec = words(
  "activeDeadlineSeconds affinity automountServiceAccountToken containers dnsConfig dnsPolicy enableServiceLinks ephemeralContainers hostAliases hostIPC hostNetwork hostPID hostUsers hostname imagePullSecrets initContainers nodeName nodeSelector os overhead preemptionPolicy priority priorityClassName readinessGates resourceClaims resources restartPolicy runtimeClassName schedulerName schedulingGates securityContext serviceAccount serviceAccountName setHostnameAsFQDN shareProcessNamespace subdomain terminationGracePeriodSeconds tolerations topologySpreadConstraints volumes hostnameOverride",
);
const container = words(
  "args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports readinessProbe resizePolicy resources restartPolicy restartPolicyRules securityContext startupProbe stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir",
);
const specs: Readonly<Record<string, ReadonlySet<string>>> = {
  Pod: podSpec,
  StatefulSet: words(
    "minReadySeconds ordinals persistentVolumeClaimRetentionPolicy podManagementPolicy replicas revisionHistoryLimit selector serviceName template updateStrategy volumeClaimTemplates",
  ),
  Job: words(
    "activeDeadlineSeconds backoffLimit backoffLimitPerIndex completionMode completions managedBy manualSelector maxFailedIndexes parallelism podFailurePolicy podReplacementPolicy selector successPolicy suspend template ttlSecondsAfterFinished",
  ),
  PersistentVolumeClaim: words(
    "accessModes dataSource dataSourceRef resources selector storageClassName volumeAttributesClassName volumeMode volumeName",
  ),
  Service: words(
    "allocateLoadBalancerNodePorts clusterIP clusterIPs externalIPs externalName externalTrafficPolicy healthCheckNodePort internalTrafficPolicy ipFamilies ipFamilyPolicy loadBalancerClass loadBalancerIP loadBalancerSourceRanges ports publishNotReadyAddresses selector sessionAffinity sessionAffinityConfig trafficDistribution type",
  ),
  PodDisruptionBudget: words("maxUnavailable minAvailable selector unhealthyPodEvictionPolicy"),
  Lease: words("acquireTime holderIdentity leaseDurationSeconds leaseTransitions preferredHolder renewTime strategy"),
};
const tops: Readonly<Record<string, ReadonlySet<string>>> = {
  ConfigMap: words("data binaryData immutable"),
  Secret: words("data stringData type immutable"),
};
const general = words("apiVersion kind metadata spec status");
const metadata = words(
  "name generateName namespace uid resourceVersion generation creationTimestamp deletionTimestamp deletionGracePeriodSeconds labels annotations ownerReferences finalizers managedFields selfLink",
);

const beyond = (value: unknown, known: ReadonlySet<string> | undefined, path: string): string[] =>
  known === undefined
    ? []
    : Object.keys(fieldsOf(value))
        .filter((name) => !known.has(name))
        .map((name) => `${path}${name}`);

/** Paths of fields that the kind does not have. */
export function unknownBuiltInFields(object: Draft): string[] {
  const top = tops[object.kind];
  const known =
    top === undefined ? (specs[object.kind] === undefined ? undefined : general) : new Set([...general, ...top]);
  const template = ["StatefulSet", "Job"].includes(object.kind) ? at(object["spec"], "template", "spec") : undefined;
  const pods = object.kind === "Pod" ? object["spec"] : template;
  const path = object.kind === "Pod" ? "spec" : "spec.template.spec";
  return [
    ...beyond(object, known, ""),
    ...beyond(object.metadata, metadata, "metadata."),
    ...beyond(object["spec"], specs[object.kind], "spec."),
    ...(isFields(template) ? beyond(template, podSpec, `${path}.`) : []),
    ...["initContainers", "containers"].flatMap((field) =>
      listOf(at(pods, field)).flatMap((one, i) => beyond(one, container, `${path}.${field}[${i}].`)),
    ),
  ];
}
