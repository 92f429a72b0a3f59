/** Writes what a backup's plan says of the DatabaseBackup. Each may be done twice. */
import { DbopError } from "../../errors.ts";
import type { CommandResult, EngineIo } from "../../engines/engine.ts";
import { types } from "../../kube/objects.ts";
import { keptMeta } from "../../resources/labels.ts";
import { removingReason } from "../../api/database-backup.ts";
import type { DatabaseCluster } from "../../api/database-cluster.ts";
import { seconds } from "../status-writer.ts";
import { ownerOf } from "./plan.ts";
import type { BackupCommand, BackupWish, Opened } from "./wish.ts";

export interface BackupRun {
  readonly engineName: string;
  readonly cluster: DatabaseCluster;
  readonly wish: BackupWish;
}

export async function runBackupCommand(command: BackupCommand, io: EngineIo, run: BackupRun): Promise<CommandResult> {
  switch (command.name) {
    case "open":
      await open(io, run);
      break;
    case "finish":
      await close(io, run, { of: command.of, status: command.status, condition: good });
      break;
    case "interrupt":
      await close(io, run, { of: command.of, condition: interrupted });
      break;
    case "retire":
      await close(io, run, { of: command.of, condition: removing });
      break;
    case "fail":
      await close(io, run, {
        of: command.of,
        condition: { status: "False", reason: "Failed", message: command.message },
      });
      throw failed(`backup ${command.of.name} failed: ${command.message}`);
    case "complain":
      throw failed(command.message);
  }
  return { outcome: "done" };
}

function failed(message: string): DbopError {
  return new DbopError("OperationFailed", message, { final: true });
}

interface Condition {
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

const good: Condition = { status: "True", reason: "Completed", message: "the manifest was written and read back" };
const interrupted: Condition = {
  status: "False",
  reason: "Interrupted",
  message: "whoever took it was stopped, and did not go on",
};
const removing: Condition = {
  status: "False",
  reason: removingReason,
  message: "its data is being removed from the location: newer ones are there",
};

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
  await writeStatus(io, namespace, {
    of: { name: wish.name, uid: made.metadata.uid ?? "", path, startedAt },
    condition,
  });
}

interface Closing {
  readonly of: Opened;
  readonly status?: Readonly<Record<string, unknown>>;
  readonly condition: Condition;
}

function close(io: EngineIo, { cluster }: BackupRun, closing: Closing): Promise<void> {
  return writeStatus(io, cluster.metadata.namespace, closing);
}

/** A status is applied whole, and to this very object: one of the same name that was made meanwhile is another (`Conflict`). */
async function writeStatus(io: EngineIo, namespace: string, { of, status = {}, condition }: Closing): Promise<void> {
  const { name, uid, path, startedAt } = of;
  const opening = { ...(path === "" ? {} : { path }), ...(startedAt === "" ? {} : { startedAt }) };
  await io.apply(
    {
      apiVersion: types.databaseBackup.apiVersion,
      kind: types.databaseBackup.kind,
      metadata: { name, namespace, uid },
      status: {
        ...opening,
        ...status,
        conditions: [{ type: "Succeeded", lastTransitionTime: seconds(io.now()), ...condition }],
      },
    },
    { subresource: "status", fieldManager: "kubectl-dbop-status", force: true },
  );
}
