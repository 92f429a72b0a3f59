/** The record of an operation: begun before its first step, gone on with by whoever runs the same request again, closed into the history. Pure. */
import type { DatabaseCluster, HistoryEntry, OperationRecord } from "../api/database-cluster.ts";
import type { Danger } from "../plan/step.ts";
import type { PassRequest } from "./request.ts";
import { seconds } from "./status-writer.ts";

export interface Opening {
  readonly operation: OperationRecord;
  readonly history: readonly HistoryEntry[];
  /** An earlier run began it. */
  readonly resumed: boolean;
}

/**
 * The operation this run works on. One in flight is gone on with when it is the same request, or when only a reconcile was asked for;
 * any other is closed as superseded, since its spec no longer stands.
 */
export function openOperation(
  cluster: DatabaseCluster,
  request: Pick<PassRequest, "verb" | "request">,
  start: {
    readonly id: string;
    readonly planHash: string;
    readonly actor: string;
    readonly now: Date;
    readonly consent: Danger | undefined;
  },
): Opening {
  const { operation: before, history } = cluster.status;
  const consent = highest(start.consent, before?.consent);
  if (
    before !== undefined &&
    (request.verb === "reconcile" || (before.verb === request.verb && before.request === request.request))
  ) {
    return { operation: { ...before, ...(consent === undefined ? {} : { consent }) }, history, resumed: true };
  }
  const operation: OperationRecord = {
    id: start.id,
    verb: request.verb,
    request: request.request,
    planHash: start.planHash,
    step: "",
    steps: 0,
    startedAt: seconds(start.now),
    actor: start.actor,
    ...(start.consent === undefined ? {} : { consent: start.consent }),
  };
  const superseded =
    before === undefined
      ? []
      : [
          closeOperation(before, {
            result: "Superseded",
            message: `by ${request.verb} ${request.request}`.trim(),
            now: start.now,
          }),
        ];
  return { operation, history: [...superseded, ...history], resumed: false };
}

export function closeOperation(
  operation: OperationRecord,
  end: { readonly result: HistoryEntry["result"]; readonly message: string; readonly now: Date },
): HistoryEntry {
  const { id, verb, request, actor, startedAt, steps } = operation;
  return {
    id,
    verb,
    request,
    actor,
    startedAt,
    steps,
    finishedAt: seconds(end.now),
    result: end.result,
    message: end.message,
  };
}

export function highest(a: Danger | undefined, b: Danger | undefined): Danger | undefined {
  return a === "severe" || b === "severe" ? "severe" : (a ?? b);
}
