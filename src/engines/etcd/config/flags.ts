/**
 * Every setting of etcd that `spec.config` may hold. Sources: `etcd --help` and `embed/config.go` (JSON tags of `Config`, `Validate`)
 * of 3.5.35, 3.6.16 and 3.7.3; the cluster suite compares this table with the `--help` of each binary.
 * Flags that etcd reads from its command line only (`raft-read-timeout`) are in `reserved.ts`, since dbop passes a file.
 */
import type { Minor } from "../versions.ts";
import type { Flag, FlagType } from "./flag.ts";

const all: readonly Minor[] = ["3.5", "3.6", "3.7"];
const from36: readonly Minor[] = ["3.6", "3.7"];
const only35: readonly Minor[] = ["3.5"];

const most = Number.MAX_SAFE_INTEGER;
const mebibyte = 1024 * 1024;

const boolean: FlagType = { kind: "boolean" };
const oneOf = (...values: readonly string[]): FlagType => ({ kind: "enum", values });
const integer = (min: number, max: number = most): FlagType => ({ kind: "integer", min, max });
const bytes = (min: number, max: number = most): FlagType => ({ kind: "bytes", min, max });
const duration = (minNanoseconds: 0 | 1): FlagType => ({ kind: "duration", minNanoseconds });
const hostPort: FlagType = {
  kind: "text",
  pattern: /^[^\s:/]+:\d{1,5}$/u,
  like: "host:port, such as collector.tracing.svc:4317",
};
const word: FlagType = {
  kind: "text",
  pattern: /^[\w.-]+$/u,
  like: "a name of letters, digits, dots, dashes and underscores",
};

const flag = (name: string, type: FlagType, minors: readonly Minor[] = all): Flag => ({ name, type, minors });
/** A setting that 3.5 has under an experimental name and 3.6 under its own. */
const graduated = (name: string, type: FlagType): readonly Flag[] => [
  { name: `experimental-${name}`, type, minors: only35, successor: name },
  { name, type, minors: from36 },
];
/** A switch of 3.5 that became a feature gate. */
const gated = (name: string, gate: string): Flag => ({
  name,
  type: boolean,
  minors: only35,
  successor: `feature-gates (${gate}=true)`,
  gate,
});
const socketOption = (key: string): Flag => ({
  name: `socket-${key}`,
  type: boolean,
  minors: all,
  place: { section: "socket-options", key },
});
const fixed = (name: string, value: string, why: string): Flag => ({
  name,
  type: { kind: "fixed", value, why },
  minors: all,
});

const raft: readonly Flag[] = [
  // Milliseconds. etcd refuses an election timeout above 50 s or below five heartbeats (embed/config.go, Validate).
  flag("heartbeat-interval", integer(1, 10_000)),
  flag("election-timeout", integer(5, 50_000)),
  flag("initial-election-tick-advance", boolean),
  flag("pre-vote", boolean),
  flag("snapshot-count", integer(1)),
  // 3.5 has it in its file alone, and spells it in its own way.
  {
    name: "experimental-snapshot-catch-up-entries",
    type: integer(1),
    minors: only35,
    successor: "snapshot-catchup-entries",
  },
  flag("snapshot-catchup-entries", integer(1), from36),
  flag("max-snapshots", integer(0)),
  flag("max-wals", integer(0)),
  flag("max-learners", integer(1), from36),
  fixed("strict-reconfig-check", "true", "without it etcd lets a membership change lose the quorum"),
];

const storage: readonly Flag[] = [
  flag("quota-backend-bytes", bytes(mebibyte)),
  flag("backend-bbolt-freelist-type", oneOf("array", "map")),
  flag("backend-batch-interval", duration(0)),
  flag("backend-batch-limit", integer(0)),
  flag("auto-compaction-mode", oneOf("periodic", "revision")),
  flag("auto-compaction-retention", {
    kind: "text",
    pattern: /^(\d+|(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+)$/u,
    like: "a number of revisions such as 1000, or for mode periodic a duration such as 1h; 0 switches compaction off",
  }),
  ...graduated("compaction-batch-limit", integer(1)),
  ...graduated("compaction-sleep-interval", duration(0)),
  ...graduated("bootstrap-defrag-threshold-megabytes", integer(0)),
  gated("experimental-stop-grpc-service-on-defrag", "StopGRPCServiceOnDefrag"),
  gated("experimental-txn-mode-write-with-shared-buffer", "TxnModeWriteWithSharedBuffer"),
];

const requests: readonly Flag[] = [
  flag("max-txn-ops", integer(1, 1_000_000)),
  flag("max-request-bytes", bytes(1, 1024 * mebibyte)),
  flag("max-concurrent-streams", integer(1, 2 ** 32 - 1)),
  flag("enable-grpc-gateway", boolean),
  flag("grpc-keepalive-min-time", duration(0)),
  flag("grpc-keepalive-interval", duration(0)),
  flag("grpc-keepalive-timeout", duration(0)),
  socketOption("reuse-port"),
  socketOption("reuse-address"),
  ...graduated("watch-progress-notify-interval", duration(1)),
  gated("experimental-enable-lease-checkpoint", "LeaseCheckpoint"),
  gated("experimental-enable-lease-checkpoint-persist", "LeaseCheckpointPersist"),
];

const checks: readonly Flag[] = [
  ...graduated("corrupt-check-time", duration(0)),
  ...graduated("compact-hash-check-time", duration(1)),
  ...graduated("downgrade-check-time", duration(1)),
];

// etcd fails to start with a URL that lacks its port.
const origin: FlagType = {
  kind: "list",
  item: /^(\*|https?:\/\/[^\s/:,]+:\d{1,5})$/u,
  like: "* or origins with their port, such as https://console.example.com:443",
  inFile: "text",
};
const hostNames: FlagType = { kind: "list", item: /^(\*|[\w.-]+)$/u, like: "* or host names", inFile: "text" };
// Go's names. TLS 1.3 suites can't be chosen and weak ones are left out (crypto/tls, CipherSuites).
const cipherSuites: FlagType = {
  kind: "list",
  item: /^TLS_ECDHE_(ECDSA|RSA)_WITH_(AES_128_GCM_SHA256|AES_256_GCM_SHA384|CHACHA20_POLY1305_SHA256)$/u,
  like: "Go's names of TLS 1.2 suites: TLS_ECDHE_(ECDSA|RSA)_WITH_(AES_128_GCM_SHA256|AES_256_GCM_SHA384|CHACHA20_POLY1305_SHA256)",
  inFile: "array",
};

const security: readonly Flag[] = [
  flag("cipher-suites", cipherSuites),
  flag("tls-min-version", oneOf("TLS1.2", "TLS1.3")),
  flag("tls-max-version", oneOf("TLS1.2", "TLS1.3")),
  flag("cors", origin),
  flag("host-whitelist", hostNames),
  fixed("auth-token", "simple", "jwt needs key files, which the pods don't have"),
  flag("auth-token-ttl", integer(1, 4_294_967_295)),
  flag("bcrypt-cost", integer(4, 31)),
];

const insight: readonly Flag[] = [
  flag("metrics", oneOf("basic", "extensive")),
  flag("enable-pprof", boolean),
  fixed("logger", "zap", "etcd has no other"),
  // panic and fatal would hide why a member ends: dbop reads it from the log.
  flag("log-level", oneOf("debug", "info", "warn", "error")),
  flag("log-format", oneOf("json", "console"), from36),
  // A second output would write each line twice into the little that the kubelet keeps of a log.
  fixed("log-outputs", "stderr", "kubectl logs and dbop read it there"),
  ...graduated("warning-apply-duration", duration(1)),
  flag("warning-unary-request-duration", duration(1), from36),
  ...graduated("enable-distributed-tracing", boolean),
  ...graduated("distributed-tracing-address", hostPort),
  ...graduated("distributed-tracing-service-name", word),
  // Samples per million spans.
  ...graduated("distributed-tracing-sampling-rate", integer(0, 1_000_000)),
  flag("feature-gates", { kind: "feature-gates" }, from36),
];

export const flags: readonly Flag[] = [...raft, ...storage, ...requests, ...checks, ...security, ...insight];

/** The setting `name`; undefined when users can't set it. */
export function findFlag(name: string): Flag | undefined {
  return flags.find((known) => known.name === name);
}
