/** Taking the lock away from a run that will not come back. */
import { DbopError } from "../errors.ts";
import { describeObject } from "../kube/objects.ts";
import type { DatabaseName } from "./database.ts";
import { holderOf, leaseRef } from "./lock.ts";
import type { PassDeps, PassRequest } from "./request.ts";

/** The holder whose lock was taken away; undefined when there was none. A Lease renewed meanwhile is left alone (`Conflict`): its holder lives. */
export async function unlockDatabase(
  deps: PassDeps,
  database: DatabaseName,
  approve: PassRequest["approve"],
): Promise<string | undefined> {
  const ref = leaseRef(database.namespace, database.name);
  const lease = await deps.kube.get(ref);
  if (lease === undefined) return undefined;
  const { uid, resourceVersion } = lease.metadata;
  if (uid === undefined || resourceVersion === undefined)
    throw new DbopError("Internal", `${describeObject(lease)} has no uid`);
  const holder = holderOf(lease);
  await approve({
    steps: [
      {
        id: `delete/${describeObject(lease)}`,
        title: `Delete the lock of ${holder}`,
        why: "a run that still works would lose its lock and stop",
        danger: "moderate",
      },
    ],
    hash: "",
    warnings: [],
  });
  await deps.kube.delete(ref, { uid, resourceVersion, propagation: "Background" });
  return holder;
}
