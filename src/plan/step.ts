/** The vocabulary of a plan: what may be done to a cluster, as plain data that can be printed, hashed, compared and simulated. A leaf. */
import type { KubeObject, ObjectRef } from "../kube/objects.ts";
import type { Propagation } from "../kube/kube-client.ts";

/**
 * How much a step asks of the user (conventions 62–63): nothing is asked for a step without one; `moderate` asks y/N (`--yes`);
 * `severe` asks for the name to be typed (`--confirm=NAME`), which a plain `--yes` never answers.
 */
export type Danger = "moderate" | "severe";

/** One observable, re-enterable change: doing it twice, or half and then again, ends in the same state. */
export type Step<Command> = {
  /** Stable for the same change on the same cluster: `member-add/demo-3`. */
  readonly id: string;
  /** Imperative, for the plan and the progress: `Add member demo-3 as a learner`. */
  readonly title: string;
  /** What was seen that makes it necessary. */
  readonly why: string;
  readonly danger?: Danger;
} & (
  | { readonly kind: "apply"; readonly objects: readonly KubeObject[] }
  | { readonly kind: "delete"; readonly target: ObjectRef; readonly uid: string; readonly propagation: Propagation }
  | { readonly kind: "command"; readonly command: Command }
  /** Nothing to do but look again when something changes. */
  | { readonly kind: "wait"; readonly until: string }
);

export type Plan<Command> =
  | { readonly outcome: "converged"; readonly warnings: readonly Verdict[] }
  | {
      readonly outcome: "act";
      readonly steps: readonly [Step<Command>, ...Step<Command>[]];
      readonly warnings: readonly Verdict[];
    }
  | { readonly outcome: "blocked"; readonly by: readonly Verdict[]; readonly warnings: readonly Verdict[] };

/** What a guard found. As a block it stops the plan; as a warning it is only told. */
export interface Verdict {
  readonly guard: Guard;
  /** What is wrong and what it would lead to. */
  readonly message: string;
  /** Object, field and value the guard read. */
  readonly observed: string;
  /** The one flag that lifts the block, or the command that mends the cause; absent when only the world can change it. */
  readonly lift?: string;
}

/** Every guard by name (engines.md §10). There is no general `--force`: each is lifted, if at all, by its own flag. */
export type Guard =
  | "no-bootstrap-over-data"
  | "owned-by-us"
  | "quorum-after-change"
  | "quorum-lost"
  | "data-lost"
  | "one-change-in-flight"
  | "healthy-before-change"
  | "membership-known"
  | "foreign-member"
  | "odd-size"
  | "no-shrink-volume"
  | "volume-expansion-allowed"
  | "space-within-quota"
  | "space-reclaimable"
  | "certificates-valid"
  | "certificates-managed"
  | "corrupt-member-known"
  | "version-step-legal"
  | "image-as-asked"
  | "verified-backup-before-irreversible"
  | "lag-within-bound"
  | "stale-claims"
  | "backup-name-free"
  | "backup-source-known"
  | "backup-usable"
  | "slots-settled"
  | "restore-beside"
  | "backup-location-there"
  | "writes-after-last-backup"
  | "space-for-restore"
  | "memory-headroom"
  | "password-there"
  | "paused";

/** Flags given by the user that lift guards. */
export type Consent = (typeof consents)[number];
export const consents = ["adopt", "through", "without-recent-backup"] as const;
