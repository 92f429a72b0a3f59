/** The ledger of one run: the operation in `status.operation`, begun before its first step and closed into the history with its last. */
import type { DatabaseCluster, HistoryEntry, OperationRecord } from "../api/database-cluster.ts";
import type { EngineStatus } from "../engines/engine.ts";
import { DbopError } from "../errors.ts";
import type { KubeObject } from "../kube/objects.ts";
import type { Danger, Verdict } from "../plan/step.ts";
import { emitEvent } from "./events.ts";
import { conditionReason } from "./condition-reason.ts";
import type { Lock } from "./lock.ts";
import { closeOperation, highest, openOperation, type Beginning } from "./operation.ts";
import type { PassDeps, PassRequest } from "./request.ts";
import { writeStatus } from "./status-writer.ts";

/** What was seen when an entry is made; written only over the very object it was seen on (`Conflict` otherwise). */
export interface Sight {
  readonly object: KubeObject;
  readonly cluster: DatabaseCluster;
  readonly status: EngineStatus;
}

export class Ledger {
  readonly #deps: PassDeps;
  readonly #lock: Lock;
  #operation: OperationRecord | undefined;
  /** Another in flight, which stays the one recorded. */
  #beside: OperationRecord | undefined;
  /** What {@link close} has tried to write: it may be stored although its answer was not seen. */
  #closing: HistoryEntry | undefined;
  #history: readonly HistoryEntry[] = [];

  constructor(deps: PassDeps, lock: Lock) {
    this.#deps = deps;
    this.#lock = lock;
  }

  /** Begins the operation, or goes on with the one in flight. Resolves with the highest danger agreed to, then or now. */
  async open(
    sight: Sight,
    asked: Pick<PassRequest, "verb" | "request">,
    beginning: Beginning,
  ): Promise<Danger | undefined> {
    const { operation, beside, history, resumed } = openOperation(sight.cluster, asked, beginning);
    this.#history = history;
    await this.#write(sight, beside ?? operation);
    this.#operation = operation;
    this.#beside = beside;
    if (resumed) {
      const text = `going on with operation ${operation.id}, begun ${operation.startedAt} by ${operation.actor}`;
      this.#deps.report({ type: "note", text });
    } else {
      const text = `${operation.verb} ${operation.request}`.trim();
      await this.#emit(sight.object, { reason: "OperationStarted", text });
    }
    return highest(beginning.consent, operation.consent);
  }

  /** The Lease is no fence: the record says whose operation this is. Throws `LockLost` when it is another's by now. */
  assertOurs(cluster: DatabaseCluster): void {
    const recorded = this.#beside ?? this.#operation;
    if (this.#operation === undefined || cluster.status.operation?.id === recorded?.id) return;
    if (this.#isClosed(cluster)) {
      this.#operation = undefined;
      this.#history = cluster.status.history;
      return;
    }
    const message = `operation ${this.#operation.id} is no longer the one recorded: another run has taken over`;
    throw new DbopError("LockLost", message);
  }

  /** Whether it was closed as converged, by a write whose answer was not seen: what is looked at now is no part of it any more. */
  hasConverged(cluster: DatabaseCluster): boolean {
    return this.#closing?.result === "Converged" && this.#isClosed(cluster);
  }

  #isClosed({ status }: DatabaseCluster): boolean {
    if (this.#closing === undefined || status.operation?.id !== this.#beside?.id) return false;
    const { id, finishedAt } = this.#closing;
    return status.history.some((entry) => entry.id === id && entry.finishedAt === finishedAt);
  }

  /** Names the step that is about to be done. One that is tried again is still the same step. */
  async step(sight: Sight, id: string, consent: Danger | undefined): Promise<void> {
    const operation = this.#operation;
    if (operation === undefined || operation.step === id) return;
    const next = { ...operation, step: id, steps: operation.steps + 1, ...(consent === undefined ? {} : { consent }) };
    if (this.#beside === undefined) await this.#write(sight, next);
    this.#operation = next;
  }

  /** Leaves the operation open, to be gone on with; says why it stands still if it does. */
  async leaveOpen(sight: Sight, stalled?: Verdict): Promise<KubeObject> {
    return this.#write(sight, this.#beside ?? this.#operation, stalled);
  }

  async close(sight: Sight, result: HistoryEntry["result"], message: string): Promise<KubeObject> {
    if (this.#operation === undefined) return this.#write(sight, this.#beside);
    const entry = closeOperation(this.#operation, { result, message, now: this.#deps.clock.now() });
    const before = this.#history;
    this.#history = [entry, ...before];
    this.#closing = entry;
    const object = await this.#write(sight, this.#beside).catch((error: unknown) => {
      this.#history = before;
      throw error;
    });
    await this.#emit(object, { reason: "OperationFinished", text: `${result}: ${message}` });
    this.#operation = undefined;
    return object;
  }

  async #emit(object: KubeObject, note: { readonly reason: string; readonly text: string }): Promise<void> {
    if (this.#operation === undefined) return;
    await emitEvent(this.#deps, { object, operation: this.#operation }, { type: "Normal", ...note });
  }

  #write(sight: Sight, operation: OperationRecord | undefined, stalled?: Verdict): Promise<KubeObject> {
    this.#lock.assertHeld();
    return writeStatus(this.#deps.kube, sight.cluster, {
      engine: sight.status,
      operation,
      history: this.#history,
      stalled: stalled && { reason: conditionReason(stalled.guard), message: stalled.message },
      now: this.#deps.clock.now(),
    });
  }
}
