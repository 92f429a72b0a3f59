/** What Valkey tells of a database for the checks that every engine shares. Pure. */
import type { OperandFacts } from "../../../checks/engine-facts.ts";
import type { Guard, Verdict } from "../../../plan/step.ts";
import type { Looked } from "../../engine.ts";
import { configMapName, podName, shardName } from "../names.ts";
import { coveredSlots, disagreement, isCaughtUp, isCovered, wishedPlaces } from "../plan/facts.ts";
import type { ValkeySeen } from "../seen.ts";
import { compareServers, whyUnreadable } from "../server.ts";
import { slotCount } from "../slots.ts";
import type { ValkeySpec } from "../spec.ts";
import { newestVersions } from "../versions.ts";

export type ValkeyLooked = Looked<ValkeySpec, ValkeySeen>;

export function operandOf({ spec, seen }: ValkeyLooked): OperandFacts {
  return {
    nextVersion: nextVersion(spec, seen),
    gates: gates(spec, seen),
    groups: seen.shards.map(({ shard, replicas }) => ({
      set: shardName(spec, shard),
      members: replicas,
      needed: 1,
      votes: false,
    })),
    failover:
      spec.replicas < 2
        ? "none: a shard has no replica"
        : "a replica of the shard takes over, elected by the primaries",
    configuration: [
      { object: `configmap/${configMapName(spec)}`, field: "data", inForce: seen.config?.current === true },
      ...seen.pods.map(({ name, outdated }) => ({
        object: `pod/${name}`,
        field: "metadata.labels[controller-revision-hash]",
        inForce: !outdated,
      })),
    ],
    health: health(spec, seen),
  };
}

/** The newest Valkey that reads what the oldest node has written; a late Redis has no way there. */
function nextVersion(spec: ValkeySpec, seen: ValkeySeen): string | undefined {
  const running = seen.nodes.map(({ server }) => server).toSorted(compareServers)[0] ?? spec.server;
  return newestVersions
    .map((version) => ({ flavour: "valkey", version }) as const)
    .filter((next) => compareServers(next, running) > 0 && whyUnreadable(running, next) === undefined)
    .at(-1)?.version;
}

function gates(spec: ValkeySpec, seen: ValkeySeen): readonly Verdict[] {
  const silent = wishedPlaces(spec).length - seen.nodes.length;
  const behind = seen.nodes.filter((node) => node.role === "replica" && !isCaughtUp(seen, node));
  const moving = seen.nodes.filter((node) => node.open.length + node.migrating > 0);
  const rows: readonly (readonly [is: boolean, guard: Guard, message: string, observed: string])[] = [
    [silent > 0, "healthy-before-change", "every node must answer first", `${String(silent)} nodes do not answer`],
    [
      !isCovered(seen),
      "healthy-before-change",
      "every slot must have an owner that answers",
      `${String(coveredSlots(seen))} of ${String(slotCount)} have one`,
    ],
    [
      behind.length > 0,
      "lag-within-bound",
      "replicas must have caught up",
      behind.map(({ place }) => podName(spec, place)).join(", "),
    ],
    [
      moving.length > 0,
      "one-change-in-flight",
      "slots are on their way",
      moving.map(({ place }) => podName(spec, place)).join(", "),
    ],
  ];
  return rows.flatMap(([is, guard, message, observed]) => (is ? [{ guard, message, observed }] : []));
}

function health(spec: ValkeySpec, seen: ValkeySeen): OperandFacts["health"] {
  const all = seen.nodes.length > 0 && seen.nodes.length >= seen.pods.length;
  const told = (answer: string): string | undefined => (all ? answer : undefined);
  const replicas = seen.nodes.filter(({ role }) => role === "replica");
  return [
    { name: "slots that have an owner", answer: told(String(coveredSlots(seen))) },
    { name: "what nodes think of each other", answer: told(disagreement(spec, seen) ?? "all of one mind") },
    {
      name: "replicas, and those that have caught up",
      answer: told(`${String(replicas.length)}, ${String(replicas.filter((node) => isCaughtUp(seen, node)).length)}`),
    },
    {
      name: "bytes in memory of the fullest node",
      answer: told(String(Math.max(0, ...seen.nodes.map(({ usedBytes }) => usedBytes)))),
    },
  ];
}
