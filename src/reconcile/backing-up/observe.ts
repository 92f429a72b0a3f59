/** What a backup's plan is made from: the location and what it needs, the DatabaseBackups, and how the Jobs stand. Changes nothing. */
import { readLocation, type BackupLocation } from "../../api/backup-location.ts";
import { readBackup, type DatabaseBackup } from "../../api/database-backup.ts";
import { needsOf, type Need } from "../../backup/mover.ts";
import { jobSelector } from "../../backup/job.ts";
import { pruneJobName } from "../../backup/retention.ts";
import { jobSeen, sealJobName, takeJobName, type JobSeen } from "../../backup/take.ts";
import type { Reader } from "../../engines/engine.ts";
import { DbopError, isDbopError } from "../../errors.ts";
import { field } from "../../kube/fields.ts";
import { types, type KubeObject } from "../../kube/objects.ts";
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
  };
}

/** Throws `NotFound` or `Usage` when it can't be used: a pod would wait for a Secret that is not there, for ever. */
async function findLocation(read: Reader, namespace: string, name: string): Promise<BackupLocation> {
  const object = await read.get({ type: types.backupLocation, namespace, name });
  if (object === undefined) {
    throw new DbopError("NotFound", `backuplocations.dbop.dev "${name}" not found in namespace "${namespace}"`, {
      hint: "kubectl get backuplocations shows those that are there; kubectl explain backuplocation.spec how to make one",
    });
  }
  const location = readLocation(object);
  const wrong = location.ok
    ? (await Promise.all(needsOf(location.value).map((need) => missing(read, namespace, need)))).flat()
    : location.problems.map((problem) => `${problem.field}: ${problem.value} ${problem.message}`);
  if (!location.ok || wrong.length > 0) {
    throw new DbopError("Refused", `BackupLocation ${name} can't be used; nothing was changed`, { problems: wrong });
  }
  return location.value;
}

async function missing(read: Reader, namespace: string, need: Need): Promise<readonly string[]> {
  const type = need.kind === "Secret" ? types.secret : types.claim;
  const object = await read.get({ type, namespace, name: need.name });
  if (object === undefined) return [`${need.kind} ${need.name} is not there`];
  if (need.kind !== "Secret" || need.anyOf.some((key) => field(object["data"], key) !== undefined)) return [];
  return [`Secret ${need.name} has no key ${need.anyOf.join(" or ")}`];
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

/** Every Job made for backups of this database, with what the containers of a finished one have said. */
async function readJobs(read: Reader, { namespace, name }: DatabaseName): Promise<readonly JobSeen[]> {
  const query = { namespace, labelSelector: jobSelector({ name }) };
  const [jobs, pods] = await Promise.all([read.list(types.job, query), read.list(types.pod, query)]);
  const living = jobs.items.filter((job) => job.metadata.deletionTimestamp === undefined);
  return Promise.all(living.map((job) => readJob(read, job, podOf(job, pods.items))));
}

function podOf(job: KubeObject, pods: readonly KubeObject[]): KubeObject | undefined {
  return pods.find((pod) => pod.metadata.labels?.["batch.kubernetes.io/job-name"] === job.metadata.name);
}

/** The containers whose output the plan reads. */
const speaking = ["inspect", "measure", "compare", "read-back"] as const;

async function readJob(read: Reader, job: KubeObject, pod: KubeObject | undefined): Promise<JobSeen> {
  const seen = jobSeen(job, pod);
  if (seen.state !== "complete" || pod === undefined) return { ...seen, logs: {} };
  const names = containerNames(pod).filter((name) => speaking.some((one) => one === name));
  const { namespace = "", name } = pod.metadata;
  const logs = await Promise.all(names.map((container) => read.log({ namespace, pod: name, container })));
  return { ...seen, logs: Object.fromEntries(names.map((container, index) => [container, logs[index] ?? ""])) };
}

function containerNames(pod: KubeObject): readonly string[] {
  const of = (list: unknown): readonly string[] =>
    Array.isArray(list) ? list.map((one: unknown) => String(field(one, "name"))) : [];
  return [...of(field(pod["spec"], "initContainers")), ...of(field(pod["spec"], "containers"))];
}
