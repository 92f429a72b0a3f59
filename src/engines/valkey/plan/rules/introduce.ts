/** Nodes that don't know each other, or know each other at addresses of the past (engines.md §4.1): they are told. */
import { podName } from "../../names.ts";
import type { NodeSeen, ValkeySeen } from "../../seen.ts";
import { knows, spokesman } from "../facts.ts";
import { act, waitFor, type Rule } from "../rule.ts";

/**
 * Node ids outlive addresses, so that a cluster whose pods all came back elsewhere is whole again once one node has met every other. No data is
 * touched by it.
 */
export const introduceNodes: Rule = ({ spec, seen }) => {
  const via = spokesman(seen);
  if (via === undefined) return undefined;
  const strangers = seen.nodes.filter((node) => node !== via && !(knows(via, node) && knows(node, via)));
  const unmet = strangers.filter((node) => !isBeingMet(via, node));
  if (unmet.length > 0) {
    const names = unmet.map((node) => podName(spec, node.place)).join(", ");
    return act({
      kind: "command",
      id: `meet/${names}`,
      title: `Introduce ${names} to ${podName(spec, via.place)}`,
      why: "it does not know where they are, or they don't know where it is",
      command: { name: "meet", via: via.place, ips: unmet.map((node) => node.ip) },
    });
  }
  return strangers.length === 0 ? waitForGossip(seen) : waitFor("all nodes have met", "they are shaking hands");
};

function isBeingMet(via: NodeSeen, node: NodeSeen): boolean {
  return via.peers.some((peer) => peer.state === "handshake" && peer.ip === node.ip);
}

/** Each tells the others whom it knows. */
function waitForGossip(seen: ValkeySeen): ReturnType<Rule> {
  const unaware = seen.nodes.some((node) => seen.nodes.some((other) => other !== node && !knows(node, other)));
  return unaware ? waitFor("all nodes know each other", "those that have met tell each other of the rest") : undefined;
}
