/**
 * What the last words of an etcd container tell. The texts are etcd's own: the tests hold the logs that 3.5.35, 3.6.16 and 3.7.3 wrote
 * when each thing was done to them.
 */

/**
 * - `empty-data-dir` — it has no write-ahead log and found nobody to join. Certain proof of a lost disk only when its configuration is
 *   sealed (`config-mode.ts`): a member that is just joining says the same while the others can't be reached.
 * - `removed-member` — it was taken out of the membership. Seldom seen: etcd says so and then writes several KiB more, and often ends with
 *   exit code 0, for which the kubelet keeps no log. Not seeing it proves nothing; ask the membership.
 * - `corrupt` — its database or log can't be read, or differs from the others'.
 * - `config-rejected` — it can't start with the settings or certificates it was given.
 * - `newer-data` — the cluster has taken up a higher version than this etcd: it starts again with that one only.
 * - `silent` — it ended with exit code 0, of which nothing is kept: a removed member, or one that was told to stop.
 */
export type Termination =
  "empty-data-dir" | "removed-member" | "corrupt" | "newer-data" | "config-rejected" | "silent" | "other";

/** First match wins: what is said about data counts more than what follows from it. */
const signs: readonly (readonly [Exclude<Termination, "other">, readonly RegExp[]])[] = [
  [
    "newer-data",
    [
      // The version of the cluster, as its log tells it (membership/downgrade.go); that of its data (storage/schema), before 3.6 unknown.
      /invalid downgrade; server version is lower than determined cluster version/u,
      /"error": ?"version \\"3\.\d+\.0\\" is not supported"/u,
    ],
  ],
  ["removed-member", [/the member has been permanently removed from the cluster/u]],
  [
    "corrupt",
    [
      // bbolt opens the database: its refusal, and the frames of its walk over all pages in the stack of a panic.
      /failed to open database.{0,400}?(invalid database|version mismatch|checksum error|file size too small)/su,
      /go\.etcd\.io\/bbolt\.\(\*(DB|Tx)\)\.(freepages|loadFreelist|checkInvariantProperties|recursivelyCheckBucket)/u,
      // write-ahead log and snapshots: server/storage/wal, server/etcdserver/api/snap.
      /walpb: crc mismatch/u,
      /wal: (crc mismatch|max entry size limit exceeded|file not found|slice bounds out of range|conflicting metadata found|snapshot (not found|mismatch))/u,
      /snap: (crc mismatch|empty snapshot)/u,
      // A broken record that could be decoded only in part: which of proto's words it is depends on the bytes, which space on the build.
      /"(bootstrap|discovery) failed","error":"proto:\s/u,
      // A log so broken that etcd's own repair left nothing of it, not even the member's id: up to 3.6 raft says so, 3.7 runs into nil.
      /cannot use none as id/u,
      /"local-member-id": ?"0".*panic: runtime error: invalid memory address.*etcdserver\.bootstrap\(/su,
      /failed to (find database snapshot file|recover v3 backend from snapshot)/u,
      // The check against the other members at start: InitialCheck in corrupt.go.
      /found data inconsistency with peers/u,
      // It has less than it once told the leader it had: raft, log.go.
      /tocommit\(\d+\) is out of range \[lastIndex\(\d+\)\]/u,
    ],
  ],
  [
    "empty-data-dir",
    [
      /could not retrieve cluster information from the given URLs/u,
      // It was to start as new, and the others know it already: bootstrap.go.
      /member [0-9a-f]+ has already been bootstrapped/u,
    ],
  ],
  [
    "config-rejected",
    [
      /failed to verify flags/u,
      /unexpected error setting up [a-z-]+-urls/u,
      /embed\.\(\*configYAML\)\.configFromFile/u,
      /embed\.ConfigFromFile/u,
      /error parsing CompactionRetention/u,
      /unexpected TLS cipher suite/u,
      /"error": ?"open [^"]+\.(crt|key|pem|ya?ml): [^"]+"/u,
      /tls: (private key does not match public key|failed to find any PEM data[^"]*|private key type does not match[^"]*)/u,
    ],
  ],
];

/**
 * What the end of a container's log says about why it ended.
 *
 * @param message `lastState.terminated.message` with policy FallbackToLogsOnError: at most the last 2048 bytes or 80 lines.
 */
export function classifyTermination(message: string): Termination {
  return signs.find(([, patterns]) => patterns.some((pattern) => pattern.test(message)))?.[0] ?? "other";
}
