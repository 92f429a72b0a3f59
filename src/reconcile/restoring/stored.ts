/** What is at a location that could be restored. */
import { findLocation } from "../../backup/find-location.ts";
import { listingJob, storedBackups, type StoredBackup } from "../../backup/listing.ts";
import { DbopError } from "../../errors.ts";
import { askLocation, type AskDeps } from "./ask-location.ts";

interface StoredQuestion {
  readonly namespace: string;
  readonly locationName: string;
  /** Tells this question from others that are asked meanwhile. */
  readonly id: string;
}

/** Newest first. Throws `NotFound` or `Refused` for a location that can't be used, `OperationFailed` when it can't be read, `Timeout`. */
export async function readStored(
  deps: AskDeps,
  { namespace, locationName, id }: StoredQuestion,
): Promise<readonly StoredBackup[]> {
  const location = await findLocation(deps.kube, namespace, locationName);
  const name = `${locationName.slice(0, 40)}-list-${id}`;
  const job = listingJob({ engine: "", name, namespace, uid: "" }, { name, location });
  const answer = await askLocation(deps, { job, of: name, doing: `listing ${locationName}`, patienceMs: 300_000 });
  if (answer.state === "failed")
    throw new DbopError("OperationFailed", `${locationName} can't be listed: ${answer.word}`);
  const { found = "", stored = "", manifests = "" } = answer.logs;
  // Even an empty list is said. Without the words of its pod nobody knows what is there.
  if (found === "" || stored === "")
    throw new DbopError("OperationFailed", `${locationName} can't be listed: what its Job has said is lost`);
  return storedBackups({ found, stored, manifests });
}
