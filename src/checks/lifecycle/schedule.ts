/** Whether backups come when they are due: by the schedule of the spec, or within a day where there is none. */
import type { DatabaseBackup } from "../../api/database-backup.ts";
import { field, listField, textField } from "../../kube/fields.ts";
import type { KubeObject } from "../../kube/objects.ts";
import type { Evidence } from "../finding.ts";
import type { Observation } from "../observation.ts";
import { remedy } from "../remedy.ts";
import { counted, read } from "../verdicts.ts";

const hour = 3_600_000;
/** Without a schedule: as old as the newest backup may be. */
const wantedWithin = 24 * hour;
/** A run that was due so lately may still be at it. */
const grace = 6 * hour;

interface Late {
  readonly message: string;
  readonly evidence: readonly Evidence[];
  /** Absent: a backup by hand. */
  readonly fix?: string;
}

/** Why the newest backup is not new enough; undefined when it is, or when its schedule can't be read. */
export function lateness(observation: Observation, newest: DatabaseBackup): Late | undefined {
  const { now, subject, cronJobs } = observation;
  const finished = Date.parse(newest.finishedAt ?? "");
  if (field(subject["spec"], "backup") === undefined) {
    if (now.getTime() - finished <= wantedWithin) return undefined;
    return { message: "the newest backup is older than a day, and none is scheduled", evidence: [] };
  }
  if (cronJobs.state !== "read") return undefined;
  const job = cronJobs.value.find((one) => isOwnedBy(one, subject.metadata.uid) && runs(one, "backup"));
  return job === undefined ? noJob(observation) : lateJob(job, finished, now);
}

function noJob(observation: Observation): Late {
  return {
    message: "backups are scheduled and no CronJob takes them",
    evidence: [counted("cronjobs.batch", "of it that run kubectl dbop backup", 0)],
    fix: remedy(observation, { dbop: "reconcile NAME", operator: "" }),
  };
}

function lateJob(job: KubeObject, finished: number, now: Date): Late | undefined {
  const suspended = field(job["spec"], "suspend") === true;
  const due = textField(job["status"], "lastScheduleTime");
  const evidence = [
    read(job, "spec.suspend", suspended),
    read(job, "status.lastScheduleTime", due === "" ? undefined : due),
  ];
  if (suspended)
    return {
      message: "the CronJob that takes its backups is suspended",
      evidence,
      fix: "spec.suspend: false in the CronJob",
    };
  // Before its first run there is nothing it could have missed.
  const inTime = due === "" || finished >= Date.parse(due) || now.getTime() - Date.parse(due) < grace;
  return inTime ? undefined : { message: "the backup that was due last did not come", evidence };
}

export function isOwnedBy(object: KubeObject, uid: string | undefined): boolean {
  if (uid === undefined) return false;
  return (object.metadata.ownerReferences ?? []).some((owner) => textField(owner, "uid") === uid);
}

/** Whether the CronJob runs this verb of kubectl dbop. */
export function runs(job: KubeObject, verb: string): boolean {
  const template = field(field(field(job["spec"], "jobTemplate"), "spec"), "template");
  return listField(field(template, "spec"), "containers").some((container) =>
    listField(container, "args").includes(verb),
  );
}
