/** A database as it is now: the whole of one, or one line each of several. */
import type { DatabaseBackup } from "../api/database-backup.ts";
import type { EngineStatus } from "../engines/engine.ts";
import { field, listField, numberField, textField } from "../kube/fields.ts";
import type { KubeObject } from "../kube/objects.ts";
import { age } from "./age.ts";
import type { Palette } from "./colour.ts";
import { sanitize } from "./sanitize.ts";
import { table, type Cell } from "./table.ts";

/** A database, looked at now. */
export interface ClusterReport {
  /** The DatabaseCluster: what was asked, and what the last pass recorded. */
  readonly object: KubeObject;
  /** What the engine says now; `unknown` says why it could not be asked. */
  readonly live: EngineStatus | { readonly unknown: string };
  /** Of this name, whatever came of them; absent: not asked for. */
  readonly backups?: readonly DatabaseBackup[];
}

export interface StatusOptions {
  readonly now: Date;
  readonly colours: Palette;
}

/** Facts, then a line for each member. */
export function renderStatus(report: ClusterReport, { now, colours }: StatusOptions): string {
  const { object, live } = report;
  const spec = object["spec"];
  const facts: readonly (readonly [string, string])[] = [
    ["Name", object.metadata.name],
    ["Namespace", object.metadata.namespace ?? ""],
    ["Engine", `${textField(spec, "engine")} ${versionOf(live, spec)}`],
    ...shardFacts(report),
    ["Replicas", String(numberField(spec, "replicas"))],
    ["Ready", readyLine(live, colours)],
    ...engineFacts(live),
    ...scheduleFacts(object, colours),
    ...backupFacts(report, { now, colours }),
    ["Operation", operationLine(object, now)],
    ["Recorded", recordedLine(object, now)],
  ];
  const width = Math.max(...facts.map(([label]) => label.length)) + 4;
  const head = facts.map(([label, value]) => `${`${label}:`.padEnd(width)}${value === "" ? "<none>" : value}\n`);
  return `${head.join("")}${isLive(live) && live.members.length > 0 ? `\n${memberTable(live)}` : ""}`;
}

/** One line a database, with what is seen now instead of what is recorded. */
export function statusTable(reports: readonly ClusterReport[], now: Date, withNamespace: boolean): string {
  const headings = ["NAME", "ENGINE", "VERSION", "MEMBERS", "READY", "REASON", "AGE"];
  const rows = reports.map(({ object, live }): Cell[] => [
    ...(withNamespace ? [object.metadata.namespace] : []),
    object.metadata.name,
    textField(object["spec"], "engine"),
    versionOf(live, object["spec"]),
    isLive(live)
      ? `${live.members.filter(({ ready }) => ready).length}/${numberField(object["spec"], "replicas") * (shardCount({ object, live }) ?? 1)}`
      : "<unknown>",
    isLive(live) ? truth(live.ready) : "Unknown",
    isLive(live) ? live.reason : "NotAsked",
    age(object.metadata.creationTimestamp, now),
  ]);
  return table(withNamespace ? ["NAMESPACE", ...headings] : headings, rows);
}

/** The report of `-o json` for one database. */
export function statusReport(report: ClusterReport): unknown {
  const { object, live, backups } = report;
  const { name, namespace } = object.metadata;
  return {
    apiVersion: "dbop.dev/v1alpha1",
    kind: "StatusReport",
    metadata: { name, namespace },
    live,
    ...(backups === undefined ? {} : { lastBackup: newestGood(report) ?? null }),
    cluster: object,
  };
}

function isLive(live: ClusterReport["live"]): live is EngineStatus {
  return !("unknown" in live);
}

/** As asked for, else as seen; undefined where there are none. */
function shardCount({ object, live }: Pick<ClusterReport, "object" | "live">): number | undefined {
  if (field(object["spec"], "shards") !== undefined) return numberField(object["spec"], "shards");
  const seen = new Set(isLive(live) ? live.members.flatMap(({ shard }) => shard ?? []) : []);
  return seen.size === 0 ? undefined : seen.size;
}

function shardFacts(report: ClusterReport): readonly (readonly [string, string])[] {
  const count = shardCount(report);
  return count === undefined ? [] : [["Shards", String(count)]];
}

function versionOf(live: ClusterReport["live"], spec: unknown): string {
  return (isLive(live) ? live.currentVersion : undefined) ?? textField(spec, "version");
}

function truth(value: boolean): string {
  return value ? "True" : "False";
}

function readyLine(live: ClusterReport["live"], colours: Palette): string {
  if (!isLive(live)) return `${colours.caution("Unknown")}  ${sanitize(live.unknown)}`;
  const word = live.ready ? colours.good("True") : colours.danger("False");
  return `${word}  ${sanitize(`${live.reason}: ${live.message}`)}`;
}

function engineFacts(live: ClusterReport["live"]): readonly (readonly [string, string])[] {
  if (!isLive(live)) return [];
  const own = live.facts.map(([label, value]) => [sanitize(label), sanitize(value)] as const);
  return [["Service", `${live.serviceName}:${live.clientPort}`], ["Identity", live.identity ?? ""], ...own];
}

/** The newest good one of this very cluster, by the engine's own id where that is known: another of its name had other data. */
function newestGood({ live, backups = [] }: ClusterReport): DatabaseBackup | undefined {
  const identity = isLive(live) ? live.identity : undefined;
  return backups
    .filter(
      (backup) => backup.outcome === "succeeded" && (identity ?? backup.clusterIdentity) === backup.clusterIdentity,
    )
    .toSorted((a, b) => (a.finishedAt ?? "").localeCompare(b.finishedAt ?? ""))
    .at(-1);
}

const dayMs = 24 * 3600 * 1000;

function backupFacts(report: ClusterReport, { now, colours }: StatusOptions): readonly (readonly [string, string])[] {
  if (report.backups === undefined) return [];
  const newest = newestGood(report);
  if (newest === undefined) {
    const others = report.backups.some(({ outcome }) => outcome === "succeeded");
    return [["Last backup", colours.caution(others ? "none of the data it holds now" : "none")]];
  }
  const { name, finishedAt = "", locationName, consistencyPoint, verified } = newest;
  const line = sanitize(
    `${age(finishedAt, now)} ago: ${name} at ${locationName}, ${consistencyPoint}, ${verified === undefined ? "not verified" : `${verified.grade} verified`}`,
  );
  const old = now.getTime() - Date.parse(finishedAt) > dayMs || verified === undefined;
  return [["Last backup", old ? colours.caution(line) : line]];
}

/** As the last pass found it; a spec that asks for what no pass has seen to is told. */
function scheduleFacts({ spec, status }: KubeObject, colours: Palette): readonly (readonly [string, string])[] {
  return errands.flatMap(({ heading, type, wish }): readonly (readonly [string, string])[] => {
    const said = listField(status, "conditions").find((one) => textField(one, "type") === type);
    const message = sanitize(textField(said, "message"));
    if (textField(said, "status") === "True") return [[heading, message]];
    if (said === undefined && field(spec, wish) === undefined) return [];
    return [[heading, colours.caution(said === undefined ? "not made yet: kubectl dbop reconcile makes it" : message)]];
  });
}

const errands = [
  { heading: "Backups at", type: "BackupScheduled", wish: "backup" },
  { heading: "Passes at", type: "ReconcileScheduled", wish: "reconcile" },
] as const;

function operationLine(object: KubeObject, now: Date): string {
  const operation = field(object["status"], "operation");
  if (operation === undefined) return "";
  const since = age(textField(operation, "startedAt"), now);
  const what = `${textField(operation, "verb")} ${textField(operation, "request")}`.trim();
  const step = textField(operation, "step");
  return sanitize(
    `${what}${step === "" ? "" : `, at step ${step}`}, begun ${since} ago by ${textField(operation, "actor")}`,
  );
}

function recordedLine(object: KubeObject, now: Date): string {
  const at = textField(object["status"], "lastReconcileTime");
  if (at === "") return "never: no pass has ended yet";
  const seen = numberField(object["status"], "observedGeneration");
  const behind = seen < (object.metadata.generation ?? 0) ? ", before the last change of the spec" : "";
  return `${age(at, now)} ago${behind}`;
}

function memberTable({ members }: EngineStatus): string {
  const details = members[0]?.details.map(([heading]) => heading.toUpperCase()) ?? [];
  const sharded = members.some(({ shard }) => shard !== undefined);
  return table(
    ["NAME", ...(sharded ? ["SHARD"] : []), "READY", "ROLE", "VERSION", ...details],
    members.map((member) => [
      member.name,
      ...(sharded ? [member.shard] : []),
      truth(member.ready),
      member.role,
      member.version ?? "<unknown>",
      ...member.details.map(([, value]) => value),
    ]),
  );
}
