import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { PassDeps, PassRequest } from "../../reconcile/request.ts";
import type { Run } from "../deps.ts";

type Terms =
  "dryRun" | "timeoutMs" | "lockTimeoutMs" | "fieldManager" | "forceConflicts" | "planHash" | "attended" | "approve";

/** How far a pass may go, how long, and who is asked: the same for every verb. */
export function passTerms(run: Run): Pick<PassRequest, Terms> {
  const { dryRun, timeoutMs, lockTimeoutMs, fieldManager, forceConflicts, planHash, attended, approve } = run;
  return { dryRun, timeoutMs, lockTimeoutMs, fieldManager, forceConflicts, planHash, attended, approve };
}

/** What a pass works with, from what a command was given. */
export function passDeps(run: Run): PassDeps {
  return {
    kube: run.session.kube,
    clock: run.clock,
    signal: run.signal,
    report: run.report,
    host: hostname(),
    newId: () => randomBytes(4).toString("hex"),
  };
}
