/** What a restore in place is asked for, as it is recorded, and how far it can still be given up. Pure. */
import type { OperationRecord } from "../../api/database-cluster.ts";
import type { Replacement } from "../../engines/engine.ts";

export interface InPlaceWish extends Omit<Replacement, "id"> {
  /** Take one of what is there, if anything of it answers. */
  readonly lastBackup: boolean;
  /** Although it is the one that was restored last. */
  readonly again: boolean;
}

const keepRevision = "--keep-revision";
const onceMore = "--again";
/** Lifts what stands in the way of a last backup. */
export const withoutLastBackup = "--without-last-backup";

/** The wish as it is recorded. */
export function inPlaceRequest({ locationName, path, bumpRevision, lastBackup, again }: InPlaceWish): string {
  const flags = [
    ...(bumpRevision ? [] : [keepRevision]),
    ...(lastBackup ? [] : [withoutLastBackup]),
    ...(again ? [onceMore] : []),
  ];
  return ["--from-location", locationName, "--path", path, ...flags].join(" ");
}

/** The reverse. */
export function inPlaceWish(request: string): InPlaceWish {
  const words = request.split(" ");
  const after = (flag: string): string => words[words.indexOf(flag) + 1] ?? "";
  return {
    locationName: after("--from-location"),
    path: after("--path"),
    bumpRevision: !words.includes(keepRevision),
    lastBackup: !words.includes(withoutLastBackup),
    again: words.includes(onceMore),
  };
}

/** What a restore in place does before its members stop, by its steps' names. */
const harmless = /^(?:restore-|backup-|job-delete\/|certificates\/|$)/u;

/** One that has not touched what serves may be given up, and nobody but whoever asked for it goes on with it. */
export function isRevocable({ verb, step }: Pick<OperationRecord, "verb" | "step">): boolean {
  return verb === "restore-in-place" && harmless.test(step);
}
