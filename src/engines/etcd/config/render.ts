/**
 * The configuration file of one member. etcd reads it as YAML, of which JSON is a part, and with `--config-file` ignores all other
 * flags and its environment. Keys it does not know it ignores without a word: `validate.ts` is what finds typing errors.
 */
import { DbopError } from "../../../errors.ts";
import type { Json } from "../../../kube/objects.ts";
import type { Minor } from "../versions.ts";
import { renderGates } from "./feature-gates.ts";
import { findFlag } from "./flags.ts";
import { readValue } from "./value.ts";

export interface MemberConfig {
  readonly name: string;
  readonly dataDir: string;
  readonly clientUrls: Urls;
  readonly peerUrls: Urls;
  /** Plain HTTP for probes and metrics. */
  readonly metricsUrl: string;
  /** How the member starts while its data directory is empty; etcd ignores it afterwards. */
  readonly initial: {
    readonly state: "new" | "existing";
    readonly cluster: readonly { readonly name: string; readonly peerUrl: string }[];
    readonly token: string;
  };
  /**
   * Directories that each hold `ca.crt`, `tls.crt` and `tls.key`. With `peerClient` that of the peers also holds `client.crt` and
   * `client.key`, which a member shows when it calls another: without host names in it etcd does not look up the caller's address,
   * which DNS may not know yet when a pod has just started (client/pkg/transport checkCertSAN).
   */
  readonly tls: "disabled" | { readonly server: string; readonly peer: string; readonly peerClient: boolean };
  /** Must have passed `checkConfig` for `minor`. Wins over {@link defaults}. */
  readonly config: Readonly<Record<string, string>>;
  readonly minor: Minor;
}

interface Urls {
  readonly listen: string;
  readonly advertise: string;
}

type Entry = readonly [key: string, value: Json];

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

/** The text of the file: the same for the same input, keys in order. Throws `Internal` when `config` was not checked. */
export function memberConfig(input: MemberConfig): string {
  const chosen = { ...defaults(input.config), ...input.config };
  const entries = [...settings(chosen, input.minor), ...corruptionChecks(input), ...own(input), ...security(input.tls)];
  return `${JSON.stringify(Object.fromEntries(entries.toSorted(byKey)), undefined, 2)}\n`;
}

/**
 * What holds unless the user says otherwise. Compaction keeps the last 1000 revisions, as Vitess' operator has it: history is bounded
 * in space whatever the rate of writes, where an hour of it can fill the quota and stop all writes. A watcher that falls behind a
 * compaction (every 5 minutes: v3compactor/revision.go) has to read anew. Mode and retention go together: etcd reads a bare number
 * as revisions or as hours.
 */
function defaults(config: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const mode = config["auto-compaction-mode"] ?? "revision";
  return {
    "auto-compaction-mode": mode,
    "auto-compaction-retention": mode === "revision" ? "1000" : "1h",
    "log-level": "info",
  };
}

function settings(chosen: Readonly<Record<string, string>>, minor: Minor): readonly Entry[] {
  const top: Entry[] = [];
  const sections = new Map<string, Record<string, Json>>();
  for (const [name, text] of Object.entries(chosen).toSorted(byKey)) {
    const flag = findFlag(name);
    const reading = flag?.minors.includes(minor) === true ? readValue(flag.type, text, minor) : undefined;
    if (flag === undefined || reading?.ok !== true)
      throw new DbopError("Internal", `spec.config.${name} was used without being checked`);
    if (flag.type.kind === "fixed" || flag.type.kind === "feature-gates") continue;
    if (flag.place === undefined) top.push([name, reading.value]);
    else sections.set(flag.place.section, { ...sections.get(flag.place.section), [flag.place.key]: reading.value });
  }
  return [...top, ...sections];
}

/** Always on: a member whose data differ from the others' refuses to start, and the leader compares hashes after each compaction. */
function corruptionChecks({ minor, config }: MemberConfig): readonly Entry[] {
  if (minor !== "3.5") return [["feature-gates", renderGates(config["feature-gates"])]];
  return [
    ["experimental-compact-hash-check-enabled", true],
    ["experimental-initial-corrupt-check", true],
  ];
}

/** What users may not set: see `reserved.ts`, and `flags.ts` for what is fixed. */
function own({ name, dataDir, clientUrls, peerUrls, metricsUrl, initial }: MemberConfig): readonly Entry[] {
  return [
    ["name", name],
    ["data-dir", dataDir],
    ["listen-client-urls", clientUrls.listen],
    ["advertise-client-urls", clientUrls.advertise],
    ["listen-peer-urls", peerUrls.listen],
    ["initial-advertise-peer-urls", peerUrls.advertise],
    ["listen-metrics-urls", metricsUrl],
    ["initial-cluster", initial.cluster.map((member) => `${member.name}=${member.peerUrl}`).join(",")],
    ["initial-cluster-state", initial.state],
    ["initial-cluster-token", initial.token],
    ["strict-reconfig-check", true],
    ["logger", "zap"],
    ["log-outputs", ["stderr"]],
    ["auth-token", "simple"],
  ];
}

function security(tls: MemberConfig["tls"]): readonly Entry[] {
  if (tls === "disabled") return [];
  return [
    ["client-transport-security", mutual(tls.server)],
    ["peer-transport-security", tls.peerClient ? { ...mutual(tls.peer), ...caller(tls.peer) } : mutual(tls.peer)],
  ];
}

function caller(directory: string): { readonly [key: string]: Json } {
  return { "client-cert-file": `${directory}/client.crt`, "client-key-file": `${directory}/client.key` };
}

/** etcd reads these files again at each handshake, except the authority's, which it reads when it starts. */
function mutual(directory: string): { readonly [key: string]: Json } {
  return {
    "cert-file": `${directory}/tls.crt`,
    "client-cert-auth": true,
    "key-file": `${directory}/tls.key`,
    "trusted-ca-file": `${directory}/ca.crt`,
  };
}
