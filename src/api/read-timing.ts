/** When and by what a scheduled errand runs: the fields that `spec.backup` and `spec.reconcile` share. */
import { field } from "../kube/fields.ts";
import { cronProblem } from "./cron.ts";
import type { ErrandTiming } from "./database-cluster.ts";
import { isImageReference } from "./names.ts";
import type { SpecReader } from "./spec-reader.ts";

export const timingFields = ["schedule", "timeZone", "image"];

/** `path` is where `value` stands, as `spec.backup`. A wrong field is told to `reader` and reads as an empty value. */
export function readTiming(reader: SpecReader, path: string, value: unknown): ErrandTiming {
  return {
    schedule: readSchedule(reader, `${path}.schedule`, field(value, "schedule")),
    timeZone: readTimeZone(reader, `${path}.timeZone`, field(value, "timeZone")),
    image: readImage(reader, `${path}.image`, field(value, "image")),
  };
}

function readSchedule(reader: SpecReader, path: string, value: unknown): string {
  const schedule = reader.text(path, value, "such as '30 3 * * *' for half past three each night");
  const problem = schedule === "" ? undefined : cronProblem(schedule);
  if (problem !== undefined) reader.add(path, schedule, `must be ${problem}`);
  return schedule;
}

function readTimeZone(reader: SpecReader, path: string, value: unknown): string {
  if (value === undefined) return "Etc/UTC";
  if (typeof value === "string" && isTimeZone(value)) return value;
  reader.add(path, value, "must be a time zone such as Etc/UTC or Europe/Berlin");
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

/** Has no default: a name that nobody has published yet would be anybody's. */
function readImage(reader: SpecReader, path: string, value: unknown): string {
  if (typeof value === "string" && isImageReference(value)) return value;
  const example = "registry.example.com/kubectl-dbop:0.1.0: npm run image makes one";
  reader.add(path, value, `must be an image of kubectl-dbop such as ${example}`);
  return "";
}
