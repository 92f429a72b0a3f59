/** `spec.backup`: backups that are taken without a person. */
import { field } from "../kube/fields.ts";
import { cronProblem } from "./cron.ts";
import { grades } from "./database-backup.ts";
import type { ScheduledBackupSpec } from "./database-cluster.ts";
import { isImageReference } from "./names.ts";
import type { SpecReader } from "./spec-reader.ts";

const known = ["schedule", "timeZone", "locationName", "verify", "keep", "image"];

/** A wrong field is told to `reader` and reads as an empty value. */
export function readScheduledBackup(reader: SpecReader, value: unknown): ScheduledBackupSpec | undefined {
  if (value === undefined) return undefined;
  reader.onlyKnown("spec.backup", value, known);
  const locationName = field(value, "locationName");
  const verify = field(value, "verify") ?? "structural";
  const keep = readKeep(reader, field(value, "keep"));
  return {
    schedule: readSchedule(reader, field(value, "schedule")),
    timeZone: readTimeZone(reader, field(value, "timeZone")),
    locationName:
      locationName === undefined
        ? reader.text("spec.backup.locationName", locationName, "the name of a BackupLocation")
        : (reader.objectName("spec.backup.locationName", locationName) ?? ""),
    verify: reader.oneOf("spec.backup.verify", verify, ["none", ...grades]),
    ...(keep === undefined ? {} : { keep }),
    image: readImage(reader, field(value, "image")),
  };
}

function readSchedule(reader: SpecReader, value: unknown): string {
  const schedule = reader.text("spec.backup.schedule", value, "such as '30 3 * * *' for half past three each night");
  const problem = schedule === "" ? undefined : cronProblem(schedule);
  if (problem !== undefined) reader.add("spec.backup.schedule", schedule, `must be ${problem}`);
  return schedule;
}

function readTimeZone(reader: SpecReader, value: unknown): string {
  if (value === undefined) return "Etc/UTC";
  if (typeof value === "string" && isTimeZone(value)) return value;
  reader.add("spec.backup.timeZone", value, "must be a time zone such as Etc/UTC or Europe/Berlin");
  return "";
}

function isTimeZone(name: string): boolean {
  try {
    return (
      new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "" && /^[A-Za-z]/u.test(name)
    );
  } catch {
    return false;
  }
}

function readKeep(reader: SpecReader, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 10_000) return value;
  reader.add("spec.backup.keep", value, "must be an integer from 1 to 10000");
  return undefined;
}

/** Has no default: a name that nobody has published yet would be anybody's. */
function readImage(reader: SpecReader, value: unknown): string {
  if (typeof value === "string" && isImageReference(value)) return value;
  const example = "registry.example.com/kubectl-dbop:0.1.0: npm run image makes one";
  reader.add("spec.backup.image", value, `must be an image of kubectl-dbop such as ${example}`);
  return "";
}
