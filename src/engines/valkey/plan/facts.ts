/** What an observation means: small questions that the rules ask. Pure. */
import { podName, samePlace, type Place } from "../names.ts";
import type { ClaimSeen, NodeSeen, PeerSeen, PodSeen, ValkeySeen } from "../seen.ts";
import { countSlots, evenSpread, slotCount, slotsText, union, without, type Slots } from "../slots.ts";
import type { ValkeySpec } from "../spec.ts";

export function nodeAt(seen: ValkeySeen, place: Place): NodeSeen | undefined {
  return seen.nodes.find((node) => samePlace(node.place, place));
}

export function nodeOf(seen: ValkeySeen, id: string | undefined): NodeSeen | undefined {
  return seen.nodes.find((node) => node.id === id);
}

export function podAt(seen: ValkeySeen, place: Place): PodSeen | undefined {
  return seen.pods.find((pod) => samePlace(pod.place, place));
}

export function claimAt(seen: ValkeySeen, place: Place): ClaimSeen | undefined {
  return seen.claims.find((claim) => samePlace(claim.place, place));
}

export function shardAt(seen: ValkeySeen, shard: number): ValkeySeen["shards"][number] | undefined {
  return seen.shards.find((one) => one.shard === shard);
}

/** Every place of the shards 0 to `shards` - 1, first all of one shard. */
export function wishedPlaces({ shards, replicas }: Pick<ValkeySpec, "shards" | "replicas">): readonly Place[] {
  return numbers(shards).flatMap((shard) => numbers(replicas).map((ordinal) => ({ shard, ordinal })));
}

export function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/**
 * Recorded once the cluster has formed: in the DatabaseCluster's status, the ConfigMap, or a claim. One that is not ours counts too: that it is taken over
 * has been asked for, or nothing would be planned.
 */
export function identityOf(
  spec: ValkeySpec,
  { config, claims }: Pick<ValkeySeen, "config" | "claims">,
): string | undefined {
  const recorded = claims.find((claim) => claim.clusterId !== undefined)?.clusterId;
  return spec.identity ?? config?.clusterId ?? recorded;
}

/** The claim that is filled where a cluster is made from a backup. */
export function firstClaimOf({ claims }: Pick<ValkeySeen, "claims">, shard: number): ClaimSeen | undefined {
  return claims.find((claim) => samePlace(claim.place, { shard, ordinal: 0 }));
}

/** Every shard's data is on the claim of its first node: what is then seen of nodes is made from it. */
export function isFilled({ shards }: Pick<ValkeySpec, "shards">, seen: Pick<ValkeySeen, "claims">): boolean {
  return numbers(shards).every((shard) => firstClaimOf(seen, shard)?.restored !== undefined);
}

/** What a shard begins with: what its backup had, else its share. */
export function firstSlots({ shards }: Pick<ValkeySpec, "shards">, seen: ValkeySeen, shard: number): Slots {
  const share = evenSpread(shards)[shard];
  return firstClaimOf(seen, shard)?.restored?.slots ?? (share === undefined ? [] : [share]);
}

/** Slots that a shard is to begin with, and that nobody has yet. */
export function undealtSlots(spec: ValkeySpec, seen: ValkeySeen, shard: number): Slots {
  return without(firstSlots(spec, seen, shard), union(...seen.nodes.map((node) => node.slots)));
}

/** Shards with a node that owns slots in anybody's eyes, and of which a claim is recorded to hold it: whether wished or not, they must run. */
export function owningShards(seen: ValkeySeen): readonly number[] {
  const owners = new Set(
    seen.nodes.flatMap((node) => node.peers.flatMap((peer) => (peer.slots.length > 0 ? [peer.id] : []))),
  );
  return seen.claims.filter((claim) => owners.has(claim.nodeId ?? "")).map((claim) => claim.place.shard);
}

/** Has never been part of anything: no keys, no slots, and nobody that it knows. */
export function isPristine(node: NodeSeen): boolean {
  return (
    node.keys === 0 && node.slots.length === 0 && node.role === "primary" && node.peers.every((peer) => isNew(peer))
  );
}

function isNew(peer: PeerSeen): boolean {
  return peer.state === "handshake";
}

/** The node of a shard that owns its slots; of a shard without any, the one that the others follow, or the first. */
export function primaryOf(seen: ValkeySeen, shard: number): NodeSeen | undefined {
  const primaries = seen.nodes.filter((node) => node.place.shard === shard && node.role === "primary");
  const followers = (node: NodeSeen): number => seen.nodes.filter((one) => one.primaryId === node.id).length;
  const ranked = primaries.toSorted(
    (a, b) =>
      countSlots(b.slots) - countSlots(a.slots) || followers(b) - followers(a) || a.place.ordinal - b.place.ordinal,
  );
  return lostPrimary(seen, shard) === undefined || (ranked[0]?.slots.length ?? 0) > 0 ? ranked[0] : undefined;
}

/** One that owned slots of this shard, does not answer, and whose slots no node that answers owns. */
function lostPrimary(seen: ValkeySeen, shard: number): PeerSeen | undefined {
  return lostOwners(seen).find((peer) => shardOfPeer(seen, peer) === shard);
}

/**
 * As others know them: nodes that do not answer, with the slots that are theirs and that nobody who answers owns. Some may not have heard yet who took
 * over from whom: the higher epoch tells.
 */
export function lostOwners(seen: ValkeySeen): readonly PeerSeen[] {
  const told = seen.nodes.flatMap((node) => node.peers).filter((peer) => nodeOf(seen, peer.id) === undefined);
  const lost = new Map<string, PeerSeen>();
  let taken = union(...seen.nodes.map((node) => node.slots));
  for (const peer of told.toSorted((a, b) => b.epoch - a.epoch)) {
    const slots = without(peer.slots, taken);
    if (slots.length === 0) continue;
    lost.set(peer.id, { ...peer, slots: union(lost.get(peer.id)?.slots ?? [], slots) });
    taken = union(taken, slots);
  }
  return [...lost.values()];
}

/** Where a node that does not answer belongs: what its claim says counts, then what it announced. */
export function placeOfPeer(seen: ValkeySeen, peer: PeerSeen): Place | undefined {
  return seen.claims.find((claim) => claim.nodeId === peer.id)?.place ?? peer.place;
}

function shardOfPeer(seen: ValkeySeen, peer: PeerSeen): number | undefined {
  return placeOfPeer(seen, peer)?.shard;
}

/** All slots that some node which answers owns. */
export function coveredSlots(seen: ValkeySeen): number {
  return countSlots(union(...seen.nodes.map((node) => node.slots)));
}

/** The slots of each shard there is, by its primary. */
export function holdings(seen: ValkeySeen): readonly { readonly shard: number; readonly slots: Slots }[] {
  const shards = [...new Set(seen.nodes.map((node) => node.place.shard))].toSorted((a, b) => a - b);
  return shards.map((shard) => ({ shard, slots: primaryOf(seen, shard)?.slots ?? [] }));
}

/** Ask this one: it knows most of the cluster. */
export function spokesman(seen: ValkeySeen): NodeSeen | undefined {
  const known = (node: NodeSeen): number => node.peers.filter((peer) => !isNew(peer)).length;
  return seen.nodes.toSorted(
    (a, b) => known(b) - known(a) || Number(b.slots.length > 0) - Number(a.slots.length > 0),
  )[0];
}

/** `a` knows `b` under its id, and where it is now. */
export function knows(a: NodeSeen, b: NodeSeen): boolean {
  const peer = a.peers.find((one) => one.id === b.id);
  return peer !== undefined && peer.ip === b.ip && peer.state !== "without-address" && peer.state !== "handshake";
}

/** All that answer know each other, and are of one mind about who owns what; undefined when they are, else a word on who differs. */
export function disagreement(spec: ValkeySpec, seen: ValkeySeen): string | undefined {
  for (const node of seen.nodes) {
    const stranger = seen.nodes.find((other) => other !== node && !knows(node, other));
    const name = podName(spec, node.place);
    if (stranger !== undefined) return `${name} does not know ${podName(spec, stranger.place)} yet`;
    const other = seen.nodes.find((one) => one !== node && seesOtherwise(node, one));
    if (other !== undefined) return `${name} has not heard yet what ${podName(spec, other.place)} is`;
  }
  return undefined;
}

/** `node` knows something else of `other` than it says of itself. */
function seesOtherwise(node: NodeSeen, other: NodeSeen): boolean {
  const peer = node.peers.find((one) => one.id === other.id);
  if (peer === undefined) return true;
  return (
    peer.role !== other.role ||
    peer.primaryId !== other.primaryId ||
    slotsText(peer.slots) !== slotsText(other.slots) ||
    peer.state === "failed" ||
    peer.state === "suspected"
  );
}

/** Up to a mebibyte of the replication stream behind is caught up: a coordinated failover waits for the rest. */
const tolerableLag = 1024 * 1024;

export function isCaughtUp(seen: ValkeySeen, replica: NodeSeen): boolean {
  const primary = nodeOf(seen, replica.primaryId);
  return (
    replica.role === "replica" &&
    replica.linked &&
    !replica.loading &&
    primary !== undefined &&
    primary.offset - replica.offset <= tolerableLag
  );
}

/** Whether every slot has an owner that answers. */
export function isCovered(seen: ValkeySeen): boolean {
  return coveredSlots(seen) === slotCount;
}
