/** Pods that end: volumes, then init containers one by one, then the containers, then the pod's own end. */
import type { KubeObject } from "../../../../src/kube/objects.ts";
import { mounted } from "../controllers/mounted-claims.ts";
import { isTerminating, refTo } from "../controllers/owners.ts";
import { listOf, at, type Fields } from "../json.ts";
import { podType } from "../types.ts";
import type { World } from "../world.ts";
import { kill, launch, report } from "./launch.ts";
import {
  containersOf,
  initContainersOf,
  isRunning,
  isSidecar,
  stateOf,
  type ContainerState,
  type ProcessPod,
} from "./process-pod.ts";
import { MissingReference } from "./references.ts";
import { volumesOf } from "./volumes.ts";

/** Takes the pod as far as it can get now. */
export function tendProcesses(world: World, pod: KubeObject): void {
  const uid = pod.metadata.uid ?? "";
  const run = world.processPods.get(uid) ?? newRun(world);
  world.processPods.set(uid, run);
  if (isTerminating(pod)) {
    stop(world, pod, run);
    return;
  }
  if (["Succeeded", "Failed"].includes(String(at(pod["status"], "phase")))) return;
  run.outcome ??= proceed(world, pod, run);
  if (run.outcome !== undefined) stopProcesses(world, run);
  report(world, pod, run);
}

const newRun = (world: World): ProcessPod => ({
  address: `10.88.1.${world.processPods.size + 10}`,
  startTime: world.server.timestamp(),
  emptyDirs: new Map(),
  volumes: undefined,
  containers: new Map(),
  outcome: undefined,
  stopping: false,
});

/** How the pod ended; undefined while it goes on. */
function proceed(world: World, pod: KubeObject, run: ProcessPod): ProcessPod["outcome"] {
  if (!setUpVolumes(world, pod, run)) return undefined;
  for (const container of initContainersOf(pod)) {
    const state = ensureStarted(world, pod, { run, container });
    if (isSidecar(container) && (state.is !== "waiting" || hasRun(run, container))) continue;
    if (state.is !== "terminated") return undefined;
    if (state.exitCode !== 0) return "Failed";
  }
  const states = containersOf(pod).map((container) => ensureStarted(world, pod, { run, container }));
  if (states.some(({ is }) => is !== "terminated")) return undefined;
  return states.every((state) => state.is === "terminated" && state.exitCode === 0) ? "Succeeded" : "Failed";
}

const hasRun = ({ containers }: ProcessPod, { name }: Fields): boolean =>
  containers.get(String(name))?.last !== undefined;

function setUpVolumes(world: World, pod: KubeObject, run: ProcessPod): boolean {
  try {
    run.volumes ??= volumesOf(world, pod, { claims: mounted(world, pod), emptyDirs: run.emptyDirs });
    return true;
  } catch (error) {
    if (error instanceof MissingReference) return false;
    throw error;
  }
}

function ensureStarted(
  world: World,
  pod: KubeObject,
  { run, container }: { readonly run: ProcessPod; readonly container: Fields },
): ContainerState {
  const before = stateOf(run, container);
  if (before !== undefined && (before.is !== "waiting" || before.final)) return before;
  launch(world, pod, { run, container });
  return stateOf(run, container) ?? { is: "waiting", reason: "ContainerCreating", final: false };
}

/** Kills what runs, after the time pods take to stop here. */
function stopProcesses(world: World, run: ProcessPod): void {
  if (!isRunning(run) || run.stopping) return;
  if (world.terminationMs === 0) {
    kill(world, run);
    return;
  }
  run.stopping = true;
  world.clock.schedule(world.terminationMs, () => {
    kill(world, run);
    world.wake();
  });
}

/** The pod is being deleted: its processes end, then it goes, unless a finalizer holds it. */
function stop(world: World, pod: KubeObject, run: ProcessPod): void {
  stopProcesses(world, run);
  if (isRunning(run)) return;
  if (run.containers.size > 0) run.outcome ??= "Failed";
  report(world, pod, run);
  const { uid = "" } = pod.metadata;
  if (listOf(at(pod.metadata, "finalizers")).length > 0) return;
  world.server.store.remove(refTo(pod, podType));
  world.logs.drop(uid);
  world.processPods.delete(uid);
}
