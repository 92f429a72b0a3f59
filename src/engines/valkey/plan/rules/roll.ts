import type { PodSeen, ValkeySeen } from "../../seen.ts";
import { samePlace } from "../../names.ts";
import { compareServers } from "../../server.ts";
import { claimAt, isCaughtUp, nodeAt, nodeOf, primaryOf, shardAt } from "../facts.ts";
import { act, block, type Decision, type Rule, type Situation } from "../rule.ts";
import { deletePod } from "../../../../plan/steps.ts";
import { failover } from "../steps.ts";
import { waitUntilAllAreWell } from "./ready.ts";

/**
 * An outdated pod that does not run serves nobody, and may never run: an image that can't be had, a setting that is not taken. It is made anew from the
 * template of now before anybody waits for it.
 */
export const restartBroken: Rule = ({ spec, seen }) => {
  const broken = seen.pods.find(
    (pod) => pod.outdated && !pod.running && !pod.terminating && shardAt(seen, pod.place.shard)?.observed === true,
  );
  if (broken === undefined) return undefined;
  const why = `its template is outdated, and it does not run${broken.waiting === undefined ? "" : `: ${broken.waiting}`}`;
  return refuseToLose(seen, broken) ?? act(deletePod(spec, broken, { why, danger: "moderate" }));
};

/** A claim that is marked for deletion goes with its pod: as long as nobody else of the shard owns its slots, it may be all there is. */
function refuseToLose(seen: ValkeySeen, pod: PodSeen): Decision | undefined {
  if (claimAt(seen, pod.place)?.terminating !== true) return undefined;
  if ((primaryOf(seen, pod.place.shard)?.slots.length ?? 0) > 0) return undefined;
  return block({
    guard: "data-lost",
    message: `${pod.name} is to restart, and the data would go with it: its claim is marked for deletion and nobody else owns the slots of its shard`,
    observed: `metadata.deletionTimestamp of the claim of ${pod.name} is set`,
  });
}

/**
 * A replica may be unable to read what a newer primary sends it, and is never caught up then: where all others are well it is the next to be made anew,
 * as it would be anyway.
 */
export const restartLeftBehind: Rule = ({ spec, seen }) => {
  const left = seen.pods.filter((pod) => pod.outdated && !pod.terminating && isLeftBehind(seen, pod));
  const [behind] = left;
  if (behind === undefined || shardAt(seen, behind.place.shard)?.observed !== true) return undefined;
  const others = seen.nodes.filter((node) => !left.some((pod) => samePlace(pod.place, node.place)));
  if (others.some((node) => node.role === "replica" && !isCaughtUp(seen, node))) return undefined;
  return act(deletePod(spec, behind, { why: "it can't follow its primary, which is newer", danger: "moderate" }));
};

function isLeftBehind(seen: ValkeySeen, pod: PodSeen): boolean {
  const node = nodeAt(seen, pod.place);
  const primary = node && nodeOf(seen, node.primaryId);
  if (node?.role !== "replica" || node.linked || primary === undefined) return false;
  return compareServers(node.server, primary.server) < 0;
}

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
