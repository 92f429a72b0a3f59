/** status, list and history: they change nothing. */
import { isDbopError } from "../../errors.ts";
import { types, type KubeObject } from "../../kube/objects.ts";
import { getDatabase } from "../../reconcile/database.ts";
import type { DatabaseBackup } from "../../api/database-backup.ts";
import { listBackups } from "../../reconcile/backing-up/observe.ts";
import { liveStatus } from "../../reconcile/live-status.ts";
import { kindIsMissing } from "../../reconcile/look.ts";
import { namingAllRights } from "../../reconcile/preflight.ts";
import type { ClusterReport } from "../../output/status-view.ts";
import type { ClusterName, ClusterQuery, Reading } from "../deps.ts";

/** One database by name that may not be looked at is a failure; among many it is told in its line. */
export function status(query: ClusterQuery, reading: Reading): Promise<readonly ClusterReport[]> {
  const { namespace, name } = query;
  const work = (): Promise<readonly ClusterReport[]> => look(query, reading);
  if (namespace === undefined || name === undefined) return work();
  return namingAllRights(reading.session.kube, { verb: "status", namespace, work });
}

async function look(query: ClusterQuery, reading: Reading): Promise<readonly ClusterReport[]> {
  const { session, clock } = reading;
  const reports: ClusterReport[] = [];
  for (const object of await list(query, reading)) {
    const live = await liveStatus(session.kube, clock, { object, strict: query.name !== undefined });
    reports.push(
      query.name === undefined ? { object, live } : { object, live, backups: await backupsOf(object, reading) },
    );
  }
  return reports;
}

/** Only of one that is looked at by itself: for a line each of many it would be a question too many. */
async function backupsOf({ metadata }: KubeObject, { session }: Reading): Promise<readonly DatabaseBackup[]> {
  const all = await listBackups(session.kube, metadata.namespace ?? session.namespace);
  return all.filter(({ clusterName }) => clusterName === metadata.name);
}

/** Where the kind is not installed there is nothing to list. */
export async function list(query: ClusterQuery, { session }: Reading): Promise<readonly KubeObject[]> {
  const { name, namespace, labelSelector } = query;
  if (name !== undefined) return [await getDatabase(session.kube, { name, namespace: namespace ?? session.namespace })];
  try {
    const found = await session.kube.list(types.databaseCluster, {
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
    });
    return found.items;
  } catch (error) {
    if (isDbopError(error, "NotFound") && (await kindIsMissing(session))) return [];
    throw error;
  }
}

export function history(request: ClusterName, { session }: Reading): Promise<KubeObject> {
  return getDatabase(session.kube, request);
}
