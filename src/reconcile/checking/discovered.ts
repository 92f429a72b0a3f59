/** Kinds that a cluster has only when somebody installed them: asked for when discovery shows their group. */
import type { Objects, Read } from "../../checks/observation.ts";
import { both } from "../../checks/verdicts.ts";
import { listField, textField } from "../../kube/fields.ts";
import type { ResourceType } from "../../kube/objects.ts";
import { listing, notServed, reading } from "./reading.ts";
import type { Reads } from "./shared-reads.ts";

const namespaced = (apiVersion: string, kind: string): ResourceType => ({
  apiVersion,
  kind,
  plural: `${kind.toLowerCase()}s`,
  namespaced: true,
});

/** Prometheus Operator, autoscaler, OLM: the versions that their present releases serve. */
export const optional = {
  serviceMonitor: namespaced("monitoring.coreos.com/v1", "ServiceMonitor"),
  podMonitor: namespaced("monitoring.coreos.com/v1", "PodMonitor"),
  prometheusRule: namespaced("monitoring.coreos.com/v1", "PrometheusRule"),
  verticalPodAutoscaler: namespaced("autoscaling.k8s.io/v1", "VerticalPodAutoscaler"),
  clusterServiceVersion: namespaced("operators.coreos.com/v1alpha1", "ClusterServiceVersion"),
} as const satisfies Record<string, ResourceType>;

/** Group versions, such as `monitoring.coreos.com/v1`. */
export function servedGroups({ raw }: Pick<Reads, "raw">): Promise<Read<ReadonlySet<string>>> {
  return reading("the right to get /apis (ClusterRole system:discovery)", async () => {
    const groups = listField(await raw("/apis"), "groups");
    const versions = groups.flatMap((group) => listField(group, "versions"));
    return new Set(versions.map((version) => textField(version, "groupVersion")));
  });
}

export interface Wanted {
  readonly reads: Reads;
  readonly groups: Read<ReadonlySet<string>>;
  readonly namespace: string;
}

export function listIfServed({ reads, groups, namespace }: Wanted, type: ResourceType): Promise<Objects> {
  if (groups.state !== "read") return Promise.resolve(groups);
  if (!groups.value.has(type.apiVersion)) return Promise.resolve(notServed(`${type.kind} of ${type.apiVersion}`));
  return listing(reads, type, { namespace });
}

export async function listMonitors(wanted: Wanted): Promise<Objects> {
  const [services, pods] = await Promise.all([
    listIfServed(wanted, optional.serviceMonitor),
    listIfServed(wanted, optional.podMonitor),
  ]);
  const all = both(services, pods);
  return all.state === "read" ? { state: "read", value: all.value.flat() } : all;
}
