/** etcd's feature gates: `--feature-gates=Name=true,Name=false`, from 3.6 on (server/features/etcd_features.go). */
import type { Minor } from "../versions.ts";

const since36 = [
  "AllAlpha",
  "AllBeta",
  "CompactHashCheck",
  "InitialCorruptCheck",
  "LeaseCheckpoint",
  "LeaseCheckpointPersist",
  "SetMemberLocalAddr",
  "StopGRPCServiceOnDefrag",
  "TxnModeWriteWithSharedBuffer",
];

/** Gates that dbop has on and keeps on: a corrupt member refuses to start, and the leader compares its followers' hashes. */
export const requiredGates = ["CompactHashCheck", "InitialCorruptCheck"];

/** The gates of `minor`; none in 3.5, where each is a flag of its own. */
export const gatesOf: Readonly<Record<Minor, readonly string[]>> = {
  "3.5": [],
  "3.6": since36,
  "3.7": [...since36, "FastLeaseKeepAlive", "PriorityRequest"].toSorted(),
};

/** What `text` sets; undefined when it is not a list of `Name=true|false`. */
export function parseGates(text: string): ReadonlyMap<string, boolean> | undefined {
  const gates = new Map<string, boolean>();
  for (const item of text.split(",").map((part) => part.trim())) {
    const match = /^(\w+)=(true|false)$/u.exec(item);
    if (match?.[1] === undefined) return undefined;
    gates.set(match[1], match[2] === "true");
  }
  return gates;
}

/** The value for the configuration file: what the user set and the {@link requiredGates}, in the order of their names. */
export function renderGates(text: string | undefined): string {
  const gates = new Map(text === undefined ? [] : parseGates(text));
  for (const name of requiredGates) gates.set(name, true);
  return [...gates]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, on]) => `${name}=${String(on)}`)
    .join(",");
}
