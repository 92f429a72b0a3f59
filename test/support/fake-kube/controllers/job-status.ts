/** What a Job's controller makes of its pods. Pure. */
import type { KubeObject } from "../../../../src/kube/objects.ts";
import { at, fieldsOf, listOf, numberOf, textOf, type Fields } from "../json.ts";
import { isTracked } from "./job-pods.ts";
import { isReady, isTerminating } from "./owners.ts";

export interface Counts {
  readonly active: readonly KubeObject[];
  readonly terminating: readonly KubeObject[];
  /** Ended or being deleted, and counted here for the first time. A pod that is deleted has failed, whatever it was doing. */
  readonly uncounted: readonly KubeObject[];
  readonly ready: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Milliseconds; 0: at once. */
  readonly nextTryAt: number;
  /** When `activeDeadlineSeconds` are over, in milliseconds. */
  readonly deadline: number | undefined;
}

/** The delay after the first failure, doubled with each further one up to the greatest. */
const [firstDelayMs, longestDelayMs] = [10_000, 600_000];

export function countPods(job: KubeObject, pods: readonly KubeObject[]): Counts {
  const { succeeded: before, failed: failedBefore, startTime } = fieldsOf(job["status"]);
  const uncounted = pods.filter((pod) => isTracked(pod) && (hasEnded(pod) || isTerminating(pod)));
  const succeeded = uncounted.filter((pod) => phaseOf(pod) === "Succeeded").length;
  const failed = (numberOf(failedBefore) ?? 0) + uncounted.length - succeeded;
  const active = pods.filter((pod) => !hasEnded(pod) && !isTerminating(pod));
  const seconds = numberOf(at(job["spec"], "activeDeadlineSeconds"));
  const started = textOf(startTime);
  const lastFailure = Math.max(0, ...pods.filter((pod) => phaseOf(pod) === "Failed").map(endOf));
  return {
    active,
    terminating: pods.filter((pod) => !hasEnded(pod) && isTerminating(pod)),
    uncounted,
    ready: active.filter(isReady).length,
    succeeded: (numberOf(before) ?? 0) + succeeded,
    failed,
    nextTryAt: lastFailure === 0 ? 0 : lastFailure + Math.min(longestDelayMs, firstDelayMs * 2 ** (failed - 1)),
    deadline: seconds === undefined || started === undefined ? undefined : Date.parse(started) + seconds * 1000,
  };
}

const phaseOf = (pod: KubeObject): unknown => at(pod["status"], "phase");
const hasEnded = (pod: KubeObject): boolean => phaseOf(pod) === "Succeeded" || phaseOf(pod) === "Failed";

/** When the last of its containers ended, in milliseconds. */
const endOf = (pod: KubeObject): number =>
  Math.max(
    0,
    ...["initContainerStatuses", "containerStatuses"]
      .flatMap((field) => listOf(at(pod["status"], field)))
      .map((status) => Date.parse(textOf(at(status, "state", "terminated", "finishedAt")) ?? ""))
      .filter((time) => !Number.isNaN(time)),
  );

const conditionsOf = (job: KubeObject): readonly Fields[] => listOf(at(job["status"], "conditions")).map(fieldsOf);

const conditionOf = (job: KubeObject, ...types: readonly string[]): Fields | undefined =>
  conditionsOf(job).find((one) => types.includes(String(one["type"])) && one["status"] === "True");

export const isFinished = (job: KubeObject): boolean => conditionOf(job, "Complete", "Failed") !== undefined;

/** When it finished, in milliseconds. */
export const finishedAt = (job: KubeObject): number =>
  Date.parse(textOf(conditionOf(job, "Complete", "Failed")?.["lastTransitionTime"]) ?? "");

/** What was decided before; the Job is over once its last pod has ended. */
export const targetCondition = (job: KubeObject): Fields | undefined =>
  conditionOf(job, "SuccessCriteriaMet", "FailureTarget");

/** What is to be decided now; undefined: go on. */
export function verdictOf(job: KubeObject, counts: Counts, now: string): Fields | undefined {
  const spec = fieldsOf(job["spec"]);
  if (counts.deadline !== undefined && Date.parse(now) >= counts.deadline)
    return condition("FailureTarget", "DeadlineExceeded", now);
  if (counts.failed > (numberOf(spec["backoffLimit"]) ?? 6))
    return condition("FailureTarget", "BackoffLimitExceeded", now);
  if (counts.succeeded >= (numberOf(spec["completions"]) ?? 1))
    return condition("SuccessCriteriaMet", "CompletionsReached", now);
  return undefined;
}

export function finalCondition(target: Fields, now: string): Fields {
  const type = target["type"] === "SuccessCriteriaMet" ? "Complete" : "Failed";
  return { ...target, type, lastProbeTime: now, lastTransitionTime: now };
}

const messages = {
  DeadlineExceeded: "Job was active longer than specified deadline",
  BackoffLimitExceeded: "Job has reached the specified backoff limit",
  CompletionsReached: "Reached expected number of succeeded pods",
} as const;

const condition = (type: string, reason: keyof typeof messages, now: string): Fields => ({
  type,
  status: "True",
  lastProbeTime: now,
  lastTransitionTime: now,
  reason,
  message: messages[reason],
});
