import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { PassDeps } from "../../reconcile/request.ts";
import type { Run } from "../deps.ts";

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
