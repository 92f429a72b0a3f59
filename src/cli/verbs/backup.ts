/** backup, and the lists of backups. */
import { randomBytes } from "node:crypto";
import { readBackup, type DatabaseBackup } from "../../api/database-backup.ts";
import { isDbopError } from "../../errors.ts";
import { field, textField } from "../../kube/fields.ts";
import { types, type KubeObject } from "../../kube/objects.ts";
import type { ListedBackup } from "../../output/backup-table.ts";
import type { RunResult } from "../../output/run-view.ts";
import type { StoredBackup } from "../../output/stored-table.ts";
import { backupActivity } from "../../reconcile/backing-up/activity.ts";
import { listBackups } from "../../reconcile/backing-up/observe.ts";
import { runPass } from "../../reconcile/pass.ts";
import { namingAllRights } from "../../reconcile/preflight.ts";
import { readStored } from "../../reconcile/restoring/stored.ts";
import type { BackupRequest, ClusterQuery, Reading, Run, StoredQuery } from "../deps.ts";
import { passDeps, passTerms } from "./pass-deps.ts";

export async function backup(request: BackupRequest, run: Run): Promise<RunResult> {
  const { name, namespace, location, verify, keep } = request;
  const wish = { name: request.backupName ?? (await unnamed(request, run)), locationName: location, verify, keep };
  return runPass(passDeps(run), {
    verb: "backup",
    activity: backupActivity(wish),
    database: { namespace, name },
    request: `--to ${location} --name ${wish.name} --verify ${verify}${keep === undefined ? "" : ` --keep ${String(keep)}`}`,
    edit: () => undefined,
    consents: new Set(),
    ...passTerms(run),
  });
}

/** Asked for without a name, one that was begun without a name and has not ended is gone on with. */
async function unnamed({ name, namespace, location, verify }: BackupRequest, run: Run): Promise<string> {
  const backups = await listBackups(run.session.kube, namespace).catch((error: unknown): readonly DatabaseBackup[] => {
    // Whoever may not list is told so with all other rights that are missing.
    if (isDbopError(error, "Forbidden")) return [];
    throw error;
  });
  const begun = backups.find(
    (one) =>
      one.clusterName === name &&
      one.locationName === location &&
      one.verify === verify &&
      one.outcome === "unfinished" &&
      /-\d{8}-\d{6}$/u.test(one.name),
  );
  const time = run.clock.now().toISOString().slice(0, 19).replaceAll(/[-:]/gu, "").replace("T", "-");
  return begun?.name ?? `${name}-${time}`;
}

/** Newest first. */
export async function backups(
  { name, namespace }: ClusterQuery,
  { session }: Reading,
): Promise<readonly ListedBackup[]> {
  const { kube } = session;
  const query = namespace === undefined ? {} : { namespace };
  const found = await kube.list(types.databaseBackup, query).catch((error: unknown) => {
    if (isDbopError(error, "NotFound")) return { items: [] };
    throw error;
  });
  const mine = found.items.filter((object) => name === undefined || textField(object["spec"], "clusterName") === name);
  const clusters = mine.some((object) => readBackup(object).outcome === "unfinished")
    ? (await kube.list(types.databaseCluster, query)).items
    : [];
  return mine
    .toSorted((a, b) => (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? ""))
    .map((object) => ({ object, state: stateOf(object, clusters) }));
}

const states = { succeeded: "Succeeded", failed: "Failed", removing: "Removing" } as const;

function stateOf(object: KubeObject, clusters: readonly KubeObject[]): string {
  const { outcome, clusterName, name } = readBackup(object);
  if (outcome !== "unfinished") return states[outcome];
  const cluster = clusters.find(
    ({ metadata }) => metadata.name === clusterName && metadata.namespace === object.metadata.namespace,
  );
  const operation = field(cluster?.["status"], "operation");
  // One that runs beside another operation is not recorded as the one in flight.
  if (operation !== undefined && textField(operation, "verb") !== "backup") return "Unfinished";
  return ` ${textField(operation, "request")} `.includes(` ${name} `) ? "Running" : "Interrupted";
}

/** Newest first: what is at the location, whether or not an object tells of it. The rights are those of restore. */
export async function storedBackups(
  { namespace, name, location }: StoredQuery,
  { session: { kube }, clock, signal }: Reading,
): Promise<readonly StoredBackup[]> {
  const question = { namespace, locationName: location, id: randomBytes(4).toString("hex") };
  const work = (): Promise<readonly StoredBackup[]> => readStored({ kube, clock, signal }, question);
  const stored = await namingAllRights(kube, { verb: "restore", namespace, work });
  return stored.filter(({ manifest }) => name === undefined || manifest?.clusterName === name);
}
