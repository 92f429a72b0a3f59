/**
 * One run of a verb: look → ask → lock → act one step, look again, plan again … → record → unlock.
 * Nothing is locked or changed before the plan is known, permitted and agreed to (docs/adr/0003). Knows no engine by name.
 */
import type { DatabaseCluster } from "../api/database-cluster.ts";
import type { AccessRule } from "../engines/engine.ts";
import { DbopError } from "../errors.ts";
import type { KubeObject } from "../kube/objects.ts";
import type { Danger } from "../plan/step.ts";
import { accessFor } from "./access.ts";
import { findDatabase, noSuchDatabase, readDatabase } from "./database.ts";
import { conditionReason } from "./condition-reason.ts";
import { intended, lookAt, viewOf, type Look } from "./look.ts";
import { otherPlan } from "./other-plan.ts";
import { continues, refuseToReplace } from "./operation.ts";
import { mayPass } from "./patience.ts";
import { namingAllRights, namingRights, requireRights } from "./preflight.ts";
import type { Activity, PassDeps, PassRequest, PassResult, Undertaking } from "./request.ts";
import { inPlaceWish, isRevocable } from "./restoring/in-place-wish.ts";
import { restoringInPlace } from "./restoring/in-place.ts";
import { runLocked } from "./run-locked.ts";
import { keepingErrands } from "./scheduling/activity.ts";
import { simulate } from "./simulate.ts";
import { writeStatus, type StatusInput } from "./status-writer.ts";

/** Throws what stands in the way. */
export function runPass(deps: PassDeps, request: PassRequest): Promise<PassResult> {
  const { verb, database } = request;
  return namingAllRights(deps.kube, { verb, namespace: database.namespace, work: () => run(deps, request) });
}

async function run(deps: PassDeps, request: PassRequest, tries = 3): Promise<PassResult> {
  try {
    return await lookAndGoOn(deps, request);
  } catch (error) {
    if (!(error instanceof Unrecorded)) throw error;
    if (tries <= 1) throw error.refusal;
    return run(deps, request, tries - 1);
  }
}

/** What was seen could not be written down; looked at again, it may. */
class Unrecorded extends Error {
  readonly refusal: DbopError;

  constructor(refusal: DbopError) {
    super(refusal.message, { cause: refusal });
    this.refusal = refusal;
  }
}

async function lookAndGoOn(deps: PassDeps, request: PassRequest): Promise<PassResult> {
  const current = await findDatabase(deps.kube, request.database);
  const object = await intended(deps, request, current);
  if (object === undefined) throw noSuchDatabase(request.database);
  const { cluster, entry } = readDatabase(object);
  refuseToReplace(cluster, request);
  const start = { object, cluster, current };
  const activity = activityOf(cluster, request);
  return entry.use((engine) =>
    activity === undefined
      ? begin({ engine, deps, request }, start)
      : activity.on(engine, (wider) => inActivity({ engine: wider, deps, request }, start)),
  );
}

/** A reconcile goes on with what is in flight as what it is. Whatever changes the spec looks after what it schedules, too. */
function activityOf(cluster: DatabaseCluster, request: PassRequest): Activity | undefined {
  const { operation } = cluster.status;
  if (operation?.verb === "restore-in-place" && continues(operation, request))
    return restoringInPlace(inPlaceWish(operation.request));
  return request.activity ?? keepingErrands(cluster);
}

/** It may need more rights than the verb has at other times: whichever is missed first, all are named. */
function inActivity<Spec, Seen, Command>(
  undertaking: Undertaking<Spec, Seen, Command>,
  start: Start,
): Promise<PassResult> {
  const { engine, deps, request } = undertaking;
  const { verb, database } = request;
  const rules = (): readonly AccessRule[] => accessFor(verb, engine.access(verb));
  return namingRights(deps.kube, { rules, namespace: database.namespace, work: () => begin(undertaking, start) });
}

interface Start {
  readonly object: KubeObject;
  readonly cluster: DatabaseCluster;
  /** As stored, before the edit. */
  readonly current: KubeObject | undefined;
}

async function begin<Spec, Seen, Command>(
  undertaking: Undertaking<Spec, Seen, Command>,
  start: Start,
): Promise<PassResult> {
  const { engine, deps, request } = undertaking;
  const look = await lookTwice(undertaking, start);
  const view = viewOf(look.plan);
  if (look.plan.outcome === "blocked") return blocked(undertaking, { start, look, by: look.plan.by });
  deps.report({ type: "plan", ...view });
  if (request.dryRun !== "none") {
    const notSimulated = request.dryRun === "server" ? await simulate(deps.kube, look.plan) : [];
    return { outcome: "Planned", object: look.object, plan: view, notSimulated };
  }
  if (request.planHash !== undefined && request.planHash !== view.hash) throw otherPlan(request.planHash, view.hash);
  const edited = isEdited(start);
  if (look.plan.outcome === "converged" && !edited && look.cluster.status.operation === undefined) {
    const stored = await recordConverged(undertaking, look);
    return { outcome: "Converged", changed: false, object: stored };
  }
  await requireRights(deps.kube, request.database.namespace, accessFor(request.verb, engine.access(request.verb)));
  const consent = await approve(request, look);
  return runLocked(undertaking, consent);
}

/** Once, unless the plan is blocked: a member that could not be asked just now looks like one that is down. */
async function lookTwice<Spec, Seen, Command>(
  { engine, deps, request }: Undertaking<Spec, Seen, Command>,
  { object, cluster }: Start,
): Promise<Look<Spec, Seen, Command>> {
  const look = await lookAt(engine, deps, { object, cluster, request });
  return look.plan.outcome === "blocked" ? lookAt(engine, deps, { object, cluster, request }) : look;
}

/** An operation that was agreed to when it began is gone on with without asking again, unless it can still be given up. */
function approve<Spec, Seen, Command>(
  request: PassRequest,
  look: Look<Spec, Seen, Command>,
): Promise<Danger | undefined> {
  const { operation } = look.cluster.status;
  if (operation?.consent === "severe" && continues(operation, request) && !isRevocable(operation))
    return Promise.resolve("severe");
  const view = viewOf(look.plan);
  const safeFirst = request.verb === "reconcile" && !request.attended && view.steps[0]?.danger === undefined;
  return safeFirst ? Promise.resolve(undefined) : request.approve(view);
}

function isEdited({ object, current }: Start): boolean {
  return current === undefined || object.metadata.generation !== current.metadata.generation;
}

interface Block<Spec, Seen, Command> {
  readonly start: Start;
  readonly look: Look<Spec, Seen, Command>;
  readonly by: Extract<PassResult, { outcome: "Blocked" }>["by"];
}

/** A block found before anything was edited leaves the spec alone; the status says why no pass goes on, if it can be written. */
async function blocked<Spec, Seen, Command>(
  undertaking: Undertaking<Spec, Seen, Command>,
  { start, look, by }: Block<Spec, Seen, Command>,
): Promise<PassResult> {
  const [first] = by;
  const stalled = first && { reason: conditionReason(first.guard), message: first.message };
  const { operation } = look.cluster.status;
  if (undertaking.request.dryRun === "none" && start.current !== undefined && !isEdited(start)) {
    await record(undertaking, look, { operation, stalled }).catch(() => undefined);
  }
  return { outcome: "Blocked", by, object: look.object };
}

/** A pass that found nothing to do takes no lock: it writes one status, and only over the object it has read. */
async function recordConverged<Spec, Seen, Command>(
  undertaking: Undertaking<Spec, Seen, Command>,
  look: Look<Spec, Seen, Command>,
): Promise<KubeObject> {
  const { engine, deps } = undertaking;
  const { ready, message } = engine.status(look.spec, look.seen, deps.clock.now());
  if (!ready && engine.needsReady !== false)
    throw new DbopError("Internal", `the plan is empty and the cluster is not ready: ${message}`);
  try {
    return await record(undertaking, look, { operation: undefined, stalled: undefined });
  } catch (error) {
    throw mayPass(error) ? new Unrecorded(error) : error;
  }
}

function record<Spec, Seen, Command>(
  { engine, deps }: Undertaking<Spec, Seen, Command>,
  look: Look<Spec, Seen, Command>,
  said: Pick<StatusInput, "operation" | "stalled">,
): Promise<KubeObject> {
  const now = deps.clock.now();
  const { history } = look.cluster.status;
  return writeStatus(deps.kube, look.cluster, {
    ...said,
    engine: engine.status(look.spec, look.seen, now),
    history,
    now,
  });
}
