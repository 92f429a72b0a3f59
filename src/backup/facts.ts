/** What a finished backup proves, read from what its containers said. Pure. */
import type { DatabaseBackup, Grade } from "../api/database-backup.ts";
import type { Result } from "../api/result.ts";
import { renderManifest, type Manifest } from "./manifest.ts";
import { lost, type Contents, type Taken } from "./method.ts";
import { printed } from "./words.ts";
import { filesListed, sameFiles, type JobSeen } from "./take.ts";

/**
 * The manifest of what `take` has carried to the location, or why there is none. The same Job always gives the same manifest.
 * @param contents the engine's reading of what its own tools said.
 */
export function manifestOf(
  take: JobSeen,
  verify: DatabaseBackup["verify"],
  contents: (taken: Taken) => Result<Contents, string>,
): Result<Manifest, string> {
  if (take.takenOf === undefined) return lost;
  const { expected, ...takenOf } = take.takenOf;
  const said = (container: string): string => printed(take.logs[container] ?? "");
  const sent = filesListed(said("measure"));
  if (sent === undefined) return lost;
  const held = contents({ said, expected });
  if (!held.ok) return held;
  const back = verify === "none" ? sent : filesListed(said("compare"));
  if (back === undefined || !sameFiles(sent, back)) {
    return { ok: false, problems: "what came back from the location is not what was sent" };
  }
  const { startedAt, completedAt: at } = take;
  const verified = verify === "none" ? undefined : { grade: verify satisfies Grade, at };
  return { ok: true, value: { ...takenOf, ...held.value, startedAt, finishedAt: at, files: sent, verified } };
}

/** Whether `seal` has read back exactly what it was to write. */
export function isSealed(seal: JobSeen, manifest: Manifest): boolean {
  return printed(seal.logs["read-back"] ?? "").trim() === renderManifest(manifest).trim();
}
