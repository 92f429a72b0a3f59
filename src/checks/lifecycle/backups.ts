/** L3.1 and L3.2: whether there is a backup, and whether anybody has seen one come back. */
import type { DatabaseBackup } from "../../api/database-backup.ts";
import { field, textField } from "../../kube/fields.ts";
import type { Check, Evidence, Finding } from "../finding.ts";
import type { Observation } from "../observation.ts";
import { lateness } from "./schedule.ts";
import { remedy } from "../remedy.ts";
import { findField, schemaOf } from "../schema.ts";
import { both, counted, fail, given, pass, read, warn } from "../verdicts.ts";

const day = 24 * 3_600_000;
const drilledWithin = 30 * day;

const backupNames = /^(?:backups?|backupSpec|\w*backup\w*|schedule)$/iu;

export const backup: Check<Observation> = {
  id: "L3.1",
  title: "Backed up",
  question: "Is there a verified backup of the data it holds now, and a newer one before that is old?",
  why: "replicas copy a mistake in a second; only a backup knows what was before it",
  judge: (observation) => {
    const { manager } = observation;
    if (manager.kind === "operator") return bySchema(observation);
    return given(both(manager.engine, manager.backups), ([engine, backups]) => {
      if (!engine.takesBackups && backups.length === 0)
        return fail(
          `kubectl dbop takes no backups of ${engine.title}`,
          [counted("kubectl-dbop", `backup methods of ${engine.title}`, 0)],
          "a backup taken by other means, which is not seen here",
        );
      return judgeNewest(observation, { backups, identity: engine.identity });
    });
  },
};

function bySchema({ definition, subject }: Observation): Finding {
  return given(definition, (found) => {
    const place = found && findField(schemaOf(found, subject, "spec"), "spec", backupNames);
    if (found === undefined || place === undefined)
      return fail(
        "the kind has no field for backups",
        [counted(subject.kind, "spec.backup and its like", undefined)],
        "backups by other means, which are not seen here",
      );
    const asked = field(subject["spec"], place.path.split(".")[1] ?? "");
    const evidence = [
      read(found, `schema of ${place.path}`, textField(place.schema, "type")),
      read(subject, place.path, asked),
    ];
    if (asked === undefined)
      return fail("it could be backed up, and is not", evidence, `${place.path} in the custom resource`);
    return warn(
      "backups are asked for; whether one has succeeded is not seen here",
      evidence,
      "look at the operator's own backup objects",
    );
  });
}

interface Stored {
  readonly backups: readonly DatabaseBackup[];
  readonly identity: string | undefined;
}

/** Of another cluster of this name, which had other data, none counts. */
function newestOf({ backups, identity }: Stored): DatabaseBackup | undefined {
  return backups
    .filter(
      ({ outcome, clusterIdentity }) => outcome === "succeeded" && clusterIdentity === (identity ?? clusterIdentity),
    )
    .toSorted((a, b) => Date.parse(a.finishedAt ?? "") - Date.parse(b.finishedAt ?? ""))
    .at(-1);
}

function judgeNewest(observation: Observation, stored: Stored): Finding {
  const fix = remedy(observation, { dbop: "backup NAME --to LOCATION", operator: "" });
  const newest = newestOf(stored);
  if (newest === undefined) {
    const none = counted("databasebackups.dbop.dev", "of it that succeeded", 0);
    return fail("no backup of the data it holds now", [none], fix);
  }
  const evidence = evidenceOf(newest);
  const late = lateness(observation, newest);
  if (late !== undefined) return fail(late.message, [...evidence, ...late.evidence], late.fix ?? fix);
  if (newest.verified === undefined)
    return warn("the newest backup was never verified", evidence, `${fix} --verify=structural`);
  return pass(`${newest.name} is recent and verified: ${newest.verified.grade}`, evidence);
}

function evidenceOf({ name, finishedAt, verified, consistencyPoint }: DatabaseBackup): readonly Evidence[] {
  const object = `databasebackup.dbop.dev/${name}`;
  return [
    counted(object, "status.finishedAt", finishedAt),
    counted(object, "status.consistencyPoint", consistencyPoint),
    counted(object, "status.verified", verified === undefined ? undefined : `${verified.grade} at ${verified.at}`),
  ];
}

export const drill: Check<Observation> = {
  id: "L3.2",
  title: "Restore was tried",
  question: "Has a backup of it been restored, lately, by somebody who looked at the result?",
  why: "a backup that was never restored is a hope",
  judge: (observation) => {
    const { manager, subject } = observation;
    if (manager.kind === "operator")
      return fail(
        "no record of a restore is seen",
        [read(subject, "status", "nothing that kubectl-dbop can read as a restore")],
        "a restore drill, and a record of it",
      );
    return given(both(manager.backups, manager.engine), ([backups, engine]) =>
      judgeDrill(observation, { backups, identity: engine.identity, taken: engine.takesBackups }),
    );
  },
};

/** @param stored.taken this program takes backups of such databases. */
function judgeDrill(observation: Observation, { taken, ...stored }: Stored & { readonly taken: boolean }): Finding {
  const fix = taken
    ? remedy(observation, { dbop: "backup NAME --to LOCATION --verify=structural", operator: "" })
    : "a backup by other means, and a restore of it that somebody looks at";
  const tried = newestOf({
    ...stored,
    backups: stored.backups.filter(({ verified }) => verified !== undefined && verified.grade !== "integrity"),
  });
  if (tried?.verified === undefined) {
    const newest = newestOf(stored);
    if (newest === undefined)
      return fail(
        "there is nothing that could be restored",
        [counted("databasebackups.dbop.dev", "of it that succeeded", 0)],
        fix,
      );
    return fail("no backup of it was ever restored to be looked at", evidenceOf(newest), fix);
  }
  const old = observation.now.getTime() - Date.parse(tried.verified.at) > drilledWithin;
  if (old) return warn("the last restore that was tried is more than 30 days ago", evidenceOf(tried), fix);
  return pass(`${tried.name} was restored and looked at: ${tried.verified.grade}`, evidenceOf(tried));
}
