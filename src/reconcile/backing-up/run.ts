/** Writes what a backup's plan says of the DatabaseBackup. Each may be done twice. */
import { DbopError } from "../../errors.ts";
import type { CommandResult, EngineIo } from "../../engines/engine.ts";
import { fieldsOf } from "../../kube/fields.ts";
import { types, type KubeObject } from "../../kube/objects.ts";
import { keptMeta } from "../../resources/labels.ts";
import type { DatabaseCluster } from "../../api/database-cluster.ts";
import { seconds } from "../status-writer.ts";
import { ownerOf } from "./plan.ts";
import type { BackupCommand, BackupWish } from "./wish.ts";

export interface BackupRun {
  readonly engineName: string;
  readonly cluster: DatabaseCluster;
  readonly wish: BackupWish;
}

export async function runBackupCommand(command: BackupCommand, io: EngineIo, run: BackupRun): Promise<CommandResult> {
  switch (command.name) {
    case "open":
      await open(io, run);
      return { outcome: "done" };
    case "finish":
      await close(io, run, { name: run.wish.name, status: command.status, condition: good });
      return { outcome: "done" };
    case "fail":
      return fail(command, io, run);
  }
}

interface Condition {
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

const good: Condition = { status: "True", reason: "Completed", message: "the manifest was written and read back" };

/** The folder is decided once, by the object itself: its uid makes it nobody else's. */
async function open(io: EngineIo, { engineName, cluster, wish }: BackupRun): Promise<void> {
  const { name, namespace } = cluster.metadata;
  const made = await io.apply({
    apiVersion: types.databaseBackup.apiVersion,
    kind: types.databaseBackup.kind,
    metadata: keptMeta(ownerOf(engineName, cluster.metadata), wish.name),
    spec: { clusterName: name, locationName: wish.locationName, verify: wish.verify },
  });
  const startedAt = made.metadata.creationTimestamp ?? seconds(io.now());
  const path = [
    name,
    engineName,
    `${startedAt.replaceAll(/[-:]/gu, "")}-${(made.metadata.uid ?? "").slice(0, 8)}`,
  ].join("/");
  const condition: Condition = { status: "Unknown", reason: "Running", message: "it is being taken" };
  await writeStatus(io, { namespace, name: wish.name }, { status: { path, startedAt }, condition });
}

interface Closing {
  readonly name: string;
  readonly status: Readonly<Record<string, unknown>>;
  readonly condition: Condition;
}

/** On top of what was said when it was opened: a status is applied whole. */
async function close(io: EngineIo, { cluster }: BackupRun, { name, status, condition }: Closing): Promise<void> {
  const { namespace } = cluster.metadata;
  const object = await io.get({ type: types.databaseBackup, namespace, name });
  if (object === undefined) throw new DbopError("OperationFailed", `DatabaseBackup ${name} was deleted meanwhile`);
  await writeStatus(io, { namespace, name }, { status: { ...opening(object), ...status }, condition });
}

function opening(object: KubeObject): Readonly<Record<string, unknown>> {
  const { conditions: _, ...status } = fieldsOf(object["status"]);
  return status;
}

async function writeStatus(
  io: EngineIo,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { status, condition }: Omit<Closing, "name">,
): Promise<void> {
  await io.apply(
    {
      apiVersion: types.databaseBackup.apiVersion,
      kind: types.databaseBackup.kind,
      metadata: { name, namespace },
      status: { ...status, conditions: [{ type: "Succeeded", lastTransitionTime: seconds(io.now()), ...condition }] },
    },
    { subresource: "status", fieldManager: "kubectl-dbop-status", force: true },
  );
}

async function fail(
  { backup, reason, message }: Extract<BackupCommand, { name: "fail" }>,
  io: EngineIo,
  run: BackupRun,
): Promise<CommandResult> {
  if (backup !== "")
    await close(io, run, { name: backup, status: {}, condition: { status: "False", reason, message } });
  if (reason === "Interrupted") return { outcome: "done" };
  throw new DbopError("OperationFailed", backup === "" ? message : `backup ${backup} failed: ${message}`, {
    final: true,
  });
}
