/** Finds everything that is wrong with `spec.config` at once: etcd itself stops at the first error, or ignores it without a word. */
import type { Problem } from "../../../api/problem.ts";
import type { Minor } from "../versions.ts";
import type { Flag } from "./flag.ts";
import { findFlag, flags } from "./flags.ts";
import { nearest } from "./nearest.ts";
import { reservedReason } from "./reserved.ts";
import { parseDuration, readValue } from "./value.ts";

type Config = Readonly<Record<string, string>>;

/** Every problem of `config` for etcd of `minor`, in the order of its keys; empty when etcd would take it. Pure. */
export function checkConfig(config: Config, minor: Minor): readonly Problem[] {
  const each = Object.entries(config)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, value]) => problem(name, value, complaint(name, value, minor)));
  return [...each, ...togetherProblems(config)];
}

function problem(name: string, value: string, message: string | undefined): readonly Problem[] {
  return message === undefined ? [] : [{ field: `spec.config.${name}`, value, message }];
}

function complaint(name: string, value: string, minor: Minor): string | undefined {
  const reason = reservedReason(name);
  if (reason !== undefined) return `may not be set: ${reason}`;
  const flag = findFlag(name);
  if (flag === undefined) return unknown(name, minor);
  if (!flag.minors.includes(minor)) return otherMinor(flag, minor);
  const reading = readValue(flag.type, value, minor);
  return reading.ok ? undefined : reading.message;
}

function unknown(name: string, minor: Minor): string {
  const bare = name
    .replace(/^-+/u, "")
    .replace(/^ETCD_/u, "")
    .toLowerCase()
    .replaceAll("_", "-");
  const known = flags.filter(({ minors }) => minors.includes(minor)).map((flag) => flag.name);
  const meant = known.includes(bare) ? bare : (renamed(bare, known) ?? nearest(bare, known));
  return `is not a setting of etcd ${minor}${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}

/** 3.6 knows most `experimental-` names still; 3.7 does not, so that the new name is the one to use. */
function renamed(name: string, known: readonly string[]): string | undefined {
  return known.find((candidate) => name === `experimental-${candidate}`);
}

function otherMinor({ name, minors, successor }: Flag, minor: Minor): string {
  const where = `exists only in etcd ${minors.join(" and ")}`;
  if (successor !== undefined) return `${where}; in ${minor} it is ${successor}`;
  const before = flags.find((flag) => flag.successor === name && flag.minors.includes(minor));
  return before === undefined ? `${where}, not in ${minor}` : `${where}; in ${minor} it is ${before.name}`;
}

/** Rules between settings: `Validate` of embed/config.go, and what etcd takes but nobody can mean. */
function togetherProblems(config: Config): readonly Problem[] {
  return [...electionProblems(config), ...compactionProblems(config), ...tlsProblems(config), ...leaseProblems(config)];
}

function electionProblems(config: Config): readonly Problem[] {
  const heartbeat = Number(config["heartbeat-interval"] ?? "100");
  const election = Number(config["election-timeout"] ?? "1000");
  if (!(5 * heartbeat > election)) return [];
  return problem(
    "election-timeout",
    config["election-timeout"] ?? "",
    `must be at least five times heartbeat-interval (${String(heartbeat)} ms)`,
  );
}

function compactionProblems(config: Config): readonly Problem[] {
  const { "auto-compaction-mode": mode, "auto-compaction-retention": retention } = config;
  if (retention === undefined || retention === "0") return [];
  const complain = (message: string): readonly Problem[] => problem("auto-compaction-retention", retention, message);
  if (mode === undefined)
    return complain("needs auto-compaction-mode beside it: the same number means revisions or hours");
  const wrong = mode === "revision" && !/^\d+$/u.test(retention) && parseDuration(retention) !== undefined;
  return wrong ? complain("must be a number of revisions in mode revision") : [];
}

function tlsProblems(config: Config): readonly Problem[] {
  const { "tls-min-version": min, "tls-max-version": max, "cipher-suites": suites } = config;
  if (min !== "TLS1.3") return [];
  return [
    ...(max === "TLS1.2" ? problem("tls-max-version", max, "must not be lower than tls-min-version") : []),
    ...(suites === undefined ? [] : problem("cipher-suites", suites, "can't be chosen when tls-min-version is TLS1.3")),
  ];
}

function leaseProblems(config: Config): readonly Problem[] {
  const persist = config["experimental-enable-lease-checkpoint-persist"];
  if (persist !== "true" || config["experimental-enable-lease-checkpoint"] === "true") return [];
  return problem(
    "experimental-enable-lease-checkpoint-persist",
    persist,
    "needs experimental-enable-lease-checkpoint: true",
  );
}
