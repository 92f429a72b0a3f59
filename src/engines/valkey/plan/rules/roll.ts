import type { PodSeen, ValkeySeen } from "../../seen.ts";
import { claimAt, isCaughtUp, nodeAt } from "../facts.ts";
import { act, block, type Decision, type Rule, type Situation } from "../rule.ts";
import { deletePod, failover } from "../steps.ts";
import { waitUntilAllAreWell } from "./ready.ts";

/**
 * Pods made from an older template, or whose file system waits for a restart, restart one at a time: in each shard the replicas first, then one of
 * them takes over, and the primary of before comes last (engines.md §4.7). Between two restarts all must be well again.
 */
export const rollNodes: Rule = (situation) => {
  const { spec, seen } = situation;
  const due = seen.pods.filter((pod) => needsRestart(seen, pod));
  const next = due.find((pod) => nodeAt(seen, pod.place)?.role === "replica") ?? due[0];
  if (next === undefined) return undefined;
  return waitUntilAllAreWell(spec, seen) ?? restart(situation, next);
};

function needsRestart(seen: ValkeySeen, pod: PodSeen): boolean {
  return pod.outdated || claimAt(seen, pod.place)?.restartToResize === true;
}

function restart({ spec, seen }: Situation, pod: PodSeen): Decision {
  const node = nodeAt(seen, pod.place);
  const why = pod.outdated ? "its template is outdated" : "its file system grows on restart";
  if (node?.role !== "primary") return act(deletePod(spec, pod, { why, danger: "moderate" }));
  const heir = seen.nodes.find((one) => one.primaryId === node.id && isCaughtUp(seen, one));
  if (heir !== undefined) return act(failover(spec, heir, `${pod.name} is to restart`));
  if (claimAt(seen, pod.place)?.terminating === true)
    return block({
      guard: "data-lost",
      message: `${pod.name} is to restart, and the data would go with it: its claim is marked for deletion and no replica holds its data`,
      observed: `metadata.deletionTimestamp of the claim of ${pod.name} is set`,
    });
  return act(deletePod(spec, pod, { why: `${why}; its shard does not answer meanwhile`, danger: "moderate" }));
}
