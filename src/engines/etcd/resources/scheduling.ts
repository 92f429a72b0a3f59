import { placement } from "../../../resources/scheduling.ts";
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
    ...placement(spec.scheduling),
    ...(pod === undefined
      ? {}
      : { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: same } } }),
  };
}
