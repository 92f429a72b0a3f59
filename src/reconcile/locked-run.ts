/** The loop under the lock: look, plan, record the step, do it, look again. It ends converged, blocked, out of time, interrupted or failed. */
import type { DatabaseCluster, HistoryEntry, OperationRecord } from "../api/database-cluster.ts";
import type { CommandResult, Engine } from "../engines/engine.ts";
import { DbopError, isDbopError } from "../errors.ts";
import type { KubeObject } from "../kube/objects.ts";
import type { Danger, Step, Verdict } from "../plan/step.ts";
import { act } from "./act.ts";
import { ensureCrds } from "./crds.ts";
import { findDatabase, getDatabase, readDatabase } from "./database.ts";
import { emitEvent } from "./events.ts";
import { guardReason } from "./guard-reason.ts";
import type { Lock } from "./lock.ts";
import { lookAt, summary, viewOf, type Look } from "./look.ts";
import { closeOperation, highest, openOperation } from "./operation.ts";
import { Patience } from "./patience.ts";
import { Progress } from "./progress.ts";
import type { PassDeps, PassRequest, PassResult, Undertaking } from "./request.ts";
import { writeStatus } from "./status-writer.ts";
import { Waker } from "./waker.ts";

export interface Grip {
  readonly lock: Lock;
  readonly actor: string;
  /** The highest danger agreed to so far. */
  readonly consent: Danger | undefined;
}

/** Between looks when nothing is heard: what etcd does inside is not watched, only asked. */
const pollMs = { first: 250, most: 2_000 } as const;

export class LockedRun<Spec, Seen, Command> {
  readonly #engine: Engine<Spec, Seen, Command>;
  readonly #deps: PassDeps;
  readonly #request: PassRequest;
  readonly #grip: Grip;
  readonly #deadline: number;
  readonly #patience: Patience;
  readonly #progress: Progress;
  #consent: Danger | undefined;
  #operation: OperationRecord | undefined;
  #history: readonly HistoryEntry[] = [];
  #changed = false;
  #poll: number = pollMs.first;

  constructor({ engine, deps, request }: Undertaking<Spec, Seen, Command>, grip: Grip) {
    this.#engine = engine;
    this.#deps = deps;
    this.#request = request;
    this.#grip = grip;
    this.#consent = grip.consent;
    this.#deadline = deps.clock.now().getTime() + request.timeoutMs;
    this.#patience = new Patience(deps.clock, deps.signal);
    this.#progress = new Progress(deps.report, deps.clock);
  }

  async go(): Promise<PassResult> {
    if (this.#request.verb === "install") await ensureCrds(this.#deps);
    await this.#edit();
    const first = await this.#lookPatiently();
    await this.#open(first);
    const waker = new Waker(this.#deps.kube, this.#deps.clock, this.#engine.watches(first.spec));
    try {
      return await this.#loop(waker);
    } catch (error) {
      throw await this.#ended(error);
    } finally {
      waker.close();
    }
  }

  async #loop(waker: Waker): Promise<PassResult> {
    for (;;) {
      this.#assertGoing();
      waker.reset();
      const look = await this.#lookPatiently();
      if (look.plan.outcome === "blocked") return this.#blocked(look, look.plan.by);
      if (look.plan.outcome === "converged") return this.#finish(look);
      const [step] = look.plan.steps;
      this.#progress.planned(look.plan.steps.map(summary));
      await this.#agree(look, step);
      const result = await this.#try(look, step);
      if (result.outcome === "done") continue;
      const until = step.kind === "wait" ? step.until : step.title;
      const seen = step.kind === "wait" ? this.#engine.describe(look.spec, look.seen) : result.why;
      this.#progress.waiting(until, seen);
      if (this.#deps.clock.now().getTime() >= this.#deadline) return this.#outOfTime(look, { until, seen });
      await waker.next(this.#poll, this.#deps.signal);
      this.#poll = Math.min(pollMs.most, this.#poll * 1.5);
    }
  }

  /** Applies the spec as asked. The object is read again: what was looked at before the lock may be old. */
  async #edit(): Promise<void> {
    const { kube } = this.#deps;
    const current = await findDatabase(kube, this.#request.database);
    const intent = this.#request.edit(current);
    if (intent === undefined) return;
    this.#grip.lock.assertHeld();
    const stored = await kube.apply(intent, {
      fieldManager: this.#request.fieldManager,
      force: this.#request.forceConflicts,
    });
    this.#changed = current === undefined || stored.metadata.generation !== current.metadata.generation;
  }

  async #look(): Promise<Look<Spec, Seen, Command>> {
    const object = await getDatabase(this.#deps.kube, this.#request.database);
    const { cluster } = readDatabase(object);
    this.#assertOurs(cluster);
    return lookAt(this.#engine, this.#deps, { object, cluster, request: this.#request });
  }

  async #lookPatiently(): Promise<Look<Spec, Seen, Command>> {
    for (;;) {
      try {
        return await this.#look();
      } catch (error) {
        const { message } = await this.#patience.endure(error);
        this.#deps.report({ type: "note", text: `looking again: ${message}` });
      }
    }
  }

  /** The Lease is no fence: the record says whose operation this is. */
  #assertOurs(cluster: DatabaseCluster): void {
    if (this.#operation === undefined || cluster.status.operation?.id === this.#operation.id) return;
    throw new DbopError(
      "LockLost",
      `operation ${this.#operation.id} is no longer the one recorded: another run has taken over`,
    );
  }

  async #open(look: Look<Spec, Seen, Command>): Promise<void> {
    const { hash } = viewOf(look.plan);
    const start = {
      id: this.#deps.newId(),
      planHash: hash,
      actor: this.#grip.actor,
      now: this.#deps.clock.now(),
      consent: this.#consent,
    };
    const { operation, history, resumed } = openOperation(look.cluster, this.#request, start);
    this.#history = history;
    this.#consent = highest(this.#consent, operation.consent);
    await this.#write(look, operation);
    this.#operation = operation;
    if (resumed)
      this.#deps.report({
        type: "note",
        text: `going on with operation ${operation.id}, begun ${operation.startedAt} by ${operation.actor}`,
      });
    else
      await emitEvent(
        this.#deps,
        { object: look.object, operation },
        {
          type: "Normal",
          reason: "OperationStarted",
          text: `${operation.verb} ${operation.request}`.trim(),
        },
      );
  }

  /** A plan that grew more dangerous since it was agreed to is asked about again. */
  async #agree(look: Look<Spec, Seen, Command>, step: Step<Command>): Promise<void> {
    if (step.danger === undefined || highest(step.danger, this.#consent) === this.#consent) return;
    this.#consent = highest(this.#consent, await this.#request.approve(viewOf(look.plan)));
  }

  async #try(look: Look<Spec, Seen, Command>, step: Step<Command>): Promise<CommandResult> {
    try {
      if (step.kind !== "wait") await this.#record(look, step);
      const { lock } = this.#grip;
      const assertHeld = (): void => {
        lock.assertHeld();
      };
      const result = await act({ engine: this.#engine, spec: look.spec, step }, { ...this.#deps, assertHeld });
      if (result.outcome === "done") this.#done();
      return result;
    } catch (error) {
      const { message } = await this.#patience.endure(error);
      this.#deps.report({ type: "note", text: `looking again: ${message}` });
      return { outcome: "done" };
    }
  }

  #done(): void {
    this.#changed = true;
    this.#poll = pollMs.first;
    this.#patience.restore();
    this.#progress.done();
  }

  async #record(look: Look<Spec, Seen, Command>, step: Step<Command>): Promise<void> {
    const operation = this.#operation;
    if (operation === undefined) return;
    this.#progress.begin(summary(step));
    if (operation.step === step.id) return;
    this.#operation = {
      ...operation,
      step: step.id,
      steps: operation.steps + 1,
      ...(this.#consent === undefined ? {} : { consent: this.#consent }),
    };
    await this.#write(look, this.#operation);
  }

  async #write(
    look: Look<Spec, Seen, Command>,
    operation: OperationRecord | undefined,
    stalled?: Verdict,
  ): Promise<KubeObject> {
    this.#grip.lock.assertHeld();
    const now = this.#deps.clock.now();
    return writeStatus(this.#deps.kube, look.cluster, {
      engine: this.#engine.status(look.spec, look.seen, now),
      operation,
      history: this.#history,
      stalled: stalled && { reason: guardReason(stalled.guard), message: stalled.message },
      now,
    });
  }

  async #finish(look: Look<Spec, Seen, Command>): Promise<PassResult> {
    const entry =
      this.#operation &&
      closeOperation(this.#operation, {
        result: "Converged",
        message: this.#engine.describe(look.spec, look.seen),
        now: this.#deps.clock.now(),
      });
    this.#history = entry === undefined ? this.#history : [entry, ...this.#history];
    const object = await this.#write(look, undefined);
    if (this.#operation !== undefined)
      await emitEvent(
        this.#deps,
        { object, operation: this.#operation },
        {
          type: "Normal",
          reason: "OperationFinished",
          text: entry?.message ?? "",
        },
      );
    return { outcome: "Converged", changed: this.#changed, object };
  }

  async #blocked(look: Look<Spec, Seen, Command>, by: readonly Verdict[]): Promise<PassResult> {
    const object = await this.#write(look, this.#operation, by[0]);
    return { outcome: "Blocked", by, object };
  }

  async #outOfTime(
    look: Look<Spec, Seen, Command>,
    waited: { readonly until: string; readonly seen: string },
  ): Promise<PassResult> {
    const object = await this.#write(look, this.#operation);
    return { outcome: "Progressing", ...waited, object };
  }

  /** What the engine refuses for good is closed as failed; anything else stays open, to be gone on with. */
  async #ended(error: unknown): Promise<unknown> {
    if (!isDbopError(error, "OperationFailed") || this.#operation === undefined) return error;
    const { message } = error;
    this.#history = [
      closeOperation(this.#operation, { result: "Failed", message, now: this.#deps.clock.now() }),
      ...this.#history,
    ];
    const look = await this.#look().catch(() => undefined);
    if (look !== undefined) await this.#write(look, undefined).catch(() => undefined);
    return error;
  }

  #assertGoing(): void {
    if (this.#deps.signal.aborted) throw new DbopError("Interrupted", "stopped between two steps");
  }
}
