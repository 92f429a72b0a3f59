/** The status of a pod that is run process by process, as the kubelet writes it. */
import { at, fieldsOf, listOf, type Draft, type Fields } from "../json.ts";
import {
  containersOf,
  initContainersOf,
  isRunning,
  isSidecar,
  stateOf,
  type ContainerState,
  type ProcessPod,
} from "./process-pod.ts";

export function processPodStatus(pod: Draft, run: ProcessPod, now: string): Fields {
  const old = fieldsOf(pod["status"]);
  const phase = phaseOf(pod, run);
  const inits = initContainersOf(pod);
  return {
    ...old,
    phase,
    conditions: conditionsOf(pod, run, { phase, now }),
    hostIP: "10.88.0.1",
    hostIPs: [{ ip: "10.88.0.1" }],
    ...(run.volumes !== undefined && { podIP: run.address, podIPs: [{ ip: run.address }] }),
    startTime: run.startTime,
    ...(inits.length > 0 && {
      initContainerStatuses: inits.map((container) => initContainerStatus(container, run)),
    }),
    containerStatuses: containersOf(pod).map((container) =>
      containerStatus(container, run, inits.length > 0 ? "PodInitializing" : "ContainerCreating"),
    ),
  };
}

/** Pending until a container (not an init container) has started. */
function phaseOf(pod: Draft, run: ProcessPod): string {
  if (run.outcome !== undefined && !isRunning(run)) return run.outcome;
  const begun = containersOf(pod).some((container) => (stateOf(run, container)?.is ?? "waiting") !== "waiting");
  return begun ? "Running" : "Pending";
}

function conditionsOf(
  pod: Draft,
  run: ProcessPod,
  { phase, now }: { readonly phase: string; readonly now: string },
): readonly Fields[] {
  const before = listOf(at(pod["status"], "conditions")).map(fieldsOf);
  const over = phase === "Succeeded" || phase === "Failed";
  const ready = !over && isReady(pod, run);
  const unready = phase === "Succeeded" ? "PodCompleted" : phase === "Failed" ? "PodFailed" : "ContainersNotReady";
  const initialized = isInitialized(pod, run);
  const conditions: readonly (readonly [type: string, holds: boolean, reason?: string | undefined])[] = [
    ["PodReadyToStartContainers", run.volumes !== undefined && !over],
    ["Initialized", initialized, initialized ? undefined : "ContainersNotInitialized"],
    ["Ready", ready, unready],
    ["ContainersReady", ready, unready],
    ["PodScheduled", true],
  ];
  return conditions.map(([type, holds, reason]) => {
    const status = holds ? "True" : "False";
    const same = before.find((one) => one["type"] === type && one["status"] === status);
    return {
      type,
      status,
      lastProbeTime: null,
      lastTransitionTime: same?.["lastTransitionTime"] ?? now,
      ...(!holds && reason !== undefined && { reason }),
    };
  });
}

const isInitialized = (pod: Draft, run: ProcessPod): boolean =>
  initContainersOf(pod).every((container) => {
    const state = stateOf(run, container);
    return isSidecar(container) ? state !== undefined : state?.is === "terminated" && state.exitCode === 0;
  });

const isReady = (pod: Draft, run: ProcessPod): boolean =>
  [...containersOf(pod), ...initContainersOf(pod).filter(isSidecar)].every(
    ({ name }) => run.containers.get(String(name))?.ready === true,
  );

function containerStatus(container: Fields, run: ProcessPod, waiting: string): Fields {
  const { name, image } = container;
  const one = run.containers.get(String(name));
  const state: ContainerState = one?.state ?? { is: "waiting", reason: waiting, final: false };
  const containerID = `containerd://fake-${one?.restarts ?? 0}`;
  return {
    name,
    image,
    imageID: "",
    ...(state.is !== "waiting" && { containerID }),
    ready: one?.ready ?? false,
    started: state.is === "running",
    restartCount: one?.restarts ?? 0,
    state: stateFields(state, containerID),
    lastState: one?.last === undefined ? {} : { terminated: { containerID: "containerd://fake", ...one.last } },
  };
}

/** An init container that has done its work counts as ready. */
function initContainerStatus(container: Fields, run: ProcessPod): Fields {
  const state = stateOf(run, container);
  const done = !isSidecar(container) && state?.is === "terminated" && state.exitCode === 0;
  return { ...containerStatus(container, run, "PodInitializing"), ...(done && { ready: true }) };
}

function stateFields(state: ContainerState, containerID: string): Fields {
  switch (state.is) {
    case "waiting": {
      const { reason, message } = state;
      return { waiting: { reason, ...(message !== undefined && { message }) } };
    }
    case "running":
      return { running: { startedAt: state.startedAt } };
    case "terminated": {
      const { is: _, ...terminated } = state;
      return { terminated: { ...terminated, containerID } };
    }
  }
}
