/** The record of an operation: begun before its first step, gone on with by whoever runs the same request again, closed into the history. Pure. */
import type { DatabaseCluster, HistoryEntry, OperationRecord } from "../api/database-cluster.ts";
import type { Rotation } from "../engines/engine.ts";
import { DbopError } from "../errors.ts";
import { consents, type Consent, type Danger } from "../plan/step.ts";
import type { PassRequest } from "./request.ts";
import { isRevocable } from "./restoring/in-place-wish.ts";
import { seconds } from "./status-writer.ts";

export interface Opening {
  readonly operation: OperationRecord;
  /** Another in flight that stays as it is, and stays the one recorded. */
  readonly beside: OperationRecord | undefined;
  readonly history: readonly HistoryEntry[];
  /** An earlier run began it. */
  readonly resumed: boolean;
}

type Asked = Pick<PassRequest, "verb" | "request">;

/**
 * Whether `asked` goes on with the operation in flight: the same request does, and so does a reconcile, which asks for nothing of its
 * own — except with a backup, which is no part of the spec, and with a restore in place that can still be given up.
 */
export function continues(operation: OperationRecord, asked: Asked): boolean {
  if (operation.verb === asked.verb && operation.request === asked.request) return true;
  return asked.verb === "reconcile" && operation.verb !== "backup" && !isRevocable(operation);
}

/**
 * What the request in flight agreed to, for whoever goes on with it: a reconcile after a kill. Only as long as the spec still asks for what
 * it asked for.
 */
export function recordedConsents(
  { spec }: Pick<DatabaseCluster, "spec">,
  operation: OperationRecord,
): readonly Consent[] {
  const words = operation.request.split(" ");
  if (operation.verb !== "upgrade" || words[words.indexOf("--version") + 1] !== spec.version) return [];
  return consents.filter((consent) => words.includes(`--${consent}`));
}

/** The request of `rotate`, as it is recorded. */
export const rotationRequests = { certificates: "--certificates", authorities: "--ca" } as const;

/** The request of `reshard` that edits no spec, as it is recorded. */
export const rebalanceRequest = "--rebalance";

type InHand = Pick<OperationRecord, "verb" | "request"> & { readonly id?: string };

/** What is worked on: what is in flight if `asked` goes on with it, else what `asked` begins. */
function inHand(operation: OperationRecord | undefined, asked: Asked): InHand {
  return operation !== undefined && continues(operation, asked) ? operation : asked;
}

/** Whether `asked` begins or goes on with making shards hold alike, as any reshard does; a reconcile goes on with the one in flight. */
export function isReshard(operation: OperationRecord | undefined, asked: Asked): boolean {
  return inHand(operation, asked).verb === "reshard";
}

/** The rotation that `asked` begins or goes on with; a reconcile goes on with the one in flight. */
export function rotationOf(operation: OperationRecord | undefined, asked: Asked): Rotation | undefined {
  const { verb, request, id } = inHand(operation, asked);
  if (verb !== "rotate") return undefined;
  return { of: request === rotationRequests.authorities ? "authorities" : "certificates", id };
}

/**
 * A rotation and a rebalance edit no spec, and so can't take the place of what is in flight; nor can anything take that of a restore in place whose members have
 * stopped: it comes to its end first. Throws `Refused`.
 */
export function refuseToReplace({ metadata, status: { operation } }: DatabaseCluster, asked: Asked): void {
  if (operation === undefined || continues(operation, asked)) return;
  const replacing = operation.verb === "restore-in-place" && !isRevocable(operation);
  // Another restore does not mind how far the one before it has come.
  const editsNothing = asked.verb === "rotate" || (asked.verb === "reshard" && asked.request === rebalanceRequest);
  if (!editsNothing && (!replacing || asked.verb === "restore-in-place")) return;
  const what = `${operation.verb} ${operation.request}`.trim();
  throw new DbopError(
    "Refused",
    `one-change-in-flight: ${what} has not come to its end, and ${asked.verb} waits for it`,
    {
      hint: `to go on with it: kubectl dbop reconcile ${metadata.name} -n ${metadata.namespace}`,
    },
  );
}

/** What is needed to begin a new one. */
export interface Beginning {
  readonly id: string;
  readonly planHash: string;
  readonly actor: string;
  readonly now: Date;
  readonly consent: Danger | undefined;
}

/**
 * The operation this run works on. Another one in flight is closed as superseded, since its spec no longer stands. A backup leaves it as it is:
 * it changes no spec, its DatabaseBackup is its record, and by night nobody is there to take up what it would have ended.
 */
export function openOperation(cluster: DatabaseCluster, asked: Asked, beginning: Beginning): Opening {
  refuseToReplace(cluster, asked);
  const { operation: before, history } = cluster.status;
  if (before !== undefined && continues(before, asked)) {
    const consent = highest(beginning.consent, before.consent);
    const operation = { ...before, ...(consent === undefined ? {} : { consent }) };
    return { operation, beside: undefined, history, resumed: true };
  }
  const operation = begin(asked, beginning);
  const isBeside = asked.verb === "backup" && before?.verb !== "backup";
  if (before === undefined || isBeside) return { operation, beside: before, history, resumed: false };
  const message = `by ${asked.verb} ${asked.request}`.trim();
  const superseded = closeOperation(before, { result: "Superseded", message, now: beginning.now });
  return { operation, beside: undefined, history: [superseded, ...history], resumed: false };
}

function begin({ verb, request }: Asked, { id, planHash, actor, now, consent }: Beginning): OperationRecord {
  const record = { id, verb, request, planHash, step: "", steps: 0, startedAt: seconds(now), actor };
  return consent === undefined ? record : { ...record, consent };
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
