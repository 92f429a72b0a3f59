/** What a simulated node says on one line of valkey-cli's input, in the words of a real one. */
import { podName, type Place } from "../../../src/engines/valkey/names.ts";
import { countSlots, slotCount, slotsText, union, type SlotRange } from "../../../src/engines/valkey/slots.ts";
import { movesSlotsAtomically, type Server } from "../../../src/engines/valkey/server.ts";
import { forget, runCommand } from "./simulated-commands.ts";
import type { SimulatedCluster } from "./simulated-cluster.ts";
import type { Header, SimulatedNode } from "./simulated-node.ts";

export interface Asked {
  readonly cluster: SimulatedCluster;
  readonly spec: { readonly name: string };
  /** What runs there. */
  readonly server: Server;
}

/** Throws for what the product is not known to ask. */
export function answerTo(asked: Asked, place: Place, line: string): string {
  const node = asked.cluster.nodeAt(place);
  if (node === undefined) throw new Error(`no node runs at ${podName(asked.spec, place)}`);
  return question(asked, node, line) ?? change(asked, node, line.split(" ").slice(1));
}

function question(asked: Asked, node: SimulatedNode, line: string): string | undefined {
  switch (line) {
    case "CLUSTER NODES":
      return nodesText(asked, node);
    case "CLUSTER INFO":
      return `cluster_state:${isCovered(node) ? "ok" : "fail"}`;
    case "DBSIZE":
      return String(countSlots(node.holds));
    case "CLUSTER GETSLOTMIGRATIONS":
      return migrationsText(asked, node);
    default:
      return line.startsWith("INFO ") ? infoText(asked, node) : undefined;
  }
}

function nodesText({ cluster, spec }: Asked, node: SimulatedNode): string {
  const own = cluster.running().find((one) => one.node === node);
  const open = node.open.map(
    ({ slot, direction, nodeId }) => `[${String(slot)}-${direction === "to" ? ">" : "<"}-${nodeId}]`,
  );
  const lines = [
    lineOf(spec, node.header(own?.pod.ip ?? ""), { flags: ["myself"], more: open }),
    ...[...node.known.values()].map((peer) => lineOf(spec, peer, { flags: peer.silent ? ["fail?"] : [], more: [] })),
    ...node.meets.map((ip, index) => `${String(index).padStart(40, "e")} ${ip}:6379@16379 handshake - 0 0 0 connected`),
  ];
  return lines.join("\n");
}

function lineOf(
  spec: Asked["spec"],
  { id, place, ip, role, primaryId, slots, epoch }: Header,
  { flags, more }: { readonly flags: readonly string[]; readonly more: readonly string[] },
): string {
  const host = `${podName(spec, place)}.${spec.name}-nodes.shop.svc`;
  const all = [...flags, role === "primary" ? "master" : "slave"].join(",");
  const owned = role === "primary" && slots.length > 0 ? [slotsText(slots)] : [];
  return [
    id,
    `${ip}:6379@16379,${host}`,
    all,
    primaryId ?? "-",
    "0 0",
    String(epoch),
    "connected",
    ...owned,
    ...more,
  ].join(" ");
}

function isCovered(node: SimulatedNode): boolean {
  return countSlots(union(node.slots, ...[...node.known.values()].map((peer) => peer.slots))) === slotCount;
}

function infoText({ server: { flavour, version } }: Asked, node: SimulatedNode): string {
  const link = node.role === "replica" ? [`master_link_status:${node.linked ? "up" : "down"}`] : [];
  const offset = `master_repl_offset:${String(countSlots(node.holds))}`;
  const versions =
    flavour === "redis" ? [`redis_version:${version}`] : ["redis_version:7.2.4", `valkey_version:${version}`];
  return [...versions, "used_memory:1000000", "maxmemory:0", "loading:0", ...link, offset].join("\n");
}

function migrationsText({ cluster, server }: Asked, { id }: SimulatedNode): string {
  if (!movesSlotsAtomically(server)) return "ERR unknown subcommand 'GETSLOTMIGRATIONS'. Try CLUSTER HELP.";
  return cluster.migrations
    .filter(({ from, to }) => [from, to].includes(id))
    .map(() => "state\nsnapshotting")
    .join("\n");
}

function change({ cluster, server }: Asked, node: SimulatedNode, [verb = "", ...words]: readonly string[]): string {
  const { place } = node;
  switch (verb) {
    case "SET-CONFIG-EPOCH":
      if (node.epoch > 0 || node.known.size > 0) return "ERR Node config epoch is already non-zero";
      node.epoch = Number(words[0]);
      return "OK";
    case "ADDSLOTSRANGE": {
      const slots = rangesIn(words);
      if (slots.length === 0 || slots.some((range) => isOwned(node, range)))
        return `ERR Slot ${words[0] ?? ""} is already busy`;
      runCommand(cluster, { name: "dealSlots", to: place, slots, epoch: node.epoch }, false);
      return "OK";
    }
    case "MEET":
      node.meets = [...node.meets, words[0] ?? ""];
      return "OK";
    case "REPLICATE":
      if (!node.known.has(words[0] ?? "")) return `ERR Unknown node ${words[0] ?? ""}`;
      if (node.slots.length > 0 || node.holds.length > 0)
        return "ERR To set a master the node must be empty and without assigned slots.";
      runCommand(cluster, { name: "replicate", place, primaryId: words[0] ?? "" }, false);
      return "OK";
    case "FORGET":
      if (!node.known.has(words[0] ?? "")) return `ERR Unknown node ${words[0] ?? ""}`;
      if (node.primaryId === words[0]) return "ERR Can't forget my master!";
      forget(cluster, node, words[0] ?? "");
      return "OK";
    case "FAILOVER":
      if (node.role === "primary") return "ERR You should send CLUSTER FAILOVER to a replica";
      runCommand(cluster, { name: words[0] === "TAKEOVER" ? "takeover" : "failover", to: place }, false);
      return "OK";
    case "MIGRATESLOTS":
      if (!movesSlotsAtomically(server)) return "ERR unknown subcommand 'MIGRATESLOTS'. Try CLUSTER HELP.";
      runCommand(
        cluster,
        { name: "migrateSlots", from: place, ranges: rangesIn(words), toId: words.at(-1) ?? "" },
        false,
      );
      return "OK";
    default:
      throw new Error(`a node was asked for CLUSTER ${verb} ${words.join(" ")}`);
  }
}

function isOwned(node: SimulatedNode, { from }: SlotRange): boolean {
  const all = union(node.slots, ...[...node.known.values()].map((peer) => peer.slots));
  return all.some((range) => range.from <= from && from <= range.to);
}

/** Numbers by twos. */
function rangesIn(words: readonly string[]): readonly SlotRange[] {
  const numbers = words.filter((word) => /^\d{1,5}$/u.test(word)).map(Number);
  return numbers.flatMap((from, index) => (index % 2 === 0 ? [{ from, to: numbers[index + 1] ?? from }] : []));
}
