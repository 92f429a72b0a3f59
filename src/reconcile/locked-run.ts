/** The loop under the lock: look, plan, record the step, do it, look again. It ends converged, blocked, out of time, interrupted or failed. */
import type { CommandResult, Verb } from "../engines/engine.ts";
import { DbopError, isDbopError } from "../errors.ts";
import type { KubeObject } from "../kube/objects.ts";
import type { Danger, Plan, Step, Verdict } from "../plan/step.ts";
import { contains } from "../resources/drift.ts";
import { act } from "./act.ts";
import { applySpec } from "./apply-spec.ts";
import { ensureCrds } from "./crds.ts";
import { findDatabase, getDatabase, readDatabase } from "./database.ts";
import { Ledger, type Sight } from "./ledger.ts";
import type { Lock } from "./lock.ts";
import { lookAt, summary, viewOf, type Look } from "./look.ts";
import { highest } from "./operation.ts";
import { mayPass, Patience } from "./patience.ts";
import { Progress } from "./progress.ts";
import type { PassDeps, PassRequest, PassResult, Undertaking } from "./request.ts";
import { Waker } from "./waker.ts";

export interface Grip {
  readonly lock: Lock;
  readonly actor: string;
  /** The highest danger agreed to so far. */
  readonly consent: Danger | undefined;
}

/** A step whose outcome was not seen, or that failed in a way that may pass, is looked at again at once. */
type Tried = CommandResult | { readonly outcome: "unseen"; readonly why: string };

/** Between looks when nothing is heard: what the engine does inside is not watched, only asked. */
const pollMs = { first: 250, most: 2_000 } as const;

const believedBlocks = 3;

/** Verbs after which there is a kind that may not have been there before. */
const bringsKinds: ReadonlySet<Verb> = new Set<Verb>(["install", "restore", "restore-in-place"]);

class Overridden extends DbopError {}

export class LockedRun<Spec, Seen, Command> {
  readonly #engine: Undertaking<Spec, Seen, Command>["engine"];
  readonly #deps: PassDeps;
  readonly #request: PassRequest;
  readonly #grip: Grip;
  readonly #ledger: Ledger;
  readonly #deadline: number;
  readonly #patience: { readonly looks: Patience; readonly steps: Patience };
  readonly #progress: Progress;
  #consent: Danger | undefined;
  #changed = false;
  /** What was asked for, as applied. */
  #asked: unknown = {};
  #poll: number = pollMs.first;
  #lastDone = "";
  /** In a row. */
  #blocks = 0;

  constructor({ engine, deps, request }: Undertaking<Spec, Seen, Command>, grip: Grip) {
    this.#engine = engine;
    this.#deps = deps;
    this.#request = request;
    this.#grip = grip;
    this.#ledger = new Ledger(deps, grip.lock);
    this.#consent = grip.consent;
    this.#deadline = deps.clock.now().getTime() + request.timeoutMs;
    this.#patience = { looks: new Patience(deps.clock, deps.signal), steps: new Patience(deps.clock, deps.signal) };
    this.#progress = new Progress(deps.report, deps.clock);
  }

  async go(): Promise<PassResult> {
    if (bringsKinds.has(this.#request.verb)) await ensureCrds(this.#deps);
    await this.#edit();
    const first = await this.#open();
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
      if (this.#deps.signal.aborted) throw new DbopError("Interrupted", "stopped between two steps");
      waker.reset();
      const look = await this.#patiently(() => this.#look());
      if (this.#ledger.hasConverged(look.cluster)) return this.#endedUnseen(look);
      const { plan } = look;
      if (plan.outcome !== "act") {
        const result = (await this.#isDoubtful(plan)) ? undefined : await this.#end(look, plan);
        if (result !== undefined) return result;
        continue;
      }
      this.#blocks = 0;
      const [step] = plan.steps;
      this.#progress.planned(plan.steps.map(summary));
      await this.#agree(look, step);
      const result = await this.#try(look, step);
      if (result.outcome === "done" && !this.#isAgain(step)) continue;
      const waited = this.#waited(look, step, result);
      if (this.#deps.clock.now().getTime() >= this.#deadline) return this.#outOfTime(look, waited);
      await this.#wait(waker, result);
    }
  }

  async #wait(waker: Waker, { outcome }: Tried): Promise<void> {
    if (outcome === "unseen") return;
    await waker.next(this.#poll, this.#deps.signal);
    this.#poll = Math.min(pollMs.most, this.#poll * 1.5);
  }

  /** A member that could not be asked just now looks like one that is down: what refuses to go on is looked at again before it is believed. */
  async #isDoubtful({ outcome }: Plan<Command>): Promise<boolean> {
    if (outcome !== "blocked") return false;
    this.#blocks += 1;
    if (this.#blocks >= believedBlocks) return false;
    await this.#deps.clock.sleep(pollMs.first, this.#deps.signal);
    return true;
  }

  /** What was just done and is due once more is not hurried: something may be undoing it, and would for ever. */
  #isAgain({ id }: Step<Command>): boolean {
    const again = this.#lastDone === id;
    this.#lastDone = id;
    return again;
  }

  /** Applies the spec as asked. The object is read anew for each try: what was looked at before the lock may be old. */
  async #edit(): Promise<void> {
    const { kube } = this.#deps;
    const { database, edit, fieldManager, forceConflicts } = this.#request;
    const seen: (KubeObject | undefined)[] = [];
    const tryOnce = async (): Promise<void> => {
      const current = await findDatabase(kube, database);
      seen.push(current);
      const intent = edit(current);
      if (intent === undefined) return;
      this.#grip.lock.assertHeld();
      const stored = await applySpec(kube, { intent, current }, { fieldManager, force: forceConflicts });
      this.#asked = intent["spec"];
      this.#changed = stored.metadata.generation !== seen[0]?.metadata.generation;
    };
    await this.#patiently(tryOnce, mayPass);
  }

  /** Each try looks anew: somebody may have written the object in between. */
  #open(): Promise<Look<Spec, Seen, Command>> {
    return this.#patiently(async () => {
      const look = await this.#look();
      const { hash } = viewOf(look.plan);
      const now = this.#deps.clock.now();
      const beginning = {
        id: this.#deps.newId(),
        planHash: hash,
        actor: this.#grip.actor,
        now,
        consent: this.#consent,
      };
      this.#consent = await this.#ledger.open(this.#sight(look), this.#request, beginning);
      return look;
    });
  }

  async #look(): Promise<Look<Spec, Seen, Command>> {
    const object = await getDatabase(this.#deps.kube, this.#request.database);
    const { cluster } = readDatabase(object);
    this.#ledger.assertOurs(cluster);
    return lookAt(this.#engine, this.#deps, { object, cluster, request: this.#request });
  }

  async #patiently<Answer>(attempt: () => Promise<Answer>, worthwhile = (_: unknown) => true): Promise<Answer> {
    for (;;) {
      try {
        const answer = await attempt();
        this.#patience.looks.restore();
        return answer;
      } catch (error) {
        if (!worthwhile(error)) throw error;
        await this.#endure(error, this.#patience.looks);
      }
    }
  }

  async #endure(error: unknown, patience: Patience, what = ""): Promise<string> {
    const { message } = await patience.endure(error, what);
    this.#deps.report({ type: "note", text: `looking again: ${message}` });
    return message;
  }

  /** A plan that grew more dangerous since it was agreed to is asked about again. */
  async #agree(look: Look<Spec, Seen, Command>, step: Step<Command>): Promise<void> {
    if (step.danger === undefined || highest(step.danger, this.#consent) === this.#consent) return;
    this.#consent = highest(this.#consent, await this.#request.approve(viewOf(look.plan)));
  }

  async #try(look: Look<Spec, Seen, Command>, step: Step<Command>): Promise<Tried> {
    const { lock } = this.#grip;
    const assertHeld = (): void => {
      lock.assertHeld();
    };
    try {
      if (step.kind !== "wait") await this.#begin(look, step);
      const result = await act({ engine: this.#engine, spec: look.spec, step }, { ...this.#deps, assertHeld });
      this.#patience.steps.restore();
      if (result.outcome === "done") this.#done();
      return result;
    } catch (error) {
      this.#changed ||= step.kind !== "wait"; // It may have been done.
      // Of many objects one is refused, and the next time another: that is getting on.
      const what = isDbopError(error) && mayPass(error) ? error.message : "";
      return { outcome: "unseen", why: await this.#endure(error, this.#patience.steps, what) };
    }
  }

  async #begin(look: Look<Spec, Seen, Command>, step: Step<Command>): Promise<void> {
    this.#progress.begin(summary(step));
    await this.#ledger.step(this.#sight(look), step.id, this.#consent);
  }

  #done(): void {
    this.#changed = true;
    this.#poll = pollMs.first;
    this.#progress.done();
  }

  #waited(
    look: Look<Spec, Seen, Command>,
    step: Step<Command>,
    result: Tried,
  ): { readonly until: string; readonly seen: string } {
    const until = step.kind === "wait" ? step.until : `"${step.title}" is done`;
    const why = result.outcome === "done" ? `done, and due again: ${step.why}` : result.why;
    const seen = step.kind === "wait" ? this.#engine.describe(look.spec, look.seen) : why;
    if (result.outcome !== "unseen") this.#progress.waiting(until, seen);
    return { until, seen };
  }

  #sight({ object, cluster, spec, seen }: Look<Spec, Seen, Command>): Sight {
    return { object, cluster, status: this.#engine.status(spec, seen, this.#deps.clock.now()) };
  }

  /** The last word is said only over what was looked at: undefined when somebody wrote the object meanwhile, to look again. */
  async #end(
    look: Look<Spec, Seen, Command>,
    plan: Exclude<Plan<Command>, { outcome: "act" }>,
  ): Promise<PassResult | undefined> {
    try {
      return plan.outcome === "blocked" ? await this.#blocked(look, plan.by) : await this.#converged(look);
    } catch (error) {
      if (error instanceof Overridden) throw error;
      await this.#endure(error, this.#patience.steps);
      return undefined;
    }
  }

  async #converged(look: Look<Spec, Seen, Command>): Promise<PassResult> {
    const sight = this.#sight(look);
    if (!sight.status.ready && this.#engine.needsReady !== false) {
      throw new DbopError("Internal", `the plan is empty and the cluster is not ready: ${sight.status.message}`);
    }
    if (!contains(look.object["spec"], this.#asked)) throw await this.#overridden(sight);
    const object = await this.#ledger.close(sight, "Converged", this.#engine.describe(look.spec, look.seen));
    return { outcome: "Converged", changed: this.#changed, object };
  }

  /** The last word was stored, and its answer was lost. To plan on would be to begin anew: a rotation, or a restore. */
  #endedUnseen({ object }: Look<Spec, Seen, Command>): PassResult {
    return { outcome: "Converged", changed: this.#changed, object };
  }

  /** The cluster is as the spec says now, and that is not what was asked for: not done. */
  async #overridden(sight: Sight): Promise<DbopError> {
    const message = "the spec was changed by somebody else while this ran, and the cluster follows it";
    await this.#ledger.close(sight, "Superseded", message);
    return new Overridden("Conflict", message, {
      hint: "kubectl get dbc -o yaml shows who owns which field; then ask again",
    });
  }

  async #blocked(look: Look<Spec, Seen, Command>, by: readonly Verdict[]): Promise<PassResult> {
    return { outcome: "Blocked", by, object: await this.#ledger.leaveOpen(this.#sight(look), by[0]) };
  }

  async #outOfTime(
    look: Look<Spec, Seen, Command>,
    waited: { readonly until: string; readonly seen: string },
  ): Promise<PassResult> {
    const object = await this.#ledger.leaveOpen(this.#sight(look)).catch((error: unknown) => {
      if (!mayPass(error)) throw error;
      return look.object; // The record stands as it was: no time is left to write it again.
    });
    return { outcome: "Progressing", ...waited, object };
  }

  /** What the engine refuses for good is closed as failed; anything else stays open, to be gone on with. */
  async #ended(error: unknown): Promise<unknown> {
    if (isDbopError(error, "Interrupted")) return this.#stopped(error);
    if (!isDbopError(error, "OperationFailed")) return error;
    const look = await this.#look().catch(() => undefined);
    if (look !== undefined) await this.#ledger.close(this.#sight(look), "Failed", error.message).catch(() => undefined);
    return error;
  }

  #stopped(error: DbopError): DbopError {
    const { name, namespace } = this.#request.database;
    const again = `kubectl dbop reconcile ${name} -n ${namespace}`;
    const hint = `the lock is released; to go on: the same command again, or ${again}`;
    return new DbopError("Interrupted", error.message, { hint, cause: error });
  }
}
