/** `spec.backup`: backups that are taken without a person. */
import { field } from "../kube/fields.ts";
import { grades } from "./database-backup.ts";
import type { ScheduledBackupSpec } from "./database-cluster.ts";
import { readTiming, timingFields } from "./read-timing.ts";
import type { SpecReader } from "./spec-reader.ts";

const known = [...timingFields, "locationName", "verify", "keep"];

/** A wrong field is told to `reader` and reads as an empty value. */
export function readScheduledBackup(reader: SpecReader, value: unknown): ScheduledBackupSpec | undefined {
  if (value === undefined) return undefined;
  reader.onlyKnown("spec.backup", value, known);
  const locationName = field(value, "locationName");
  const verify = field(value, "verify") ?? "structural";
  const keep = readKeep(reader, field(value, "keep"));
  return {
    ...readTiming(reader, "spec.backup", value),
    locationName:
      locationName === undefined
        ? reader.text("spec.backup.locationName", locationName, "the name of a BackupLocation")
        : (reader.objectName("spec.backup.locationName", locationName) ?? ""),
    verify: reader.oneOf("spec.backup.verify", verify, ["none", ...grades]),
    ...(keep === undefined ? {} : { keep }),
  };
}

function readKeep(reader: SpecReader, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 10_000) return value;
  reader.add("spec.backup.keep", value, "must be an integer from 1 to 10000");
  return undefined;
}
