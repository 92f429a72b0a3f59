/** Whether a database has a backup to go back to, before what can't be taken back. */
import { readBackup } from "../api/database-backup.ts";
import { isDbopError } from "../errors.ts";
import type { KubeClient } from "../kube/kube-client.ts";
import { types } from "../kube/objects.ts";
import type { Verdict } from "../plan/step.ts";
import { selectorText, type Owner } from "../resources/labels.ts";

/** `unknown`: they may not be read, and nobody can tell whether there are any. */
export type BackupsSeen = "not-asked" | "unknown" | readonly BackupSeen[];

export interface BackupSeen {
  readonly name: string;
  readonly finishedAt: string;
  /** How far it was tried; undefined when it was not. */
  readonly grade: string | undefined;
  /** Of the cluster it was taken of; empty when it does not say. */
  readonly clusterId: string;
}

/** Backups of this database that have succeeded. Where the kind is not installed there are none; without the right to look it is unknown. */
export async function observeBackups(read: Pick<KubeClient, "list">, owner: Owner): Promise<BackupsSeen> {
  const query = { namespace: owner.namespace, labelSelector: selectorText(owner) };
  try {
    const { items } = await read.list(types.databaseBackup, query);
    const own = items.map(readBackup).filter(({ clusterName }) => clusterName === owner.name);
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

const day = 86_400_000;
const enough: ReadonlySet<string | undefined> = new Set(["structural", "functional"]);

export interface RecentWish {
  readonly backups: BackupsSeen;
  readonly database: Pick<Owner, "name" | "namespace">;
  /** The engine's own id of the cluster, as it is now. */
  readonly identity: string | undefined;
  readonly now: Date;
  /** The flag that does without. */
  readonly lift: string;
}

/** A change of version may not be undone by putting the old one back: a backup that was tried is the way home. */
export function withoutRecentBackup(wish: RecentWish): Verdict | undefined {
  const { backups, database, identity, now, lift } = wish;
  const guard = "verified-backup-before-irreversible";
  if (backups === "not-asked") return undefined;
  if (backups === "unknown") {
    const observed = `missing right: list databasebackups.dbop.dev in namespace ${database.namespace}`;
    return { guard, message: "whether there is a recent backup is not known: backups may not be read", observed, lift };
  }
  const own = backups.filter(({ clusterId }) => clusterId === "" || clusterId === identity);
  const good = own.some(({ grade, finishedAt }) => enough.has(grade) && now.getTime() - Date.parse(finishedAt) <= day);
  if (good) return undefined;
  const message = `no backup of the last 24 hours has been tried (grade structural): take one with kubectl dbop backup ${database.name}`;
  return { guard, message, observed: newest(own), lift };
}

function newest(backups: readonly BackupSeen[]): string {
  const last = backups.toSorted((a, b) => Date.parse(b.finishedAt) - Date.parse(a.finishedAt))[0];
  if (last === undefined) return "no DatabaseBackup of this cluster has succeeded";
  return `the newest is ${last.name}, finished ${last.finishedAt}, verified: ${last.grade ?? "no"}`;
}
