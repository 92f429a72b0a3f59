/** delete and unlock. */
import { deleteDatabase } from "../../reconcile/delete.ts";
import { unlockDatabase } from "../../reconcile/unlock.ts";
import type { RunResult } from "../../output/run-view.ts";
import type { ClusterName, DeleteRequest, Run, UnlockResult } from "../deps.ts";
import { passDeps } from "./pass-deps.ts";

export function remove({ name, namespace, deleteData }: DeleteRequest, run: Run): Promise<RunResult> {
  return deleteDatabase(passDeps(run), {
    database: { namespace, name },
    request: deleteData ? "--delete-data" : "",
    deleteData,
    dryRun: run.dryRun,
    timeoutMs: run.timeoutMs,
    lockTimeoutMs: run.lockTimeoutMs,
    fieldManager: run.fieldManager,
    forceConflicts: run.forceConflicts,
    planHash: run.planHash,
    attended: run.attended,
    approve: run.approve,
  });
}

export async function unlock({ name, namespace }: ClusterName, run: Run): Promise<UnlockResult> {
  return { holder: await unlockDatabase(passDeps(run), { namespace, name }, run.approve) };
}
