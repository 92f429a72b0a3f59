/** Deleting a database: what serves it goes, its claims and credentials stay — unless the user says the data is to go as well. */
import { readCluster } from "../api/read-cluster.ts";
import type { AccessRule, Belongings } from "../engines/engine.ts";
import { engines, findEngine } from "../engines/index.ts";
import { DbopError } from "../errors.ts";
import type { KubeClient } from "../kube/kube-client.ts";
import { describeObject, types, type KubeObject, type ObjectRef } from "../kube/objects.ts";
import type { Plan, Step } from "../plan/step.ts";
import { accessFor } from "./access.ts";
import { findDatabase, type DatabaseName } from "./database.ts";
import { acquireLock, leaseRef, type Lock } from "./lock.ts";
import { summary, viewOf } from "./look.ts";
import { otherPlan } from "./other-plan.ts";
import { mayPass, Patience } from "./patience.ts";
import { namingAllRights, requireRights } from "./preflight.ts";
import { Progress } from "./progress.ts";
import type { PassDeps, PassRequest, PassResult } from "./request.ts";

export interface DeleteRequest extends Omit<PassRequest, "edit" | "verb" | "consents"> {
  readonly deleteData: boolean;
}

/** What an engine's part of a database is found to be. */
interface Belonging {
  readonly workloads: readonly KubeObject[];
  readonly pods: readonly KubeObject[];
  readonly claims: readonly KubeObject[];
  readonly credentials: readonly KubeObject[];
}

interface Found extends Belonging {
  readonly database: KubeObject | undefined;
  /** Of a run that was stopped; only asked for when the DatabaseCluster is gone. */
  readonly lease: KubeObject | undefined;
}

type DeleteStep = Step<never>;

/** With what was left on purpose. */
export type DeleteResult = PassResult & { readonly kept: readonly string[] };

/**
 * Ends when nothing of the database runs any more. With `deleteData` the DatabaseCluster goes last, so that a run that was killed can be
 * repeated; without it a second run waits for what the garbage collector has left to do. Leftover data of a database that is already gone is deleted with `deleteData` too.
 */
export function deleteDatabase(deps: PassDeps, request: DeleteRequest): Promise<DeleteResult> {
  const { namespace } = request.database;
  return namingAllRights(deps.kube, { verb: "delete", namespace, work: () => run(deps, request) });
}

async function run(deps: PassDeps, request: DeleteRequest): Promise<DeleteResult> {
  const { found, access } = await find(deps.kube, request.database);
  refuseAbsent(request, found);
  if (found.database === undefined)
    deps.report({ type: "note", text: `${describeObject(placeholder(request.database))} is gone; the rest follows` });
  const plan = planDelete(request, found);
  const view = viewOf(plan);
  deps.report({ type: "plan", ...view });
  const object = found.database ?? placeholder(request.database);
  const kept = request.deleteData ? [] : [...found.claims, ...found.credentials].map(describeObject);
  if (request.dryRun !== "none") return { outcome: "Planned", object, plan: view, notSimulated: [], kept };
  if (request.planHash !== undefined && request.planHash !== view.hash) throw otherPlan(request.planHash, view.hash);
  await requireRights(deps.kube, request.database.namespace, accessFor("delete", access));
  await request.approve(view);
  return { ...(await underLock(deps, request, object)), object, kept };
}

function refuseAbsent({ deleteData, database }: DeleteRequest, found: Found): void {
  const anyData = found.claims.length + found.credentials.length > 0;
  if (found.database !== undefined || (deleteData && anyData) || isOnItsWayOut(found)) return;
  const { name, namespace } = database;
  const hint = "claims and credentials of that name are left: --delete-data deletes them";
  const message = `databaseclusters.dbop.dev "${name}" not found in namespace "${namespace}"`;
  throw new DbopError("NotFound", message, anyData ? { hint } : {});
}

/** A run was stopped when the DatabaseCluster had gone: what it owned goes by itself. What somebody has orphaned stays, and is not waited for. */
function isOnItsWayOut({ workloads, pods, lease }: Found): boolean {
  const left = workloads.length > 0 ? workloads : pods;
  if (left.length === 0) return lease !== undefined;
  return left.some(
    ({ metadata }) => metadata.deletionTimestamp !== undefined || (metadata.ownerReferences ?? []).length > 0,
  );
}

async function underLock(deps: PassDeps, request: DeleteRequest, agreedTo: KubeObject): Promise<Ending> {
  const lock = await acquireLock(deps, {
    ...request.database,
    holder: `delete on ${deps.host} (run ${deps.newId()})`,
    waitMs: request.lockTimeoutMs,
    onWait: (text) => {
      deps.report({ type: "note", text });
    },
  });
  try {
    return await carryOut(deps, request, { lock, agreedTo });
  } finally {
    await lock.release();
  }
}

/** Of a database that is gone already nothing tells the engine: then each is asked for what bears the name. */
async function find(
  kube: KubeClient,
  name: DatabaseName,
): Promise<{ readonly found: Found; readonly access: readonly AccessRule[] }> {
  const database = await findDatabase(kube, name);
  const read = database && readCluster(database);
  const known = read?.ok === true ? findEngine(read.value.spec.engine) : undefined;
  const candidates = known === undefined ? Object.values(engines) : [known];
  const [lease, ...parts] = await Promise.all([
    database === undefined ? kube.get(leaseRef(name.namespace, name.name)) : undefined,
    ...candidates.map((entry) => entry.use((engine) => findBelongings(kube, engine.belongings(name)))),
  ]);
  const access = candidates.flatMap((entry) => entry.use((engine) => engine.access("delete")));
  const all = (part: keyof Belonging): readonly KubeObject[] => parts.flatMap((each) => each[part]);
  return {
    found: {
      database,
      lease: isOurs(lease) ? lease : undefined,
      workloads: all("workloads"),
      pods: all("pods"),
      claims: all("claims"),
      credentials: all("credentials"),
    },
    access,
  };
}

async function findBelongings(kube: KubeClient, belongings: Belongings): Promise<Belonging> {
  const [workloads, pods, claims, ...credentials] = await Promise.all([
    kube.list(types.statefulSet, belongings.workloads),
    kube.list(types.pod, belongings.pods),
    kube.list(types.claim, belongings.claims),
    ...belongings.credentials.map((ref) => kube.get(ref)),
  ]);
  return {
    workloads: workloads.items.filter(isOurs),
    pods: pods.items,
    claims: claims.items,
    credentials: credentials.filter(isOurs),
  };
}

/** A namesake that somebody else made is not ours to delete. */
function isOurs(object: KubeObject | undefined): object is KubeObject {
  return object?.metadata.labels?.["app.kubernetes.io/managed-by"] === "kubectl-dbop";
}

/** Pure: what is left to do. */
function planDelete(
  { deleteData, database }: Pick<DeleteRequest, "deleteData" | "database">,
  found: Found,
): Plan<never> {
  const serving = found.pods.length + found.workloads.length > 0 ? [waitForPods(database)] : [];
  const entry = found.database === undefined ? [] : [found.database];
  const steps = deleteData
    ? [
        ...deleteSteps(found.workloads, { why: "nothing may use the data when it goes", danger: "severe" }),
        ...serving,
        ...deleteSteps([...found.claims, ...found.credentials], { why: "--delete-data", danger: "severe" }),
        ...deleteSteps(entry, { why: "last, so that a run that was stopped can be repeated", danger: "severe" }),
      ]
    : [
        ...deleteSteps(entry, {
          why: "its pods and Services go with it; claims and credentials stay",
          danger: "moderate",
        }),
        ...serving,
      ];
  const [head, ...tail] = steps;
  return head === undefined
    ? { outcome: "converged", warnings: [] }
    : { outcome: "act", steps: [head, ...tail], warnings: [] };
}

/** For those that are not going already. */
function deleteSteps(
  objects: readonly KubeObject[],
  reason: { readonly why: string; readonly danger: "moderate" | "severe" },
): readonly DeleteStep[] {
  return objects
    .filter((object) => object.metadata.deletionTimestamp === undefined)
    .map((object): DeleteStep => {
      const name = describeObject(object);
      const target = refOf(object);
      const uid = object.metadata.uid ?? "";
      return {
        kind: "delete",
        id: `delete/${name}`,
        title: `Delete ${name}`,
        ...reason,
        target,
        uid,
        propagation: "Background",
      };
    });
}

function waitForPods(database: DatabaseName): DeleteStep {
  const until = `the pods of ${database.name} are gone`;
  return { kind: "wait", id: "wait/pods-gone", title: `Wait until ${until}`, why: "they end in order", until };
}

function refOf(object: KubeObject): ObjectRef {
  const type = Object.values(types).find(
    (known) => known.kind === object.kind && known.apiVersion === object.apiVersion,
  );
  if (type === undefined) throw new DbopError("Internal", `no type is known for ${describeObject(object)}`);
  const { namespace, name } = object.metadata;
  return { type, name, ...(namespace === undefined ? {} : { namespace }) };
}

type Ending =
  | { readonly outcome: "Converged"; readonly changed: boolean }
  | { readonly outcome: "Progressing"; readonly until: string; readonly seen: string };

interface Grip {
  readonly lock: Lock;
  /** The database whose deletion was agreed to. */
  readonly agreedTo: KubeObject;
}

async function carryOut(deps: PassDeps, request: DeleteRequest, grip: Grip): Promise<Ending> {
  const deadline = deps.clock.now().getTime() + request.timeoutMs;
  const patience = new Patience(deps.clock, deps.signal);
  const progress = new Progress(deps.report, deps.clock);
  for (;;) {
    if (deps.signal.aborted) throw new DbopError("Interrupted", "stopped between two steps");
    try {
      const ending = await oneStep(deps, request, { ...grip, progress });
      if (ending?.outcome === "Converged") return ending;
      patience.restore();
      if (ending === undefined) continue;
      if (deps.clock.now().getTime() >= deadline) return ending;
      await deps.clock.sleep(200, deps.signal);
    } catch (error) {
      if (!mayPass(error)) throw error;
      const { message } = await patience.endure(error);
      deps.report({ type: "note", text: `looking again: ${message}` });
    }
  }
}

/** Undefined when something was done: then there may be more to do. */
async function oneStep(
  { kube }: PassDeps,
  request: DeleteRequest,
  { lock, agreedTo, progress }: Grip & { readonly progress: Progress },
): Promise<Ending | undefined> {
  const { found } = await find(kube, request.database);
  refuseAnother(agreedTo, found.database);
  const plan = planDelete(request, found);
  if (plan.outcome !== "act") return { outcome: "Converged", changed: true };
  const [step] = plan.steps;
  progress.planned(plan.steps.map(summary));
  if (step.kind === "delete") {
    lock.assertHeld();
    progress.begin(summary(step));
    await kube.delete(step.target, { uid: step.uid, propagation: step.propagation });
    progress.done();
    return undefined;
  }
  const until = `the pods of ${request.database.name} are gone`;
  const seen = `${String(found.pods.length)} left`;
  progress.waiting(until, seen);
  return { outcome: "Progressing", until, seen };
}

/** Somebody may make a namesake while the old one goes: nobody agreed to its end. */
function refuseAnother(agreedTo: KubeObject, found: KubeObject | undefined): void {
  if (found === undefined || found.metadata.uid === agreedTo.metadata.uid) return;
  throw new DbopError("Refused", `another ${describeObject(found)} was made while this ran; it was left alone`, {
    hint: "look at it with kubectl dbop status, and delete it if it is to go as well",
  });
}

function placeholder({ namespace, name }: DatabaseName): KubeObject {
  return {
    apiVersion: types.databaseCluster.apiVersion,
    kind: types.databaseCluster.kind,
    metadata: { namespace, name },
  };
}
