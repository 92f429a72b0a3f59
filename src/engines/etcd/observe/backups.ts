import { readBackup } from "../../../api/database-backup.ts";
import { isDbopError } from "../../../errors.ts";
import { types } from "../../../kube/objects.ts";
import { selectorText } from "../../../resources/labels.ts";
import type { Reader } from "../../engine.ts";
import { owner } from "../names.ts";
import type { BackupsSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";

/** Backups of this cluster that have succeeded. Where the kind is not installed there are none; without the right to look it is unknown. */
export async function observeBackups(read: Reader, spec: EtcdSpec): Promise<BackupsSeen> {
  const query = { namespace: spec.namespace, labelSelector: selectorText(owner(spec)) };
  try {
    const { items } = await read.list(types.databaseBackup, query);
    const own = items.map(readBackup).filter(({ clusterName }) => clusterName === spec.name);
    return own.flatMap(({ name, outcome, finishedAt, verified, clusterIdentity }) =>
      outcome === "succeeded"
        ? [{ name, finishedAt: finishedAt ?? "", grade: verified?.grade, clusterId: clusterIdentity }]
        : [],
    );
  } catch (error) {
    if (isDbopError(error, "NotFound")) return [];
    if (isDbopError(error, "Forbidden")) return "unknown";
    throw error;
  }
}
