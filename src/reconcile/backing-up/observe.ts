/** What a backup's plan is made from: the location and what it needs, the DatabaseBackups, and how the Jobs stand. Changes nothing. */
import { readBackup, type DatabaseBackup } from "../../api/database-backup.ts";
import { findLocation } from "../../backup/find-location.ts";
import { readJobs } from "../../backup/read-jobs.ts";
import { pruneJobName } from "../../backup/retention.ts";
import { sealJobName, takeJobName, type JobSeen } from "../../backup/take.ts";
import type { Reader } from "../../engines/engine.ts";
import { isDbopError } from "../../errors.ts";
import { types } from "../../kube/objects.ts";
import type { DatabaseName } from "../database.ts";
import type { BackupSeen, BackupWish } from "./wish.ts";

export async function observeBackup(
  read: Reader,
  { namespace, name }: DatabaseName,
  wish: BackupWish,
): Promise<Omit<BackupSeen<unknown>, "engine">> {
  const [location, backups, jobs] = await Promise.all([
    findLocation(read, namespace, wish.locationName),
    listBackups(read, namespace),
    readJobs(read, { namespace, name }),
  ]);
  const ours = backups.filter((backup) => backup.clusterName === name);
  const job = (jobName: string): JobSeen | undefined => jobs.find((one) => one.name === jobName);
  const prunes = ours.flatMap((backup) => {
    const found = job(pruneJobName(backup.name));
    return found === undefined ? [] : [[backup.name, found] as const];
  });
  return {
    location,
    backup: backups.find((backup) => backup.name === wish.name),
    backups: ours,
    take: job(takeJobName(wish.name)),
    seal: job(sealJobName(wish.name)),
    prunes: Object.fromEntries(prunes),
    strays: jobs.filter((one) => isStray(one, backups, wish)),
  };
}

/** Of a backup that is not asked for, and has not succeeded: what it would bring is thrown away. */
function isStray(job: JobSeen, backups: readonly DatabaseBackup[], wish: BackupWish): boolean {
  if (job.state !== "running") return false;
  const backup = backups.find((one) => [takeJobName(one.name), sealJobName(one.name)].includes(job.name));
  return backup !== undefined && backup.name !== wish.name && backup.outcome !== "succeeded";
}

/** None where the kind is not installed. */
export async function listBackups(read: Pick<Reader, "list">, namespace: string): Promise<readonly DatabaseBackup[]> {
  try {
    const { items } = await read.list(types.databaseBackup, { namespace });
    return items.map(readBackup);
  } catch (error) {
    if (isDbopError(error, "NotFound")) return [];
    throw error;
  }
}
