import { selectorLabels } from "../../../resources/labels.ts";
import { owner } from "../names.ts";
import type { EtcdSpec } from "../spec.ts";

/** Where members may run: apart from each other if possible, or always, as the spec says. */
export function scheduling(spec: EtcdSpec): object {
  const { antiAffinity, topologyKey, nodeSelector, tolerations, priorityClassName } = spec.scheduling;
  const apart = { labelSelector: { matchLabels: selectorLabels(owner(spec)) }, topologyKey };
  const rules = {
    preferred: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: apart }] },
    required: { requiredDuringSchedulingIgnoredDuringExecution: [apart] },
    none: undefined,
  }[antiAffinity];
  return {
    ...(rules === undefined ? {} : { affinity: { podAntiAffinity: rules } }),
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(tolerations === undefined ? {} : { tolerations }),
    ...(priorityClassName === undefined ? {} : { priorityClassName }),
  };
}
