/** The DatabaseBackup as TypeScript sees it: what was asked for, and what came of it. */
import { field, listField, numberField, textField } from "../kube/fields.ts";
import type { KubeObject } from "../kube/objects.ts";

/** How far the copy at the location was tried: read back, restored, asked. Each includes those before it. */
export const grades = ["integrity", "structural", "functional"] as const;
export type Grade = (typeof grades)[number];

export interface DatabaseBackup {
  readonly name: string;
  readonly uid: string;
  readonly clusterName: string;
  readonly locationName: string;
  readonly verify: Grade | "none";
  /**
   * Unfinished: nobody has said how it ended, be it because it goes on or because whoever took it was stopped. Removing: it was good, and what
   * is left of it is no backup any more.
   */
  readonly outcome: "unfinished" | "succeeded" | "failed" | "removing";
  readonly message: string;
  readonly path: string;
  readonly engineVersion: string;
  readonly clusterIdentity: string;
  readonly startedAt: string;
  readonly finishedAt: string | undefined;
  readonly consistencyPoint: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly verified: { readonly grade: Grade; readonly at: string } | undefined;
}

/** Reads what the CRD has checked; what is not there yet reads as empty. */
export function readBackup(object: KubeObject): DatabaseBackup {
  const { spec, status } = { spec: object["spec"], status: object["status"] };
  const succeeded = listField(status, "conditions").find((condition) => textField(condition, "type") === "Succeeded");
  return {
    name: object.metadata.name,
    uid: object.metadata.uid ?? "",
    clusterName: textField(spec, "clusterName"),
    locationName: textField(spec, "locationName"),
    verify: readGrade(field(spec, "verify")) ?? "none",
    outcome: outcomeOf(succeeded),
    message: textField(succeeded, "message"),
    path: textField(status, "path"),
    engineVersion: textField(status, "engineVersion"),
    clusterIdentity: textField(status, "clusterIdentity"),
    startedAt: textField(status, "startedAt"),
    finishedAt: textField(status, "finishedAt") || undefined,
    consistencyPoint: textField(status, "consistencyPoint"),
    sizeBytes: numberField(status, "sizeBytes"),
    sha256: textField(status, "sha256"),
    verified: readVerified(field(status, "verified")),
  };
}

/** The reason of a backup whose data is being removed from its location. */
export const removingReason = "Removing";

function outcomeOf(succeeded: unknown): DatabaseBackup["outcome"] {
  const status = textField(succeeded, "status");
  if (status === "True") return "succeeded";
  if (status !== "False") return "unfinished";
  return textField(succeeded, "reason") === removingReason ? "removing" : "failed";
}

function readVerified(value: unknown): DatabaseBackup["verified"] {
  const grade = readGrade(field(value, "grade"));
  return grade === undefined ? undefined : { grade, at: textField(value, "at") };
}

function readGrade(value: unknown): Grade | undefined {
  return grades.find((grade) => grade === value);
}
