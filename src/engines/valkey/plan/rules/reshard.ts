/**
 * Slots on their way (engines.md §4.3). What somebody began comes to its end first; then one bounded batch after another moves, each of which is
 * seen to have arrived before the next begins.
 */
import { podName } from "../../names.ts";
import type { NodeSeen, ValkeySeen } from "../../seen.ts";
import { countSlots, lowest, slotsText } from "../../slots.ts";
import { movesSlotsAtomically } from "../../server.ts";
import { movesTo, type Move } from "../distribution.ts";
import { holdings, isCovered, primaryOf } from "../facts.ts";
import { act, block, waitFor, type Decision, type Rule, type Situation, type ValkeyStep } from "../rule.ts";
import { waitUntilAllAreWell } from "./ready.ts";

/**
 * A batch is at most so much: a run that is killed leaves no more than that behind, a mover of Valkey 8 comes to its end well within its time, and what is
 * copied at once in the way of Valkey 9 fits the buffers between two nodes. Smaller ones would cost more in looking than in moving.
 */
const most = { slots: 1024, keys: 500_000, bytes: 512 * 1024 * 1024 } as const;

/** Key by key: a slot that is neither here nor there. Valkey 9: a request that has not ended. */
export const finishMoves: Rule = ({ spec, seen }) => {
  const busy = seen.nodes.find((node) => node.migrating > 0);
  if (busy !== undefined)
    return waitFor("the slots on their way have arrived", `${podName(spec, busy.place)} moves some`);
  const open = seen.nodes.find((node) => node.open.length > 0);
  if (open === undefined) return undefined;
  // Valkey's own repair gives slots without an owner to anybody: it is only asked where all have one.
  if (!isCovered(seen)) return waitFor("every slot has an owner", "slots are on their way, and others have no owner");
  const slots = open.open.map(({ slot }) => slot);
  return act({
    kind: "command",
    id: `slots-finish/${podName(spec, open.place)}/${slots.join("-").slice(0, 60)}`,
    title: `Finish moving ${slots.length === 1 ? "slot" : "slots"} ${slots.join(", ")}`,
    why: "a move was interrupted",
    command: { name: "finishOpenSlots", via: open.place, ip: open.ip },
  });
};

/**
 * Asked for by a reshard, or by a shard that owns nothing or is to go: otherwise where slots are is the user's affair. From 0 to 16,384 of them, in
 * a list that moves none twice.
 */
export const moveSlots: Rule = (situation) => {
  const { spec, seen, rebalance = false } = situation;
  const held = holdings(seen);
  const uneven = held.some(({ shard, slots }) => shard >= spec.shards === slots.length > 0);
  if (!rebalance && !uneven) return undefined;
  const [move] = movesTo(spec.shards, held);
  if (move === undefined) return undefined;
  const from = primaryOf(seen, move.from);
  const to = primaryOf(seen, move.to);
  if (from === undefined || to === undefined)
    return waitFor("every shard has a primary", "slots are to move between them");
  return (
    waitUntilAllAreWell(spec, seen) ??
    refuseWithoutMemory(situation, { move, from, to }) ??
    act(moveStep(situation, { move, from, to }))
  );
};

interface Moving {
  readonly move: Move;
  readonly from: NodeSeen;
  readonly to: NodeSeen;
}

/** A power of two, so that a few keys more or less since the plan was made don't change it. */
function batchOf({ slots, keys, usedBytes }: NodeSeen): number {
  const owned = Math.max(1, countSlots(slots));
  const fitting = Math.min(
    most.slots,
    (most.keys * owned) / Math.max(1, keys),
    (most.bytes * owned) / Math.max(1, usedBytes),
  );
  return 2 ** Math.max(0, Math.floor(Math.log2(fitting)));
}

/**
 * Keys that one MIGRATE takes along. Nobody is served meanwhile, so that it is as few as `valkey-cli` takes itself, or more where a key is small.
 */
function keysAtOnce({ keys, usedBytes }: NodeSeen): number {
  const small = 64 * 1024;
  return Math.max(10, Math.min(100, Math.floor((small * keys) / Math.max(1, usedBytes))));
}

function moveStep({ spec, seen }: Situation, { move, from, to }: Moving): ValkeyStep {
  const slots = lowest(move.slots, batchOf(from));
  const count = countSlots(slots);
  const left = movesTo(spec.shards, holdings(seen)).reduce((sum, one) => sum + countSlots(one.slots), 0);
  return {
    kind: "command",
    id: `slots-move/${String(move.from)}-${String(move.to)}/${slotsText(slots).replaceAll(" ", "+")}`,
    title: `Move ${String(count)} slots from shard ${String(move.from)} to shard ${String(move.to)}, ${String(left - count)} are left to move`,
    why: `${from.migrationFailed === undefined ? "" : `the last try failed: ${from.migrationFailed}; `}shard ${String(move.to)} owns ${String(countSlots(to.slots))}, shard ${String(move.from)} ${String(countSlots(from.slots))}`,
    command:
      movesSlotsAtomically(from.server) && movesSlotsAtomically(to.server)
        ? { name: "migrateSlots", from: from.place, ranges: slots, toId: to.id }
        : {
            name: "reshardSlots",
            from: from.place,
            ip: from.ip,
            fromId: from.id,
            toId: to.id,
            count,
            keysAtOnce: keysAtOnce(from),
          },
  };
}

/**
 * The data of a slot is taken to be as large as that of any other of its node: what is to arrive, half as much again for what stands beside it, must
 * find room.
 */
function refuseWithoutMemory({ spec, seen }: Situation, { move, from, to }: Moving): Decision | undefined {
  const all = movesTo(spec.shards, holdings(seen)).filter((one) => one.to === move.to);
  const arriving = all.reduce((sum, one) => sum + sizeOf(seen, one), 0) * 1.5;
  if (to.maxBytes === 0 || to.usedBytes + arriving <= to.maxBytes) return undefined;
  return block({
    guard: "memory-headroom",
    message: `${podName(spec, to.place)} has no room for what is to move to it: give the nodes more memory first`,
    observed: `used_memory ${String(to.usedBytes)} and about ${String(Math.round(arriving))} to come, maxmemory ${String(to.maxBytes)}; ${podName(spec, from.place)} uses ${String(from.usedBytes)}`,
    lift: `kubectl dbop scale ${spec.name} -n ${spec.namespace} --memory …`,
  });
}

function sizeOf(seen: ValkeySeen, { from, slots }: Move): number {
  const node = primaryOf(seen, from);
  if (node === undefined) return 0;
  return (node.usedBytes * countSlots(slots)) / Math.max(1, countSlots(node.slots));
}
