import type { EtcdSeen } from "../seen.ts";
import { healthyVoters, lag, voters } from "./facts.ts";
import { waitFor, type Decision } from "./rule.ts";

/** More than this many raft entries behind is not caught up (engines.md §1.2). */
export const tolerableLag = 1000;

/** What there is to wait for before one more member may be taken away for a moment: every voter is back, ready and caught up. */
export function waitUntilAllAreWell(seen: EtcdSeen, why: string): Decision | undefined {
  const total = voters(seen).length;
  const healthy = healthyVoters(seen).length;
  if (healthy < total) return waitFor("all members are healthy", `${String(healthy)} of ${String(total)} voters are`);
  const unready = seen.pods.find((pod) => !pod.ready);
  if (unready !== undefined) return waitFor(`${unready.name} is ready`, why);
  if (lag(seen) > tolerableLag) return waitFor("all members have caught up", `${String(lag(seen))} entries behind`);
  return undefined;
}
