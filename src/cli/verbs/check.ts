/** check: looks, judges and grades. Changes nothing. */
import type { CheckReport } from "../../checks/report.ts";
import { checkAll, checkForeign } from "../../reconcile/checking/check.ts";
import type { ClusterQuery, ForeignName, Reading } from "../deps.ts";
import { list } from "./read.ts";

export async function check(query: ClusterQuery, reading: Reading): Promise<readonly CheckReport[]> {
  return checkAll(reading.session.kube, reading.clock, await list(query, reading));
}

export function checkOther(request: ForeignName, { session, clock }: Reading): Promise<CheckReport> {
  return checkForeign(session.kube, clock, request);
}
