import { selectorLabels } from "../../../resources/labels.ts";
import { owner } from "../names.ts";
import type { PodSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";

/**
 * Where a Job may run that uses a member's volume: where members may, so that a volume that is made for it will do for them; and on the node of
 * the member that has it mounted, if there is one, since only there can it be mounted once more.
 */
export function besideMember(spec: EtcdSpec, pod: Pick<PodSeen, "name"> | undefined): object {
  const labelSelector = { matchLabels: { "statefulset.kubernetes.io/pod-name": pod?.name } };
  const same = [{ labelSelector, topologyKey: "kubernetes.io/hostname" }];
  return {
    ...placement(spec),
    ...(pod === undefined
      ? {}
      : { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: same } } }),
  };
}

/** Where members may run: apart from each other if possible, or always, as the spec says. */
export function scheduling(spec: EtcdSpec): object {
  const { antiAffinity, topologyKey } = spec.scheduling;
  const apart = { labelSelector: { matchLabels: selectorLabels(owner(spec)) }, topologyKey };
  const rules = {
    preferred: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: apart }] },
    required: { requiredDuringSchedulingIgnoredDuringExecution: [apart] },
    none: undefined,
  }[antiAffinity];
  return { ...(rules === undefined ? {} : { affinity: { podAntiAffinity: rules } }), ...placement(spec) };
}

function placement({ scheduling: { nodeSelector, tolerations, priorityClassName } }: EtcdSpec): object {
  return {
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(tolerations === undefined ? {} : { tolerations }),
    ...(priorityClassName === undefined ? {} : { priorityClassName }),
  };
}
