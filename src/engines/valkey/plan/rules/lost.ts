/** Primaries that do not answer, and nodes that never will (engines.md §4.5). Unreachable is not lost. */
import { podName, samePlace, shardName } from "../../names.ts";
import { statefulSet } from "../../resources/stateful-set.ts";
import type { ClaimSeen, NodeSeen, PeerSeen, ValkeySeen } from "../../seen.ts";
import type { ValkeySpec } from "../../spec.ts";
import { countSlots, slotCount, slotsText, union, without } from "../../slots.ts";
import { claimAt, identityOf, isCovered, lostOwners, nodeAt, nodeOf, numbers, placeOfPeer, shardAt } from "../facts.ts";
import { act, block, waitFor, type Decision, type Rule, type ValkeyStep } from "../rule.ts";

/**
 * Slots whose owner does not answer. Where its pod is to come back, or a replica to take over, that is waited for: the cluster itself decides which.
 * Where neither is left, the data is lost, and nobody but the user may say so.
 */
export const awaitOwners: Rule = ({ spec, seen }) => {
  if (identityOf(spec, seen) === undefined) return undefined;
  const [lost] = lostOwners(seen);
  if (lost !== undefined) return awaitOwner(spec, seen, lost);
  return isCovered(seen) ? undefined : awaitUnknownOwners(spec, seen);
};

function awaitOwner(spec: ValkeySpec, seen: ValkeySeen, lost: PeerSeen): Decision {
  const place = placeOfPeer(seen, lost);
  const name = place === undefined ? lost.id : podName(spec, place);
  const [heir] = seen.nodes.filter((node) => node.primaryId === lost.id).toSorted((a, b) => b.offset - a.offset);
  const mayComeBack = mayStillBe(seen, lost);
  const slots = slotsText(lost.slots);
  if (heir !== undefined && !mayComeBack && !canElect(seen))
    return awaitShard(spec, seen, heir) ?? act(takeover(spec, heir, name));
  if (heir !== undefined || mayComeBack) {
    const hope =
      heir === undefined
        ? "it has no replica, and is waited for"
        : "a replica takes over when a majority of primaries agrees";
    return waitFor(`slots ${slots} have an owner that answers`, `${name} does not answer; ${hope}`);
  }
  return block({
    guard: "data-lost",
    message: `the data of slots ${slots} is gone: ${name} owned them, its volume is lost, and no replica is left. Nothing is done by itself that would let the cluster go on without it`,
    observed: `node ${lost.id} answers nowhere, and no claim is recorded to hold it`,
  });
}

/**
 * Slots that nobody owns who answers. Nodes are asked one after the other, so that a slot on its way may seem to be nowhere: it is only lost when nobody
 * at all says of anybody that it owns it, and there is nobody left to ask.
 */
function awaitUnknownOwners(spec: ValkeySpec, seen: ValkeySeen): Decision {
  const told = union(...seen.nodes.flatMap((node) => [node.slots, ...node.peers.map((peer) => peer.slots)]));
  const silent = seen.shards.some((set) =>
    numbers(set.replicas).some((ordinal) => nodeAt(seen, { shard: set.shard, ordinal }) === undefined),
  );
  if (silent || countSlots(told) === slotCount)
    return waitFor("every slot has an owner", "nodes that may own the others do not answer yet");
  const emptied = seen.claims.find((claim) => isEmptied(seen, claim));
  const kept = seen.claims.filter((claim) => claim.nodeId !== undefined && nodeAt(seen, claim.place) === undefined);
  const who = emptied === undefined ? "a node" : podName(spec, emptied.place);
  const copies =
    kept.length === 0 ? "" : `; a copy may be on ${kept.map((claim) => claim.name).join(", ")}, kept as it is`;
  return block({
    guard: "data-lost",
    message: `${who} has come back without its data, and nobody owns the slots it had${copies}`,
    observed: `slots ${slotsText(without([{ from: 0, to: slotCount - 1 }], told))} have no owner in the eyes of any node`,
  });
}

/** Another node answers from it than it is recorded to hold. */
function isEmptied(seen: ValkeySeen, claim: ClaimSeen): boolean {
  const node = nodeAt(seen, claim.place);
  return claim.nodeId !== undefined && node !== undefined && node.id !== claim.nodeId;
}

/**
 * A StatefulSet that somebody has made smaller than its shard: whose node owns slots must run. No pass ends with none, and so one without pods was made so by
 * hand too.
 */
export const runOwners: Rule = ({ spec, seen }) => {
  if (identityOf(spec, seen) === undefined) return undefined;
  const places = lostOwners(seen).flatMap((peer) => placeOfPeer(seen, peer) ?? []);
  const short = seen.shards.flatMap((set) => {
    const ordinals = places.filter((place) => place.shard === set.shard).map((place) => place.ordinal);
    const least = set.replicas === 0 ? spec.replicas : 0;
    const replicas = Math.max(least, ...ordinals.map((ordinal) => ordinal + 1));
    return set.replicas < replicas ? [{ ...set, replicas }] : [];
  });
  if (short.length === 0) return undefined;
  const names = short.map(({ shard }) => shardName(spec, shard)).join(", ");
  return act({
    kind: "apply",
    id: `owners/run/${names}`,
    title: `Run the nodes of ${names} again`,
    why: "somebody has made its StatefulSet smaller, and a node that owns slots does not run",
    objects: short.map(({ shard, replicas, claimSize }) => statefulSet(spec, { shard, replicas, claimSize })),
  });
};

/** More than half of those that own slots answer: they give their votes to a replica of one that does not. */
function canElect(seen: ValkeySeen): boolean {
  return seen.nodes.filter((node) => node.slots.length > 0).length > lostOwners(seen).length;
}

/** Whoever does not answer yet may have more: it is waited for. One that has never had anything is no heir. */
function awaitShard(spec: ValkeySpec, seen: ValkeySeen, { place: { shard }, offset }: NodeSeen): Decision | undefined {
  const silent = numbers(shardAt(seen, shard)?.replicas ?? 0)
    .map((ordinal) => ({ shard, ordinal }))
    .find((place) => nodeAt(seen, place) === undefined);
  if (silent !== undefined) return waitFor(`${podName(spec, silent)} answers`, "it may have what its primary has lost");
  if (offset > 0) return undefined;
  return block({
    guard: "data-lost",
    message: `the data of shard ${String(shard)} is gone: the volume of its primary is lost, and no replica had received anything yet`,
    observed: "master_repl_offset of every replica is 0",
  });
}

/**
 * Without a vote, by the replica that has most. Only where the primary can't come back, so that there are never two; what it had not passed on yet is
 * lost with it, as in any failover that nobody asked it for.
 */
function takeover(spec: ValkeySpec, heir: NodeSeen, lost: string): ValkeyStep {
  return {
    kind: "command",
    id: `takeover/${podName(spec, heir.place)}`,
    title: `Let ${podName(spec, heir.place)} take over without a vote`,
    why: `the volume of ${lost} is gone, and too few primaries are left to elect who replaces it`,
    danger: "moderate",
    command: { name: "takeover", to: heir.place },
  };
}

/**
 * The claim that is recorded to hold it is there, and no other node answers from it; so is one at its place that bears no record yet, since a run may have
 * ended between a node's joining and the record of it.
 */
function mayStillBe(seen: ValkeySeen, peer: PeerSeen): boolean {
  const { place } = peer;
  const unrecorded = place && claimAt(seen, place);
  const claim =
    seen.claims.find((one) => one.nodeId === peer.id) ?? (unrecorded?.nodeId === undefined ? unrecorded : undefined);
  if (claim === undefined || claim.terminating) return false;
  const node = nodeAt(seen, claim.place);
  return node === undefined || node.id === peer.id;
}

/**
 * Nodes without slots that others remember and that will not come back: all others forget them at once. One that only does not answer may come
 * back, and stays.
 */
export const forgetGone: Rule = ({ spec, seen }) => {
  const gone = goneNodes(spec, seen);
  if (gone.length === 0) return undefined;
  const names = gone.map((peer) => nameOf(spec, seen, peer)).join(", ");
  return act({
    kind: "command",
    id: `forget/${gone.map((peer) => peer.id.slice(0, 8)).join("-")}`,
    title: `Forget ${names}`,
    why: "it has left, owns no slot, and will not come back",
    command: {
      name: "forget",
      via: seen.nodes.map((node) => node.place),
      ids: gone.map((peer) => peer.id),
    },
  });
};

function nameOf(spec: ValkeySpec, seen: ValkeySeen, peer: PeerSeen): string {
  const place = placeOfPeer(seen, peer);
  return `${place === undefined ? "node" : podName(spec, place)} (${peer.id.slice(0, 8)})`;
}

function goneNodes(spec: ValkeySpec, seen: ValkeySeen): readonly PeerSeen[] {
  const peers = new Map(seen.nodes.flatMap((node) => node.peers.map((peer) => [peer.id, peer])));
  return [...peers.values()].filter(
    (peer) =>
      peer.state !== "handshake" &&
      nodeOf(seen, peer.id) === undefined &&
      !ownsSlots(seen, peer) &&
      // Nobody forgets whom it follows.
      !seen.nodes.some((node) => node.primaryId === peer.id) &&
      hasLeft(spec, seen, peer),
  );
}

function ownsSlots(seen: ValkeySeen, { id }: PeerSeen): boolean {
  return seen.nodes.some((node) => node.peers.some((peer) => peer.id === id && peer.slots.length > 0));
}

/** Its place has another node now; or there is nobody any more at a place that is not wanted. */
function hasLeft(spec: ValkeySpec, seen: ValkeySeen, peer: PeerSeen): boolean {
  const place = placeOfPeer(seen, peer);
  if (place === undefined) return false;
  const answers = nodeAt(seen, place);
  if (answers !== undefined) return answers.id !== peer.id;
  const wanted = place.shard < spec.shards && place.ordinal < spec.replicas;
  const pod = seen.pods.some((one) => samePlace(one.place, place));
  return !wanted && !pod && (claimAt(seen, place) !== undefined || peer.state === "failed");
}
