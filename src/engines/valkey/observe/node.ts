/** What one node says of itself and of the others, read out of its answers. Pure. */
import { placeOf, type Place } from "../names.ts";
import type { Server } from "../server.ts";
import type { NodeSeen, OpenSlot, PeerSeen, PeerState, Role } from "../seen.ts";
import { parseSlots } from "../slots.ts";
import type { ValkeySpec } from "../spec.ts";

/** In this order. Valkey before 9.0 and Redis do not know the last one, and say so: they move nothing in that way. */
export const questions: readonly string[] = [
  "CLUSTER NODES",
  "CLUSTER INFO",
  "INFO server memory persistence replication",
  "DBSIZE",
  "CLUSTER GETSLOTMIGRATIONS",
];

/** Undefined when the answers are not those of a cluster's node: it is still starting, or refuses. */
export function readNode(
  spec: ValkeySpec,
  where: Pick<NodeSeen, "place" | "ip">,
  answers: readonly string[],
): NodeSeen | undefined {
  const [nodesText = "", clusterText = "", infoText = "", keysText = "", migrationsText = ""] = answers;
  const lines = nodesText.split("\n").flatMap((line) => readLine(spec, line) ?? []);
  const self = lines.find((line) => line.myself);
  if (self === undefined || !/^\d+$/u.test(keysText)) return undefined;
  const info = pairs(infoText);
  const migrations = readMigrations(migrationsText);
  return {
    ...where,
    id: self.peer.id,
    server: serverIn(info),
    role: self.peer.role,
    primaryId: self.peer.primaryId,
    linked: info.get("master_link_status") === "up",
    offset: numberIn(info, "master_repl_offset"),
    loading: info.get("loading") === "1",
    keys: Number(keysText),
    usedBytes: numberIn(info, "used_memory"),
    maxBytes: numberIn(info, "maxmemory"),
    slots: self.peer.slots,
    open: self.open,
    ...migrations,
    clusterOk: pairs(clusterText).get("cluster_state") === "ok",
    peers: lines.filter((line) => !line.myself).map((line) => line.peer),
  };
}

/** Valkey says which Redis it is compatible with, too: its own version counts first (engines.md §4.3). */
function serverIn(info: ReadonlyMap<string, string>): Server {
  const version = info.get("valkey_version");
  return version === undefined
    ? { flavour: "redis", version: info.get("redis_version") ?? "" }
    : { flavour: "valkey", version };
}

interface Line {
  readonly myself: boolean;
  readonly peer: PeerSeen;
  readonly open: readonly OpenSlot[];
}

/** `ID IP:PORT@BUS[,HOST[,…]] FLAGS PRIMARY|- PING PONG EPOCH LINK [SLOT…]` (CLUSTER NODES). */
function readLine(spec: ValkeySpec, line: string): Line | undefined {
  const [id = "", address = "", flagText = "", primary = "", , , epoch = "", , ...rest] = line.trim().split(" ");
  if (!/^[0-9a-f]{40}$/u.test(id)) return undefined;
  const flags = flagText.split(",");
  const [endpoint = "", host = ""] = address.split(",");
  const owned = rest.filter((word) => !word.startsWith("["));
  return {
    myself: flags.includes("myself"),
    peer: {
      id,
      ip: endpoint.slice(0, Math.max(0, endpoint.lastIndexOf(":"))),
      place: placeOfHost(spec, host),
      role: roleOf(flags),
      primaryId: primary === "-" ? undefined : primary,
      state: stateOf(flags),
      slots: parseSlots(owned),
      epoch: Number(epoch),
    },
    open: rest.flatMap((word) => readOpenSlot(word) ?? []),
  };
}

function placeOfHost(spec: ValkeySpec, host: string): Place | undefined {
  return placeOf(spec, host.split(".")[0] ?? "");
}

function roleOf(flags: readonly string[]): Role {
  return flags.includes("slave") || flags.includes("replica") ? "replica" : "primary";
}

/** What says most comes first: a node may bear several. */
const states: readonly (readonly [string, PeerState])[] = [
  ["handshake", "handshake"],
  ["noaddr", "without-address"],
  ["fail", "failed"],
  ["fail?", "suspected"],
];

function stateOf(flags: readonly string[]): PeerState {
  return states.find(([flag]) => flags.includes(flag))?.[1] ?? "well";
}

/** `[77->-ID]` is given to, `[93-<-ID]` is taken from. */
function readOpenSlot(word: string): OpenSlot | undefined {
  const match = /^\[(\d+)-([<>])-([0-9a-f]{40})\]$/u.exec(word);
  if (match === null) return undefined;
  return { slot: Number(match[1]), direction: match[2] === ">" ? "to" : "from", nodeId: match[3] ?? "" };
}

/** `name:value`, a line each. */
function pairs(text: string): ReadonlyMap<string, string> {
  const entries = text.split("\n").map((line): [string, string] => {
    const [name = "", ...value] = line.trim().split(":");
    return [name, value.join(":")];
  });
  return new Map(entries);
}

function numberIn(info: ReadonlyMap<string, string>, name: string): number {
  return Number(info.get(name) ?? 0);
}

const ended: ReadonlySet<string> = new Set(["success", "failed", "cancelled", "canceled"]);

/** Names and values by turns, newest request first. */
function readMigrations(text: string): Pick<NodeSeen, "migrating" | "migrationFailed"> {
  const lines = text.split("\n");
  const valuesOf = (name: string): readonly string[] =>
    lines.flatMap((line, index) => (line === name ? [(lines[index + 1] ?? "").trim()] : []));
  const statesSeen = valuesOf("state");
  const failed = statesSeen[0] === "failed" ? (valuesOf("message")[0] ?? "") : undefined;
  return {
    migrating: statesSeen.filter((state) => !ended.has(state)).length,
    migrationFailed: failed === "" ? "it does not say why" : failed,
  };
}
