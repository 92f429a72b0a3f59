/** Whether what is kept has room in memory. */
import { parseQuantity } from "../../../api/quantity.ts";
import type { Check } from "../../../checks/finding.ts";
import { counted, fail, pass, unknown, warn } from "../../../checks/verdicts.ts";
import { podName } from "../names.ts";
import type { NodeSeen } from "../seen.ts";
import type { ValkeySpec } from "../spec.ts";
import type { ValkeyLooked } from "./operand.ts";

/** The part of maxmemory from which on somebody should look. */
const wantsLooking = 0.8;
/** The part of the container's limit that data may take: a copy on write while it saves, and buffers, need the rest (Valkey, "Memory optimization"). */
const mayTake = 0.85;

export const memory: Check<ValkeyLooked> = {
  id: "L3.valkey.memory",
  title: "Room in memory",
  question: "Is there room below maxmemory, and between that and what the container may use?",
  why: "at maxmemory writes are refused or keys are evicted; above the container's limit the kernel ends the node",
  judge: ({ spec, seen }) => {
    if (seen.nodes.length === 0) return unknown("an answer of a node to INFO memory", "no node answers");
    const limit = parseQuantity(spec.resources.memoryLimit) ?? 0;
    const evidence = [
      counted(`databasecluster.dbop.dev/${spec.name}`, "limit of memory of a node", spec.resources.memoryLimit),
      ...seen.nodes.map(({ place, usedBytes, maxBytes }) =>
        counted(
          `pod/${podName(spec, place)}`,
          "INFO memory: used_memory, maxmemory",
          `${String(usedBytes)}, ${String(maxBytes)}`,
        ),
      ),
    ];
    const more = `kubectl dbop scale ${spec.name} -n ${spec.namespace} --memory SIZE`;
    const unbounded = seen.nodes.filter(({ maxBytes }) => maxBytes === 0 || maxBytes > limit * mayTake);
    if (unbounded.length > 0)
      return fail(
        `${namesOf(spec, unbounded)}: maxmemory leaves no room below the limit of the container`,
        evidence,
        "leave spec.config[maxmemory] out: three quarters of the limit are taken then",
      );
    const full = seen.nodes.filter(({ usedBytes, maxBytes }) => usedBytes >= maxBytes);
    if (full.length > 0) return fail(`${namesOf(spec, full)}: maxmemory is reached`, evidence, more);
    const high = seen.nodes.filter(({ usedBytes, maxBytes }) => usedBytes > maxBytes * wantsLooking);
    if (high.length > 0)
      return warn(
        `${namesOf(spec, high)}: more than ${String(wantsLooking * 100)} % of maxmemory is used`,
        evidence,
        more,
      );
    return pass("there is room", evidence);
  },
};

function namesOf(spec: ValkeySpec, nodes: readonly NodeSeen[]): string {
  return nodes.map(({ place }) => podName(spec, place)).join(", ");
}
