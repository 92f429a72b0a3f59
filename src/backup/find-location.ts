/** Finding a BackupLocation that can be used. */
import { readLocation, type BackupLocation } from "../api/backup-location.ts";
import { DbopError } from "../errors.ts";
import { field } from "../kube/fields.ts";
import type { KubeClient } from "../kube/kube-client.ts";
import { types } from "../kube/objects.ts";
import { needsOf, type Need } from "./mover.ts";

type Reader = Pick<KubeClient, "get">;

/** Throws `NotFound` or `Usage` when it can't be used: a pod would wait for a Secret that is not there, for ever. */
export async function findLocation(read: Reader, namespace: string, name: string): Promise<BackupLocation> {
  const object = await read.get({ type: types.backupLocation, namespace, name });
  if (object === undefined) {
    throw new DbopError("NotFound", `backuplocations.dbop.dev "${name}" not found in namespace "${namespace}"`, {
      hint: "kubectl get backuplocations shows those that are there; kubectl explain backuplocation.spec how to make one; a server that knows neither needs: kubectl dbop install --print-crds | kubectl apply --server-side --force-conflicts -f -",
    });
  }
  const location = readLocation(object);
  const wrong = location.ok
    ? (await Promise.all(needsOf(location.value).map((need) => missing(read, namespace, need)))).flat()
    : location.problems.map((problem) => `${problem.field}: ${problem.value} ${problem.message}`);
  if (!location.ok || wrong.length > 0) {
    throw new DbopError("Refused", `BackupLocation ${name} can't be used; nothing was changed`, { problems: wrong });
  }
  return location.value;
}

async function missing(read: Reader, namespace: string, need: Need): Promise<readonly string[]> {
  const type = need.kind === "Secret" ? types.secret : types.claim;
  const object = await read.get({ type, namespace, name: need.name });
  if (object === undefined) return [`${need.kind} ${need.name} is not there`];
  if (need.kind !== "Secret" || need.anyOf.some((key) => field(object["data"], key) !== undefined)) return [];
  return [`Secret ${need.name} has no key ${need.anyOf.join(" or ")}`];
}
