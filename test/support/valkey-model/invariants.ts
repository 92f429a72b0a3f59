/** What must hold of a simulated cluster at every moment, whatever is being done to it. */
import { countSlots, union, without, type Slots } from "../../../src/engines/valkey/slots.ts";
import type { SimulatedCluster } from "./simulated-cluster.ts";

/** Slots of which some volume holds everything that was written. */
export function heldSlots(cluster: SimulatedCluster): Slots {
  return union(...[...cluster.claims.values()].flatMap(({ node }) => (node === undefined ? [] : [node.holds])));
}

/** Who owns a slot has what was written to it: undefined where that is so. */
export function lossIn(cluster: SimulatedCluster): string | undefined {
  const empty = cluster
    .running()
    .find(({ node }) => node.role === "primary" && countSlots(without(node.slots, node.holds)) > 0);
  return empty && `${empty.node.id} owns slots and has not what was written to them`;
}
