import { firstStage } from "../../../resources/tls/stage.ts";
import type { ValkeyCommand } from "../commands.ts";
import { samePlace, type Place } from "../names.ts";
import type { ValkeySpec } from "../spec.ts";
import { withFirstClaims } from "./expect-seed.ts";
import type { NodeSeen, PeerSeen, ShardSeen, ValkeySeen } from "../seen.ts";
import { countSlots, lowest, parseSlots, union, without, type Slots } from "../slots.ts";

/** What a command changes if nothing else happens. Pure. */
export function expectCommand(spec: ValkeySpec, seen: ValkeySeen, command: ValkeyCommand): ValkeySeen {
  switch (command.name) {
    case "makePassword":
      return { ...seen, hasPassword: true };
    case "issueCertificate":
    case "rotateAuthority":
      return withCertificate(seen, command);
    case "dealSlots":
      return change(seen, command.to, (node) => ({ slots: union(node.slots, command.slots) }));
    case "meet":
      return change(seen, command.via, (node) => ({ peers: [...node.peers, ...command.ips.map(shakingHands)] }));
    case "replicate":
      return change(seen, command.place, () => ({ role: "replica", primaryId: command.primaryId, linked: false }));
    case "failover":
    case "takeover":
      return takenOver(seen, command.to);
    case "forget":
      return forgotten(seen, command.ids);
    default:
      return expectOther(spec, seen, command);
  }
}

/** Stands for one that has yet to be issued. */
function withCertificate(seen: ValkeySeen, command: CertificateCommand): ValkeySeen {
  const { certificate: before, shards } = seen;
  const stage = command.name === "rotateAuthority" ? command.to : (before?.stage ?? firstStage);
  const fingerprint = `${before?.fingerprint ?? ""}+`;
  const certificate = { fingerprint, notAfter: "", due: false, authorityNotAfter: undefined, stage };
  return { ...seen, certificate: { ...certificate, rotation: command.rotation }, shards: shards.map(outdated) };
}

type CertificateCommand = Extract<ValkeyCommand, { readonly name: "issueCertificate" | "rotateAuthority" }>;

const outdated = (set: ShardSeen): ShardSeen => ({ ...set, current: false });

type Other = Extract<
  ValkeyCommand,
  { readonly name: "migrateSlots" | "reshardSlots" | "finishOpenSlots" | "makeFirstClaims" | "tellRestoreFailed" }
>;

/** Slots on their way, and the claims of a restore. */
function expectOther(spec: ValkeySpec, seen: ValkeySeen, command: Other): ValkeySeen {
  switch (command.name) {
    case "migrateSlots":
      return moved(seen, command, command.ranges);
    case "reshardSlots":
      return moved(seen, command, lowest(slotsAt(seen, command.from), command.count));
    case "finishOpenSlots":
      return finished(seen);
    case "makeFirstClaims":
      return withFirstClaims(spec, seen, command.shards);
    case "tellRestoreFailed":
      return seen;
  }
}

type Change = (node: NodeSeen) => Partial<NodeSeen>;

function change(seen: ValkeySeen, place: Place, by: Change): ValkeySeen {
  return changeNodes(seen, (node) => (samePlace(node.place, place) ? by(node) : {}));
}

function changeNodes(seen: ValkeySeen, by: Change): ValkeySeen {
  return { ...seen, nodes: seen.nodes.map((node) => ({ ...node, ...by(node) })) };
}

function shakingHands(ip: string): PeerSeen {
  return {
    id: ip,
    ip,
    place: undefined,
    role: "primary",
    primaryId: undefined,
    state: "handshake",
    slots: [],
    epoch: 0,
  };
}

/** From a primary that answers, which follows it then, or from what it remembers of one that is gone. */
function takenOver(seen: ValkeySeen, to: Place): ValkeySeen {
  const heir = seen.nodes.find((node) => samePlace(node.place, to));
  const before = [...seen.nodes, ...(heir?.peers ?? [])].find((one) => one.id === heir?.primaryId);
  if (heir === undefined || before === undefined) return seen;
  return changeNodes(seen, (node) => {
    if (node === heir) return { role: "primary", primaryId: undefined, slots: before.slots };
    if (node === before) return { role: "replica", primaryId: heir.id, slots: [], linked: false };
    return node.primaryId === before.id ? { primaryId: heir.id, linked: false } : {};
  });
}

function forgotten(seen: ValkeySeen, ids: readonly string[]): ValkeySeen {
  return changeNodes(seen, (node) => ({ peers: node.peers.filter((peer) => !ids.includes(peer.id)) }));
}

function slotsAt(seen: ValkeySeen, place: Place): Slots {
  return seen.nodes.find((node) => samePlace(node.place, place))?.slots ?? [];
}

/** Keys go with their slots, of replicas too: each slot is taken to hold as many and as much as any other. */
function moved(seen: ValkeySeen, { from, toId }: { from: Place; toId: string }, slots: Slots): ValkeySeen {
  const source = seen.nodes.find((node) => samePlace(node.place, from));
  if (source === undefined) return seen;
  const left = without(source.slots, slots);
  const share = countSlots(left) / Math.max(1, countSlots(source.slots));
  const remaining = ({ keys, usedBytes }: NodeSeen): Partial<NodeSeen> => ({
    keys: Math.round(keys * share),
    usedBytes: Math.round(usedBytes * share),
  });
  return changeNodes(seen, (node) => {
    if (node.id === toId) return { slots: union(node.slots, slots) };
    if (node === source) return { slots: left, ...remaining(node) };
    return node.primaryId === source.id ? remaining(node) : {};
  });
}

/** Each arrives where it was going. */
function finished(seen: ValkeySeen): ValkeySeen {
  const leaving = seen.nodes.flatMap((node) =>
    node.open.flatMap(({ slot, direction, nodeId }) =>
      direction === "to" ? [{ from: node.id, to: nodeId, slot: parseSlots([String(slot)]) }] : [],
    ),
  );
  return changeNodes(seen, (node) => ({
    open: [],
    slots: leaving.reduce<Slots>((slots, one) => {
      if (one.from === node.id) return without(slots, one.slot);
      return one.to === node.id ? union(slots, one.slot) : slots;
    }, node.slots),
  }));
}
