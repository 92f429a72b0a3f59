/** The kubelet: starts and stops containers as the model says, restarts them with back-off, and reports their state. */
import type { KubeObject } from "../../../../src/kube/objects.ts";
import { at, listOf, textOf } from "../json.ts";
import { tendProcesses } from "../kubelet/processes.ts";
import { podType } from "../types.ts";
import type { PodRun, RunningContainer, World } from "../world.ts";
import { mounted } from "./mounted-claims.ts";
import { isTerminating, refTo } from "./owners.ts";
import { podStatus } from "./pod-status.ts";

export function runPods(world: World): void {
  for (const pod of world.server.store.list(podType)) {
    if (at(pod["spec"], "nodeName") === undefined) continue;
    const run = world.runs.get(pod.metadata.uid ?? "");
    if (run === undefined && hasProcesses(world, pod)) tendProcesses(world, pod);
    else if (isTerminating(pod)) stop(world, pod, run);
    else if (run === undefined) start(world, pod, newRun(world));
  }
}

/** Pods that end are run process by process; of all others the model decides about their first container. */
function hasProcesses(world: World, pod: KubeObject): boolean {
  if (world.processPods.has(pod.metadata.uid ?? "")) return true;
  return at(pod["spec"], "restartPolicy") === "Never" && world.programs() !== undefined;
}

function newRun({ runs }: World): PodRun {
  return {
    state: "running",
    ready: false,
    restarts: 0,
    address: `10.88.0.${runs.size + 10}`,
    startedAt: "",
    last: undefined,
    why: undefined,
  };
}

function start(world: World, pod: KubeObject, run: PodRun): void {
  world.runs.set(pod.metadata.uid ?? "", run);
  Object.assign(run, { state: "running", ready: false, startedAt: world.server.timestamp(), why: undefined });
  const claims = mounted(world, pod);
  const container = containerOf(world, pod, run);
  world.logs.open(pod.metadata.uid ?? "", container.name);
  report(world, pod, run);
  world.model().start(current(world, pod), claims, container);
}

function containerOf(world: World, pod: KubeObject, run: PodRun): RunningContainer {
  const thisStart = run.restarts;
  const name = textOf(at(listOf(at(pod["spec"], "containers"))[0], "name")) ?? "";
  const change = (state: PodRun["state"], edit: () => void): void => {
    if (run.state !== "running" || run.restarts !== thisStart) return;
    run.state = state;
    edit();
    report(world, pod, run);
    world.wake();
  };
  return {
    name,
    restarts: thisStart,
    ready: (isReady = true) => {
      if (run.ready === isReady) return;
      change("running", () => {
        run.ready = isReady;
      });
    },
    exit: (code, message) => {
      const policy = at(pod["spec"], "restartPolicy");
      const again = policy === "Always" || (policy === "OnFailure" && code !== 0);
      change(again ? "back-off" : "exited", () => {
        run.ready = false;
        const times = { startedAt: run.startedAt, finishedAt: world.server.timestamp() };
        run.last = {
          exitCode: code,
          reason: code === 0 ? "Completed" : "Error",
          ...(message !== undefined && { message }),
          ...times,
        };
      });
      if (again) restartLater(world, pod, run);
    },
    log: (text) => {
      if (run.state === "running" && run.restarts === thisStart) world.logs.append(pod.metadata.uid ?? "", name, text);
    },
    waiting: (reason, message) => {
      change("waiting", () => {
        run.ready = false;
        run.why = { reason, ...(message !== undefined && { message }) };
      });
    },
  };
}

/** The first restart comes at once, later ones after 10 s, 20 s, … up to five minutes. */
function restartLater(world: World, pod: KubeObject, run: PodRun): void {
  if (run.state !== "back-off") return;
  const delay = run.restarts === 0 ? 0 : Math.min(300, 10 * 2 ** (run.restarts - 1)) * 1000;
  const restarts = run.restarts;
  world.clock.schedule(delay, () => {
    if (run.state !== "back-off" || run.restarts !== restarts) return;
    run.restarts += 1;
    start(world, pod, run);
    world.wake();
  });
}

function stop(world: World, pod: KubeObject, run: PodRun | undefined): void {
  if (run?.state === "stopping") return;
  if (run !== undefined && run.state !== "stopped") {
    const alive = run.state === "running";
    Object.assign(run, { state: "stopping", ready: false });
    if (alive) world.model().stop?.(pod);
    if (world.terminationMs > 0) {
      world.clock.schedule(world.terminationMs, () => {
        run.state = "stopped";
        world.wake();
      });
      return;
    }
    run.state = "stopped";
  }
  if (listOf(at(pod.metadata, "finalizers")).length > 0) return;
  world.server.store.remove(refTo(pod, podType));
  world.logs.drop(pod.metadata.uid ?? "");
}

const current = ({ server }: World, pod: KubeObject): KubeObject => server.store.read(refTo(pod, podType)) ?? pod;

function report(world: World, pod: KubeObject, run: PodRun): void {
  const found = world.server.store.read(refTo(pod, podType));
  if (found?.metadata.uid !== pod.metadata.uid) return;
  world.server.edit(refTo(pod, podType), (draft) => {
    draft["status"] = podStatus(draft, run, world.server.timestamp());
  });
}
