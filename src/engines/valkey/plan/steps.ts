/** Steps that several rules take and only Valkey has. */
import { podName } from "../names.ts";
import type { NodeSeen } from "../seen.ts";
import type { ValkeySpec } from "../spec.ts";
import type { ValkeyStep } from "./rule.ts";

/** Coordinated: the primary stops taking writes until the replica has all of them, and then gives way. Nothing is lost. */
export function failover(spec: ValkeySpec, to: NodeSeen, why: string): ValkeyStep {
  return {
    kind: "command",
    id: `failover/${podName(spec, to.place)}`,
    title: `Let ${podName(spec, to.place)} take over as primary`,
    why,
    command: { name: "failover", to: to.place },
  };
}
