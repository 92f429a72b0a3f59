/** Where the pods of a database may run. Pure. */
import type { SchedulingSpec } from "../api/database-cluster.ts";

/** Apart from all that bear `labels`, if possible or always, as the spec says. */
export function scheduling(spec: SchedulingSpec, labels: Readonly<Record<string, string>>): object {
  const { antiAffinity, topologyKey } = spec;
  const apart = { labelSelector: { matchLabels: labels }, topologyKey };
  const rules = {
    preferred: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: apart }] },
    required: { requiredDuringSchedulingIgnoredDuringExecution: [apart] },
    none: undefined,
  }[antiAffinity];
  return { ...(rules === undefined ? {} : { affinity: { podAntiAffinity: rules } }), ...placement(spec) };
}

export function placement({ nodeSelector, tolerations, priorityClassName }: SchedulingSpec): object {
  return {
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(tolerations === undefined ? {} : { tolerations }),
    ...(priorityClassName === undefined ? {} : { priorityClassName }),
  };
}
