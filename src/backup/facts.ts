/** What a finished backup proves, read from what its containers said. Pure. */
import type { DatabaseBackup, Grade } from "../api/database-backup.ts";
import type { Result } from "../api/result.ts";
import { renderManifest, type Manifest } from "./manifest.ts";
import { printed } from "./words.ts";
import { filesListed, sameFiles, type JobSeen } from "./take.ts";

/**
 * The manifest of what `take` has carried to the location, or why there is none. The same Job always gives the same manifest.
 * @param consistencyPoint the engine's reading of what its own tool said.
 */
export function manifestOf(
  take: JobSeen,
  verify: DatabaseBackup["verify"],
  consistencyPoint: (log: string) => string | undefined,
): Result<Manifest, string> {
  const { takenOf } = take;
  const said = (container: string): string => printed(take.logs[container] ?? "");
  const point = consistencyPoint(said("inspect"));
  const sent = filesListed(said("measure"));
  if (takenOf === undefined || point === undefined || sent === undefined) {
    return { ok: false, problems: "what its Job found out is lost: the pod or its log is gone" };
  }
  const back = verify === "none" ? sent : filesListed(said("compare"));
  if (back === undefined || !sameFiles(sent, back)) {
    return { ok: false, problems: "what came back from the location is not what was sent" };
  }
  const { startedAt, completedAt: at } = take;
  const verified = verify === "none" ? undefined : { grade: verify satisfies Grade, at };
  return { ok: true, value: { ...takenOf, consistencyPoint: point, startedAt, finishedAt: at, files: sent, verified } };
}

/** Whether `seal` has read back exactly what it was to write. */
export function isSealed(seal: JobSeen, manifest: Manifest): boolean {
  return printed(seal.logs["read-back"] ?? "").trim() === renderManifest(manifest).trim();
}
