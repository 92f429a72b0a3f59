/** What only Valkey can be asked to do. Plain data. */
import type { TellRestoreFailed } from "../../backup/restoring.ts";
import type { Stage } from "../../resources/tls/stage.ts";
import type { Place } from "./names.ts";
import type { SlotRange, Slots } from "./slots.ts";

export type ValkeyCommand =
  /** Made once, when there is none: it is never replaced. */
  | { readonly name: "makePassword" }
  /** Anew, from the authority there is; one is founded only where `mayFound`: nodes that serve trust another. */
  | {
      readonly name: "issueCertificate";
      readonly mayFound: boolean;
      readonly rotation?: string;
      /** Whom nodes trust now: an authority older than that is refused. */
      readonly stage?: Stage;
    }
  /** Brings the authorities to this stage, which follows the present one, and issues the certificate as it has it. */
  | { readonly name: "rotateAuthority"; readonly to: Stage; readonly rotation: string }
  /** Of the first nodes of shards, before anything runs: they are filled from a backup. */
  | { readonly name: "makeFirstClaims"; readonly shards: readonly number[] }
  | TellRestoreFailed
  /** Before nodes have met: slots that nobody owns. The epoch sets the owners apart (`CLUSTER SET-CONFIG-EPOCH`). */
  | { readonly name: "dealSlots"; readonly to: Place; readonly slots: Slots; readonly epoch: number }
  /** `via` is told where the others are now. It changes no data, and heals addresses that have changed. */
  | { readonly name: "meet"; readonly via: Place; readonly ips: readonly string[] }
  | { readonly name: "replicate"; readonly place: Place; readonly primaryId: string }
  /** Asked of a replica: it takes over from its primary when it has everything that one has (`CLUSTER FAILOVER`). */
  | { readonly name: "failover"; readonly to: Place }
  /** Asked of a replica whose primary can't come back, where no majority could elect it (`CLUSTER FAILOVER TAKEOVER`). */
  | { readonly name: "takeover"; readonly to: Place }
  /** All nodes at once: one that still knew it would bring it back (engines.md §4.4). */
  | { readonly name: "forget"; readonly via: readonly Place[]; readonly ids: readonly string[] }
  /** The way of Valkey 9: asked of the one that gives. */
  | {
      readonly name: "migrateSlots";
      readonly from: Place;
      readonly ranges: readonly SlotRange[];
      readonly toId: string;
    }
  /** The way before: `valkey-cli --cluster reshard`, so many of the lowest slots. */
  | {
      readonly name: "reshardSlots";
      readonly from: Place;
      /** Of `from`, as the others reach it: the tool tells them to call the address that it was given. */
      readonly ip: string;
      readonly fromId: string;
      readonly toId: string;
      readonly count: number;
      readonly keysAtOnce: number;
    }
  /** Slots that were on their way when somebody stopped: they arrive, or stay where they are. */
  | { readonly name: "finishOpenSlots"; readonly via: Place; readonly ip: string };
