/** Looking: the object as it is or would be, what is observed of the database, and the plan that follows. Changes nothing. */
import type { DatabaseCluster, OperationRecord } from "../api/database-cluster.ts";
import type { Engine, Verb } from "../engines/engine.ts";
import { DbopError, isDbopError } from "../errors.ts";
import { textField } from "../kube/fields.ts";
import type { KubeObject } from "../kube/objects.ts";
import { planHash } from "../plan/plan-hash.ts";
import type { Plan, Step, Verdict } from "../plan/step.ts";
import { applySpec, type SpecEdit } from "./apply-spec.ts";
import { readSpec } from "./database.ts";
import { merge } from "./edit.ts";
import { continues, isReshard, recordedConsents, rotationOf } from "./operation.ts";
import type { StepSummary } from "./report.ts";
import type { PassDeps, PassRequest, PlanView } from "./request.ts";

export interface Look<Spec, Seen, Command> {
  readonly object: KubeObject;
  readonly cluster: DatabaseCluster;
  readonly spec: Spec;
  readonly seen: Seen;
  readonly plan: Plan<Command>;
}

/**
 * The object as the edit would make it. The API server is asked (dry run), so that its rules, defaults and conflicts count; for a
 * client-side dry run, or while the kind is not installed, the edit is laid over what is there.
 */
export async function intended(
  deps: PassDeps,
  request: PassRequest,
  current: KubeObject | undefined,
): Promise<KubeObject | undefined> {
  const intent = request.edit(current);
  if (intent === undefined) return current;
  const laidOver = (): KubeObject => ({
    ...intent,
    metadata: { ...current?.metadata, ...intent.metadata },
    spec: merge(current?.["spec"], intent["spec"]),
  });
  if (request.dryRun === "client")
    return current === undefined ? laidOver() : { ...laidOver(), status: current["status"] };
  try {
    return await asApplied(deps, request, { intent, current });
  } catch (error) {
    if (isDbopError(error, "NotFound") && current === undefined && (await kindIsMissing(deps))) return laidOver();
    throw error;
  }
}

/** A conflict that names no field is one of two writes at once, which the API server itself tries to settle only five times. */
async function asApplied(
  deps: PassDeps,
  { fieldManager, forceConflicts: force }: PassRequest,
  edit: SpecEdit,
): Promise<KubeObject> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await applySpec(deps.kube, edit, { dryRun: true, fieldManager, force });
    } catch (error) {
      if (attempt >= 3 || !isDbopError(error, "Conflict") || error.problems.length > 0) throw error;
    }
  }
}

/**
 * Whether the API server does not know DatabaseClusters yet: otherwise it is the namespace that was not found. Whatever answers 404 to
 * everything is no API server: `Unreachable`, since nothing is known of the cluster then.
 */
export async function kindIsMissing({ kube }: Pick<PassDeps, "kube">): Promise<boolean> {
  if ((await kube.raw("/apis/dbop.dev/v1alpha1")) !== undefined) return false;
  if (textField(await kube.raw("/version"), "gitVersion") !== "") return true;
  throw new DbopError("Unreachable", `${kube.server} answers, and not as a Kubernetes API server does`);
}

/** A reconcile goes on with what removes members as what it is: that was agreed to. */
function verbInHand(operation: OperationRecord | undefined, { verb }: PassRequest): Verb {
  const removes = operation?.verb === "scale" || operation?.verb === "reshard";
  return removes && verb === "reconcile" ? operation.verb : verb;
}

export async function lookAt<Spec, Seen, Command>(
  engine: Engine<Spec, Seen, Command>,
  deps: PassDeps,
  input: { readonly object: KubeObject; readonly cluster: DatabaseCluster; readonly request: PassRequest },
): Promise<Look<Spec, Seen, Command>> {
  const { object, cluster, request } = input;
  const spec = readSpec(engine, cluster, object);
  const now = deps.clock.now();
  const seen = await engine.observe(deps.kube, spec, now);
  const { operation } = cluster.status;
  const verb = verbInHand(operation, request);
  const begun = operation !== undefined && continues(operation, request);
  const consents = new Set([...request.consents, ...(begun ? recordedConsents(cluster, operation) : [])]);
  const rotate = rotationOf(operation, request);
  const plan = engine.plan({
    spec,
    seen,
    now,
    consents,
    verb,
    begun,
    ...(rotate === undefined ? {} : { rotate }),
    ...(isReshard(operation, request) ? { rebalance: true } : {}),
  });
  return { object, cluster, spec, seen, plan: cluster.spec.paused ? pausedPlan(plan) : plan };
}

/** `spec.paused` makes every pass a read. */
function pausedPlan<Command>(plan: Plan<Command>): Plan<Command> {
  if (plan.outcome !== "act") return plan;
  const verdict: Verdict = {
    guard: "paused",
    message: `the database is paused and ${String(plan.steps.length)} steps are due, beginning with: ${plan.steps[0].title}`,
    observed: "spec.paused is true",
    lift: "set spec.paused to false",
  };
  return { outcome: "blocked", by: [verdict], warnings: plan.warnings };
}

export function viewOf<Command>(plan: Plan<Command>): PlanView {
  return {
    steps: plan.outcome === "act" ? plan.steps.map(summary) : [],
    hash: planHash(plan),
    warnings: plan.warnings,
  };
}

export function summary<Command>(step: Step<Command>): StepSummary {
  return {
    id: step.id,
    title: step.title,
    why: step.why,
    ...(step.danger === undefined ? {} : { danger: step.danger }),
  };
}
