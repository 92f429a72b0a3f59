import type { Membership } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";

/** How many voters the disruption budget protects: while members are being added or removed, whichever size is larger. */
export function votersToProtect(spec: EtcdSpec, membership: Membership): number {
  const voters = membership.known ? membership.members.filter((member) => !member.learner).length : 0;
  return Math.max(spec.replicas, voters);
}
