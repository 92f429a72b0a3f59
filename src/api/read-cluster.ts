/** Untyped JSON → {@link DatabaseCluster}. Defaults are filled in here and nowhere else, so that what was not said stays unsaid in the API server. */
import type { Result } from "./result.ts";
import { field, listField, numberField, textField } from "../kube/fields.ts";
import type { KubeObject } from "../kube/objects.ts";
import type {
  Condition,
  DatabaseCluster,
  DatabaseClusterSpec,
  DatabaseClusterStatus,
  ErrandTiming,
  HistoryEntry,
  OperationRecord,
} from "./database-cluster.ts";
import type { Problem } from "./problem.ts";
import { readScheduledBackup } from "./read-scheduled-backup.ts";
import { readTiming, timingFields } from "./read-timing.ts";
import { SpecReader } from "./spec-reader.ts";

/**
 * The typed view of a DatabaseCluster, or every structural problem of its spec at once. What the CRD also refuses is refused here
 * already, so that a wrong file is explained without a cluster; what only the engine knows is not looked at.
 */
export function readCluster(object: KubeObject): Result<DatabaseCluster, readonly Problem[]> {
  const reader = new SpecReader();
  const spec = readSpec(reader, object["spec"]);
  checkName(reader, object.metadata.name);
  if (reader.problems.length > 0) return { ok: false, problems: reader.problems };
  const { name, namespace, uid, generation, resourceVersion } = object.metadata;
  return {
    ok: true,
    value: {
      metadata: {
        name,
        namespace: namespace ?? "default",
        uid: uid ?? "",
        generation: generation ?? 0,
        resourceVersion: resourceVersion ?? "",
      },
      spec,
      status: readStatus(object["status"]),
    },
  };
}

/** Pods, claims and Secrets are named after the database, and pod names become DNS labels of at most 63 characters. */
function checkName(reader: SpecReader, name: string): void {
  if (/^[a-z]([-a-z0-9]*[a-z0-9])?$/u.test(name) && name.length <= 40) return;
  reader.add(
    "metadata.name",
    name,
    "must be at most 40 lower-case letters, digits and '-', beginning with a letter and not ending with '-'",
  );
}

const known = [
  "engine",
  "version",
  "replicas",
  "shards",
  "storage",
  "image",
  "resources",
  "tls",
  "config",
  "scheduling",
  "paused",
  "bootstrap",
  "backup",
  "reconcile",
];

function readSpec(reader: SpecReader, spec: unknown): DatabaseClusterSpec {
  reader.onlyKnown("spec", spec, known);
  const className = reader.objectName("spec.storage.className", field(field(spec, "storage"), "className"));
  const shards = field(spec, "shards");
  const image = reader.image(field(spec, "image"));
  const bootstrap = reader.bootstrap(field(spec, "bootstrap"));
  const backup = readScheduledBackup(reader, field(spec, "backup"));
  const reconcile = readScheduledReconcile(reader, field(spec, "reconcile"));
  return {
    engine: reader.text("spec.engine", field(spec, "engine"), "such as etcd"),
    version: reader.text("spec.version", field(spec, "version"), "a full version such as 3.6.16"),
    replicas: reader.integer("spec.replicas", field(spec, "replicas")),
    shards: shards === undefined ? undefined : reader.integer("spec.shards", shards),
    storage: {
      size: reader.quantity("spec.storage.size", field(field(spec, "storage"), "size")),
      ...(className === undefined ? {} : { className }),
    },
    ...(image === undefined ? {} : { image }),
    resources: reader.resources(field(spec, "resources")),
    tls: reader.tls(field(spec, "tls")),
    config: reader.textMap("spec.config", field(spec, "config")),
    scheduling: reader.scheduling(field(spec, "scheduling")),
    paused: field(spec, "paused") === true,
    ...(bootstrap === undefined ? {} : { bootstrap }),
    ...(backup === undefined ? {} : { backup }),
    ...(reconcile === undefined ? {} : { reconcile }),
  };
}

function readScheduledReconcile(reader: SpecReader, value: unknown): ErrandTiming | undefined {
  if (value === undefined) return undefined;
  reader.onlyKnown("spec.reconcile", value, timingFields);
  return readTiming(reader, "spec.reconcile", value);
}

/** The status is ours: what does not read as such counts as not there. */
function readStatus(status: unknown): DatabaseClusterStatus {
  const optional = {
    observedGeneration:
      field(status, "observedGeneration") === undefined ? undefined : numberField(status, "observedGeneration"),
    identity: textField(status, "identity") || undefined,
    currentVersion: textField(status, "currentVersion") || undefined,
    lastReconcileTime: textField(status, "lastReconcileTime") || undefined,
    operation: readOperation(field(status, "operation")),
  };
  return {
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
    conditions: listField(status, "conditions").filter(isCondition),
    history: listField(status, "history").filter(isHistoryEntry),
  };
}

/** The CRD has checked the rest. */
function isCondition(value: unknown): value is Condition {
  return textField(value, "type") !== "" && textField(value, "lastTransitionTime") !== "";
}

function isHistoryEntry(value: unknown): value is HistoryEntry {
  return textField(value, "id") !== "" && textField(value, "finishedAt") !== "";
}

function readOperation(value: unknown): OperationRecord | undefined {
  if (textField(value, "id") === "") return undefined;
  const consent = textField(value, "consent");
  return {
    id: textField(value, "id"),
    verb: textField(value, "verb"),
    request: textField(value, "request"),
    planHash: textField(value, "planHash"),
    step: textField(value, "step"),
    steps: numberField(value, "steps"),
    startedAt: textField(value, "startedAt"),
    actor: textField(value, "actor"),
    ...(consent === "moderate" || consent === "severe" ? { consent } : {}),
  };
}
