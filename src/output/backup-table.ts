/** The backups there are, newest first. */
import { field, listField, numberField, textField } from "../kube/fields.ts";
import type { KubeObject } from "../kube/objects.ts";
import { age } from "./age.ts";
import { table } from "./table.ts";

export interface ListedBackup {
  readonly object: KubeObject;
  /** Succeeded, Failed, Running, Interrupted: not ended, and nobody at it; or Unfinished, when it is not known whether somebody is. */
  readonly state: string;
}

export interface BackupTableOptions {
  readonly now: Date;
  /** Where it is in the location, and what was said when it ended. */
  readonly wide: boolean;
}

export function backupTable(backups: readonly ListedBackup[], { now, wide }: BackupTableOptions): string {
  const headings = ["NAME", "DATABASE", "LOCATION", "STATE", "VERIFIED", "BYTES", "HOLDS"];
  const rows = backups.map(({ object, state }) => {
    const { spec, status } = { spec: object["spec"], status: object["status"] };
    const [condition] = listField(status, "conditions");
    return [
      object.metadata.name,
      textField(spec, "clusterName"),
      textField(spec, "locationName"),
      state,
      textField(field(status, "verified"), "grade"),
      numberField(status, "sizeBytes") || undefined,
      textField(status, "consistencyPoint"),
      ...(wide ? [textField(status, "path"), textField(condition, "message")] : []),
      age(object.metadata.creationTimestamp ?? "", now),
    ];
  });
  return table([...headings, ...(wide ? ["PATH", "MESSAGE"] : []), "AGE"], rows);
}
