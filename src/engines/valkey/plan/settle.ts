/** The best that can come of waiting: controllers have caught up, every node that can answer does, and all have heard of each other. Pure. */
import { podName, samePlace, byPlace, type Place } from "../names.ts";
import type { ClaimSeen, NodeSeen, PeerSeen, PodSeen, ValkeySeen } from "../seen.ts";
import type { ValkeySpec } from "../spec.ts";
import { evenSpread } from "../slots.ts";
import { freshClaim, settledSeed } from "./expect-seed.ts";
import { isCovered, lostOwners, numbers } from "./facts.ts";

export function settle(spec: ValkeySpec, seen: ValkeySeen): ValkeySeen {
  const places = seen.shards.flatMap(({ shard, replicas }) => numbers(replicas).map((ordinal) => ({ shard, ordinal })));
  const pods = places.map((place) => settledPod(spec, seen, place));
  const claims = settledClaims(spec, seen, places);
  const nodes = caughtUp(places.map((place) => settledNode(spec, { ...seen, claims }, place)));
  const covered = withHeirs({ ...seen, pods, claims, nodes });
  return withGossip({
    ...covered,
    seed: settledSeed(spec, seen.seed),
    shards: seen.shards.map((set) => ({ ...set, observed: true })),
    nodes: covered.nodes.map((node) => ({ ...node, clusterOk: isCovered(covered) })),
  });
}

function settledPod(spec: ValkeySpec, seen: ValkeySeen, place: Place): PodSeen {
  const before = seen.pods.find((pod) => samePlace(pod.place, place) && !pod.terminating);
  const name = podName(spec, place);
  return {
    place,
    name,
    uid: before?.uid ?? `new-${name}`,
    ip: before === undefined || before.ip === "" ? `ip-of-${name}` : before.ip,
    terminating: false,
    running: true,
    ready: true,
    outdated: before?.outdated ?? false,
    waiting: undefined,
  };
}

function settledClaims(spec: ValkeySpec, seen: ValkeySeen, places: readonly Place[]): readonly ClaimSeen[] {
  const kept = seen.claims
    .filter((claim) => !claim.terminating)
    .map((claim) => ({ ...claim, capacityBytes: claim.requestedBytes, restartToResize: false }));
  const missing = places.filter((place) => !kept.some((claim) => samePlace(claim.place, place)));
  return [...kept, ...missing.map((place) => freshClaim(spec, place))].toSorted(byPlace);
}

function settledNode(spec: ValkeySpec, seen: ValkeySeen, place: Place): NodeSeen {
  const here = seen.nodes.find((node) => samePlace(node.place, place));
  if (here !== undefined) return { ...here, linked: here.role === "replica", loading: false, migrating: 0 };
  const pod = seen.pods.find((one) => samePlace(one.place, place) && !one.terminating);
  const ip = pod?.ip ?? `ip-of-${podName(spec, place)}`;
  const keys = seen.claims.find((claim) => samePlace(claim.place, place))?.restored?.keys ?? 0;
  return { ...newNode, keys, server: spec.server, place, ip, ...rememberedAt(spec, seen, place) };
}

/** Replicas have received all that their primaries have sent. */
function caughtUp(nodes: readonly NodeSeen[]): readonly NodeSeen[] {
  return nodes.map((node) => ({
    ...node,
    offset: nodes.find(({ id }) => id === node.primaryId)?.offset ?? node.offset,
  }));
}

type Remembered = Pick<NodeSeen, "id" | "role" | "primaryId" | "linked" | "slots"> & Partial<Pick<NodeSeen, "peers">>;

/** One that comes back is what others know it as; one whose claim records nobody is new. */
function rememberedAt(spec: ValkeySpec, seen: ValkeySeen, place: Place): Remembered {
  const recorded = seen.claims.find((claim) => samePlace(claim.place, place))?.nodeId;
  if (recorded !== undefined && seen.nodes.length === 0) return recordedAt(spec, seen, { place, id: recorded });
  const id = recorded ?? `new-${podName(spec, place)}`;
  const known = seen.nodes.flatMap((node) => node.peers).find((peer) => peer.id === id);
  if (known === undefined) return { id, role: "primary", primaryId: undefined, linked: false, slots: [] };
  const { role, primaryId, slots } = known;
  return { id, role, primaryId, linked: role === "replica", slots };
}

/** Where no node answers yet that could tell: taken to be what a cluster is like that has just formed. */
function recordedAt(
  spec: ValkeySpec,
  seen: ValkeySeen,
  { place, id }: { readonly place: Place; readonly id: string },
): Remembered {
  const others = seen.claims.filter((claim) => claim.nodeId !== undefined && claim.nodeId !== id);
  const peers = others.map((claim) => strangerAt(claim.place, claim.nodeId ?? ""));
  const range = evenSpread(spec.shards)[place.shard];
  if (place.ordinal === 0) {
    const slots = range === undefined ? [] : [range];
    return { id, role: "primary", primaryId: undefined, linked: false, slots, peers };
  }
  const primaryId = others.find((claim) => claim.place.shard === place.shard && claim.place.ordinal === 0)?.nodeId;
  return { id, role: "replica", primaryId, linked: true, slots: [], peers };
}

function strangerAt(place: Place, id: string): PeerSeen {
  return { id, ip: "", place, role: "primary", primaryId: undefined, state: "suspected", slots: [], epoch: 0 };
}

const newNode = {
  offset: 0,
  loading: false,
  keys: 0,
  usedBytes: 0,
  maxBytes: 0,
  open: [],
  migrating: 0,
  migrationFailed: undefined,
  clusterOk: false,
  peers: [],
} as const;

/** A replica of an owner that does not come back takes its slots over. */
function withHeirs(seen: ValkeySeen): ValkeySeen {
  return lostOwners(seen).reduce((before, lost) => {
    const heir = before.nodes.find((node) => node.primaryId === lost.id);
    if (heir === undefined) return before;
    return {
      ...before,
      nodes: before.nodes.map((node) => {
        if (node === heir) return { ...node, role: "primary" as const, primaryId: undefined, slots: lost.slots };
        return node.primaryId === lost.id ? { ...node, primaryId: heir.id } : node;
      }),
    };
  }, seen);
}

/** Everybody whom anybody has met knows everybody else as they are; those that have gone are remembered as they were, without slots. */
function withGossip(seen: ValkeySeen): ValkeySeen {
  const met = (node: NodeSeen): boolean =>
    node.peers.length > 0 ||
    seen.nodes.some((other) => other.peers.some((peer) => peer.id === node.id || peer.ip === node.ip));
  const within = seen.nodes.filter(met);
  const gone = new Map(
    within
      .flatMap((node) => node.peers)
      .filter((peer) => peer.state !== "handshake" && !within.some((node) => node.id === peer.id))
      .map((peer) => [peer.id, { ...peer, state: "failed" as const, slots: peer.slots }]),
  );
  const remembered = [...gone.values()].map((peer) => ({ ...peer, slots: isTaken(within, peer) ? [] : peer.slots }));
  return {
    ...seen,
    nodes: seen.nodes.map((node) =>
      within.includes(node)
        ? { ...node, peers: [...within.filter((other) => other !== node).map(asPeer), ...remembered] }
        : node,
    ),
  };
}

function isTaken(nodes: readonly NodeSeen[], { slots }: PeerSeen): boolean {
  const [first] = slots;
  return (
    first !== undefined &&
    nodes.some((node) => node.slots.some(({ from, to }) => from <= first.from && first.from <= to))
  );
}

function asPeer({ id, ip, place, role, primaryId, slots }: NodeSeen): PeerSeen {
  return { id, ip, place, role, primaryId, state: "well", slots, epoch: 0 };
}
