/** What was kept of an earlier database and may be taken over. Pure. */
import type { ClaimSeen, EtcdSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";

/** Claims with our names that were not made for this DatabaseCluster. */
export function claimsToAdopt(spec: EtcdSpec, seen: EtcdSeen): readonly ClaimSeen[] {
  return seen.claims.filter((claim) => !claim.ours && claim.ordinal < spec.replicas);
}

/** The command that takes them over at `version`, its other flags as they were given before: no other verb has --adopt. */
export function adopting({ name, namespace }: EtcdSpec, version: string): string {
  return `kubectl dbop install ${name} -n ${namespace} … --version ${version} --adopt`;
}
