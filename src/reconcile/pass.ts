/**
 * One run of a verb: look → ask → lock → act one step, look again, plan again … → record → unlock.
 * Nothing is locked or changed before the plan is known, permitted and agreed to (docs/adr/0003). Knows no engine by name.
 */
import type { DatabaseCluster } from "../api/database-cluster.ts";
import type { AccessRule, Engine } from "../engines/engine.ts";
import { engines } from "../engines/index.ts";
import { DbopError, isDbopError } from "../errors.ts";
import type { KubeObject } from "../kube/objects.ts";
import type { Danger } from "../plan/step.ts";
import { accessFor } from "./access.ts";
import { findDatabase, readDatabase } from "./database.ts";
import { guardReason } from "./guard-reason.ts";
import { intended, lookAt, viewOf, type Look } from "./look.ts";
import { otherPlan } from "./other-plan.ts";
import { continues } from "./operation.ts";
import { requireRights } from "./preflight.ts";
import type { PassDeps, PassRequest, PassResult, Undertaking } from "./request.ts";
import { runLocked } from "./run-locked.ts";
import { seconds, writeStatus } from "./status-writer.ts";

/** Throws what stands in the way; whichever request is refused first for want of rights, all that are missing are named. */
export async function runPass(deps: PassDeps, request: PassRequest): Promise<PassResult> {
  try {
    return await run(deps, request);
  } catch (error) {
    if (isDbopError(error, "Forbidden") && error.problems.length === 0)
      await requireRights(deps.kube, request.database.namespace, everyRight(request.verb));
    throw error;
  }
}

/** The engine may not be known yet: then whatever any engine needs. */
function everyRight(verb: PassRequest["verb"]): readonly AccessRule[] {
  return accessFor(
    verb,
    Object.values(engines).flatMap((entry) => entry.use((engine) => engine.access(verb))),
  );
}

async function run(deps: PassDeps, request: PassRequest): Promise<PassResult> {
  const current = await findDatabase(deps.kube, request.database);
  const object = await intended(deps, request, current);
  if (object === undefined)
    throw new DbopError(
      "NotFound",
      `databaseclusters.dbop.dev "${request.database.name}" not found in namespace "${request.database.namespace}"`,
    );
  const { cluster, entry } = readDatabase(object);
  return entry.use((engine) => begin({ engine, deps, request }, { object, cluster, current }));
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
  const look = await lookAt(engine, deps, { object: start.object, cluster: start.cluster, request });
  const view = viewOf(look.plan);
  deps.report({ type: "plan", ...view });
  if (look.plan.outcome === "blocked") return blocked(undertaking, { start, look, by: look.plan.by });
  if (request.dryRun !== "none") return { outcome: "Planned", object: look.object, plan: view, notSimulated: [] };
  if (request.planHash !== undefined && request.planHash !== view.hash) throw otherPlan(request.planHash, view.hash);
  const edited = isEdited(start);
  if (look.plan.outcome === "converged" && !edited && look.cluster.status.operation === undefined) {
    const stored = await recordConverged(engine, deps, look);
    return { outcome: "Converged", changed: false, object: stored };
  }
  await requireRights(deps.kube, request.database.namespace, accessFor(request.verb, engine.access(request.verb)));
  const consent = await approve(request, look);
  return runLocked(undertaking, consent);
}

/** An operation that was agreed to when it began is gone on with without asking again. */
function approve<Spec, Seen, Command>(
  request: PassRequest,
  look: Look<Spec, Seen, Command>,
): Promise<Danger | undefined> {
  const { operation } = look.cluster.status;
  if (operation?.consent === "severe" && continues(operation, request)) return Promise.resolve("severe");
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

/** A block found before anything was edited leaves the spec alone; the status says why no pass goes on. */
async function blocked<Spec, Seen, Command>(
  { engine, deps, request }: Undertaking<Spec, Seen, Command>,
  { start, look, by }: Block<Spec, Seen, Command>,
): Promise<PassResult> {
  const { current } = start;
  if (request.dryRun === "none" && current !== undefined && !isEdited(start)) {
    const [first] = by;
    await writeStatus(deps.kube, look.cluster, {
      engine: engine.status(look.spec, look.seen, deps.clock.now()),
      operation: look.cluster.status.operation,
      history: look.cluster.status.history,
      stalled: first && { reason: guardReason(first.guard), message: first.message },
      now: deps.clock.now(),
    });
  }
  return { outcome: "Blocked", by, object: look.object };
}

/** A pass that found nothing to do takes no lock: it writes one status, and only over the object it has read. */
async function recordConverged<Spec, Seen, Command>(
  engine: Engine<Spec, Seen, Command>,
  deps: PassDeps,
  look: Look<Spec, Seen, Command>,
): Promise<KubeObject> {
  const now = deps.clock.now();
  const engineStatus = engine.status(look.spec, look.seen, now);
  if (!engineStatus.ready)
    throw new DbopError("Internal", `the plan is empty and the cluster is not ready: ${engineStatus.message}`, {
      hint: `seen at ${seconds(now)}`,
    });
  const { history } = look.cluster.status;
  return writeStatus(deps.kube, look.cluster, {
    engine: engineStatus,
    operation: undefined,
    history,
    stalled: undefined,
    now,
  });
}
