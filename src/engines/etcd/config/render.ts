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
  /** Directories that each hold `ca.crt`, `tls.crt` and `tls.key`. */
  readonly tls: "disabled" | { readonly server: string; readonly peer: string };
  /** Must have passed `checkConfig` for `minor`. Wins over {@link defaults}. */
  readonly config: Readonly<Record<string, string>>;
  readonly minor: Minor;
}

interface Urls {
  readonly listen: string;
  readonly advertise: string;
}

interface Tree {
  readonly [key: string]: Json;
}

/** The text of the file: the same for the same input, keys in order. Throws `Internal` when `config` was not checked. */
export function memberConfig(input: MemberConfig): string {
  const chosen: Record<string, string> = { ...defaults(input.config), ...input.config };
  const settings = Object.entries(chosen)
    .filter(([name]) => name !== "feature-gates")
    .map(([name, text]) => setting(name, text, input.minor));
  return `${JSON.stringify(sorted([...settings, corruptionChecks(input), own(input)].reduce(merge)), undefined, 2)}\n`;
}

/**
 * What holds unless the user says otherwise. Compaction keeps the last 1000 revisions, as Vitess' operator does: history is then bounded in
 * space whatever the rate of writes, where one hour of it can fill the quota and stop all writes. A watcher that falls behind the
 * compaction (every 5 minutes, v3compactor/revision.go) reads anew. Mode and retention go together: a bare number is revisions or hours.
 */
function defaults(config: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const mode = config["auto-compaction-mode"] ?? "revision";
  return {
    "auto-compaction-mode": mode,
    "auto-compaction-retention": mode === "revision" ? "1000" : "1h",
    "log-level": "info",
    "log-outputs": "stderr",
    logger: "zap",
    "strict-reconfig-check": "true",
  };
}

function setting(name: string, text: string, minor: Minor): Tree {
  const flag = findFlag(name);
  const reading = flag === undefined ? undefined : readValue(flag.type, text, minor);
  if (flag === undefined || reading?.ok !== true) throw new DbopError("Internal", `spec.config.${name} was used without being checked`);
  const value = flag.type.kind === "fixed" && text === "true" ? true : reading.value;
  return (flag.path ?? [name]).reduceRight<Json>((inner, key) => ({ [key]: inner }), value) as Tree;
}

/** Always on: a member whose data differ from the others' refuses to start, and the leader compares hashes after each compaction. */
function corruptionChecks({ minor, config }: MemberConfig): Tree {
  return minor === "3.5"
    ? { "experimental-initial-corrupt-check": true, "experimental-compact-hash-check-enabled": true }
    : { "feature-gates": renderGates(config["feature-gates"]) };
}
