/** What each command does to a simulated cluster; `killed`: as much as was done when whoever asked for it ended. */
import type { ValkeyCommand } from "../../../src/engines/valkey/commands.ts";
import { countSlots, lowest, parseSlots, union, without, type Slots } from "../../../src/engines/valkey/slots.ts";
import type { SimulatedCluster } from "./simulated-cluster.ts";
import type { SimulatedNode } from "./simulated-node.ts";

type Command<Name> = Extract<ValkeyCommand, { readonly name: Name }>;

/** Those that no node takes part in. */
export type Apart = Extract<
  ValkeyCommand,
  { readonly name: "makePassword" | "issueCertificate" | "rotateAuthority" | "tellRestoreFailed" }
>;

export function isApart(command: ValkeyCommand): command is Apart {
  return ["makePassword", "issueCertificate", "rotateAuthority", "tellRestoreFailed"].includes(command.name);
}

export function runCommand(cluster: SimulatedCluster, command: Exclude<ValkeyCommand, Apart>, killed: boolean): void {
  switch (command.name) {
    case "makeFirstClaims":
      for (const shard of killed ? command.shards.slice(0, 1) : command.shards)
        cluster.makeClaim({ shard, ordinal: 0 });
      return;
    case "dealSlots":
      deal(cluster, command);
      return;
    case "meet": {
      const node = cluster.nodeAt(command.via);
      if (node !== undefined) node.meets = killed ? command.ips.slice(0, 1) : command.ips;
      return;
    }
    case "replicate": {
      const node = cluster.nodeAt(command.place);
      if (node?.slots.length === 0 && node.known.has(command.primaryId)) node.follow(command.primaryId);
      return;
    }
    case "failover":
      takeOver(cluster, command);
      return;
    case "takeover": {
      const heir = cluster.nodeAt(command.to);
      const lost = heir?.known.get(heir.primaryId ?? "");
      if (heir !== undefined && lost !== undefined) heir.lead(lost.slots, cluster.nextEpoch());
      return;
    }
    case "forget":
      for (const place of killed ? command.via.slice(1) : command.via)
        for (const id of command.ids) forget(cluster, cluster.nodeAt(place), id);
      return;
    case "migrateSlots": {
      const from = cluster.nodeAt(command.from);
      if (from !== undefined) cluster.migrations = [{ from: from.id, to: command.toId, slots: command.ranges }];
      return;
    }
    case "reshardSlots":
      reshard(cluster, command, killed);
      return;
    case "finishOpenSlots":
      finish(cluster);
  }
}

function deal(cluster: SimulatedCluster, { to, slots, epoch }: Command<"dealSlots">): void {
  const node = cluster.nodeAt(to);
  if (node === undefined) return;
  const taken = union(node.slots, ...[...node.known.values()].map((peer) => peer.slots));
  if (countSlots(without(slots, taken)) < countSlots(slots)) return;
  if (node.known.size === 0) node.epoch = epoch;
  node.slots = union(node.slots, slots);
  // From here on clients may write to it; what was written before the backup it has, or has not.
  if (cluster.restore === undefined) node.holds = union(node.holds, slots);
}

function takeOver(cluster: SimulatedCluster, { to }: Command<"failover">): void {
  const heir = cluster.nodeAt(to);
  const primary = cluster.nodeOf(heir?.primaryId);
  if (heir?.role !== "replica" || primary === undefined || !heir.linked) return;
  heir.lead(primary.slots, cluster.nextEpoch());
  primary.follow(heir.id);
}

const banTicks = 12;

export function forget(cluster: SimulatedCluster, node: SimulatedNode | undefined, id: string): void {
  if (node === undefined || node.primaryId === id) return;
  node.known.delete(id);
  node.banned.set(id, cluster.clock + banTicks);
}

/** One slot after the other; whoever is killed leaves one that is neither here nor there. */
function reshard(cluster: SimulatedCluster, { from, toId, count }: Command<"reshardSlots">, killed: boolean): void {
  const [source, target] = [cluster.nodeAt(from), cluster.nodeOf(toId)];
  if (source === undefined || target === undefined) return;
  const done = lowest(source.slots, killed ? Math.floor(cluster.random() * count) : count);
  hand(cluster, { source, target }, done);
  const [next] = killed ? lowest(source.slots, 1) : [];
  if (next === undefined) return;
  source.open = [{ slot: next.from, direction: "to", nodeId: target.id }];
  target.open = [{ slot: next.from, direction: "from", nodeId: source.id }];
}

function finish(cluster: SimulatedCluster): void {
  for (const { node } of cluster.running()) {
    for (const { slot, direction, nodeId } of node.open) {
      const target = cluster.nodeOf(nodeId);
      if (direction === "to" && target !== undefined)
        hand(cluster, { source: node, target }, parseSlots([String(slot)]));
    }
    node.open = [];
  }
}

interface Pair {
  readonly source: SimulatedNode;
  readonly target: SimulatedNode;
}

function hand(cluster: SimulatedCluster, { source, target }: Pair, slots: Slots): void {
  const owned = slots.length > 0 && countSlots(lowest(source.slots, 1)) > 0;
  if (!owned || source.role !== "primary" || target.role !== "primary") return;
  source.give(slots);
  target.take(slots, cluster.nextEpoch());
  cluster.tellReplicas();
}
