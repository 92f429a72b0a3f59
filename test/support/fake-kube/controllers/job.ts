/**
 * The Job controller: pods until one has succeeded or too many have failed, what they did counted once, status
 * (https://kubernetes.io/docs/concepts/workloads/controllers/job/, KEP-2307 and KEP-3998).
 */
import type { KubeObject } from "../../../../src/kube/objects.ts";
import { at, fieldsOf, listOf, numberOf, textOf, type Fields } from "../json.ts";
import { jobType, podType } from "../types.ts";
import type { World } from "../world.ts";
import { createJobPod, isTracked, release } from "./job-pods.ts";
import {
  countPods,
  finalCondition,
  finishedAt,
  isFinished,
  targetCondition,
  verdictOf,
  type Counts,
} from "./job-status.ts";
import { controllerOf, isTerminating, refTo } from "./owners.ts";

export function tendJobs(world: World): void {
  const jobs = world.server.store.list(jobType);
  const alive = new Set(jobs.map(({ metadata }) => metadata.uid));
  for (const pod of world.server.store.list(podType))
    if (isTracked(pod) && !alive.has(textOf(controllerOf(pod)?.["uid"]))) release(world, pod);
  for (const job of jobs) {
    if (isFinished(job)) clearUp(world, job);
    else work(world, job);
  }
}

const alarmOf = ({ metadata }: KubeObject): string => `job ${metadata.uid ?? ""}`;

/** `ttlSecondsAfterFinished` is looked at whenever something else moves: it makes no time pass by itself. */
function clearUp(world: World, job: KubeObject): void {
  world.setAlarm(alarmOf(job), undefined);
  for (const pod of podsOf(world, job)) if (isTracked(pod)) release(world, pod);
  const seconds = numberOf(at(job["spec"], "ttlSecondsAfterFinished"));
  if (seconds === undefined || isTerminating(job)) return;
  if (finishedAt(job) + seconds * 1000 <= world.clock.now().getTime())
    world.server.delete(refTo(job, jobType), { propagation: "Foreground" });
}

function work(world: World, job: KubeObject): void {
  const pods = podsOf(world, job);
  const counts = countPods(job, pods);
  const status = fieldsOf(job["status"]);
  const now = world.server.timestamp();
  const startTime = textOf(status["startTime"]) ?? now;
  const target = targetCondition(job);
  const verdict = target ?? verdictOf(job, counts, now);
  const quiet = counts.active.length === 0 && counts.terminating.length === 0;
  const conditions = [...listOf(status["conditions"])];
  if (target === undefined && verdict !== undefined) conditions.push(verdict);
  const final = target !== undefined && quiet ? finalCondition(target, now) : undefined;
  if (final !== undefined) conditions.push(final);
  report(world, job, {
    startTime,
    ...(conditions.length > 0 && { conditions }),
    ...(final?.["type"] === "Complete" && { completionTime: now }),
    ...numbersOf(counts, final === undefined),
  });
  for (const pod of counts.uncounted) release(world, pod);
  if (verdict === undefined) fillUp(world, job, counts);
  else for (const pod of counts.active) world.server.delete(refTo(pod, podType), { propagation: "Background" });
}

/** Counts that are 0 are left out, but for these two. */
const numbersOf = (counts: Counts, going: boolean): Fields => ({
  ...(going && counts.active.length > 0 && { active: counts.active.length }),
  ...(counts.succeeded > 0 && { succeeded: counts.succeeded }),
  ...(counts.failed > 0 && { failed: counts.failed }),
  ready: counts.ready,
  terminating: counts.terminating.length,
  uncountedTerminatedPods: {},
});

function report({ server }: World, job: KubeObject, status: Fields): void {
  server.edit(refTo(job, jobType), (draft) => {
    draft["status"] = status;
  });
}

/** Makes the pods that are missing, or sets the clock for when that may be done. */
function fillUp(world: World, job: KubeObject, counts: Counts): void {
  const spec = fieldsOf(job["spec"]);
  const wanted = Math.min(numberOf(spec["parallelism"]) ?? 1, (numberOf(spec["completions"]) ?? 1) - counts.succeeded);
  const missing = isTerminating(job) || spec["suspend"] === true ? 0 : wanted - counts.active.length;
  const now = world.clock.now().getTime();
  const waits = missing > 0 && counts.nextTryAt > now;
  const alarms = [...(counts.deadline === undefined ? [] : [counts.deadline]), ...(waits ? [counts.nextTryAt] : [])];
  world.setAlarm(alarmOf(job), alarms.length === 0 ? undefined : Math.min(...alarms));
  if (!waits) for (let n = 0; n < missing; n += 1) createJobPod(world, job);
}

function podsOf({ server }: World, job: KubeObject): readonly KubeObject[] {
  return server.store
    .list(podType, job.metadata.namespace)
    .filter((pod) => controllerOf(pod)?.["uid"] === job.metadata.uid);
}
