/** What one setting of etcd is: the vocabulary of the table in `flags.ts`. */
import type { Minor } from "../versions.ts";

/** How a setting is written in `spec.config` and what values it takes. Bounds are inclusive. */
export type FlagType =
  | { readonly kind: "boolean" }
  | { readonly kind: "integer"; readonly min: number; readonly max: number }
  | { readonly kind: "bytes"; readonly min: number; readonly max: number }
  /** As Go writes it: `10ms`, `1h30m`. `minNanoseconds` 0 means that zero switches it off. */
  | { readonly kind: "duration"; readonly minNanoseconds: number }
  | { readonly kind: "enum"; readonly values: readonly string[] }
  | { readonly kind: "text"; readonly pattern: RegExp; readonly like: string }
  /** Separated by commas. `inFile`: whether etcd's file holds an array or keeps the commas. */
  | { readonly kind: "list"; readonly item: RegExp; readonly like: string; readonly inFile: "array" | "text" }
  /** `Name=true,Name=false`: the known names differ by minor, see `feature-gates.ts`. */
  | { readonly kind: "feature-gates" }
  /** Only this value, since dbop relies on it. */
  | { readonly kind: "fixed"; readonly value: string; readonly why: string };

/** A setting that users may give in `spec.config` under `name`. */
export interface Flag {
  readonly name: string;
  readonly type: FlagType;
  readonly minors: readonly Minor[];
  /** Where the value is in etcd's configuration file when that is not at the top under `name`. */
  readonly place?: { readonly section: string; readonly key: string };
  /** What took its place in the minors that no longer have it. */
  readonly successor?: string;
  /** The feature gate that took its place. */
  readonly gate?: string;
}

/** A flag of etcd that users may not give. */
export interface ReservedFlags {
  readonly names: readonly string[];
  /** Ends the sentence "may not be set: …". */
  readonly reason: string;
}
