/** What a Valkey node keeps on its disk, and what one node learns of another. Only what counts for who owns which slot. */
import type { Place } from "../../../src/engines/valkey/names.ts";
import type { OpenSlot, Role } from "../../../src/engines/valkey/seen.ts";
import { whyUnreadable, type Server } from "../../../src/engines/valkey/server.ts";
import { countSlots, union, without, type Slots } from "../../../src/engines/valkey/slots.ts";

/** What a node says of itself with every message. */
export interface Header {
  readonly id: string;
  readonly place: Place;
  readonly ip: string;
  readonly role: Role;
  readonly primaryId: string | undefined;
  readonly slots: Slots;
  readonly epoch: number;
}

export interface Known extends Header {
  /** Does not answer at the address it is known at. */
  readonly silent: boolean;
}

export class SimulatedNode {
  role: Role = "primary";
  primaryId: string | undefined;
  slots: Slots = [];
  /** Slots of which it has every key that was acknowledged. */
  holds: Slots = [];
  epoch = 0;
  open: readonly OpenSlot[] = [];
  linked = false;
  readonly known = new Map<string, Known>();
  /** Until when somebody who was forgotten is not to be remembered, by id. */
  readonly banned = new Map<string, number>();
  /** Addresses it was told to meet. */
  meets: readonly string[] = [];
  readonly id: string;
  readonly place: Place;
  /** What last ran on its data. */
  server: Server | undefined;

  constructor(id: string, place: Place) {
    this.id = id;
    this.place = place;
  }

  /** Throws when it can't read what is there: such a server ends at once, for good. */
  start(server: Server): void {
    const why = this.server && whyUnreadable(this.server, server);
    if (why !== undefined) throw new Error(`${this.id} does not start: ${why}`);
    this.server = server;
  }

  /** What that one sends. */
  reads(primary: SimulatedNode): boolean {
    return (
      this.server !== undefined &&
      primary.server !== undefined &&
      whyUnreadable(primary.server, this.server) === undefined
    );
  }

  header(ip: string): Header {
    const { id, place, role, primaryId, slots, epoch } = this;
    return { id, place, ip, role, primaryId, slots, epoch };
  }

  hears(header: Header): void {
    this.known.set(header.id, { ...header, silent: false });
    this.#settleOwners(header);
    if (header.role !== "primary" || this.role !== "primary" || header.epoch <= this.epoch) return;
    const left = without(this.slots, header.slots);
    const lostAll = this.slots.length > 0 && left.length === 0 && header.place.shard === this.place.shard;
    this.slots = left;
    // Whose last slots went to a replica of its own follows it: clusterUpdateSlotsConfigWith.
    if (lostAll) this.follow(header.id);
  }

  /** A slot has one owner in a node's eyes: whoever claims it with the higher epoch. */
  #settleOwners({ id, slots, epoch }: Header): void {
    for (const peer of this.known.values()) {
      if (peer.id === id || peer.epoch > epoch) continue;
      const left = without(peer.slots, slots);
      if (countSlots(left) < countSlots(peer.slots)) this.known.set(peer.id, { ...peer, slots: left });
    }
  }

  follow(primaryId: string): void {
    this.role = "replica";
    this.primaryId = primaryId;
    this.slots = [];
    this.linked = false;
  }

  lead(slots: Slots, epoch: number): void {
    this.role = "primary";
    this.primaryId = undefined;
    this.slots = slots;
    this.epoch = epoch;
    this.linked = false;
  }

  give(slots: Slots): void {
    this.slots = without(this.slots, slots);
    this.holds = without(this.holds, slots);
  }

  take(slots: Slots, epoch: number): void {
    this.slots = union(this.slots, slots);
    this.holds = union(this.holds, slots);
    this.epoch = epoch;
  }
}
