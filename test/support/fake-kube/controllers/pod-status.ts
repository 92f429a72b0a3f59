/** The status of a pod, from what the kubelet knows of its run. */
import { at, fieldsOf, listOf, type Draft, type Fields } from "../json.ts";
import type { PodRun } from "../world.ts";

export function podStatus(pod: Draft, run: PodRun, now: string): Fields {
  const old = fieldsOf(pod["status"]);
  const { startTime, message, ...rest } = old;
  return {
    ...rest,
    ...(message !== undefined && { message }),
    phase: phaseOf(run),
    conditions: conditionsOf(old, run, now),
    hostIP: "10.88.0.1",
    hostIPs: [{ ip: "10.88.0.1" }],
    podIP: run.address,
    podIPs: [{ ip: run.address }],
    startTime: startTime ?? now,
    containerStatuses: listOf(at(pod["spec"], "containers")).map((container) =>
      containerStatus(fieldsOf(container), run),
    ),
    ...initStatuses(pod),
  };
}

function phaseOf(run: PodRun): string {
  if (run.state === "exited") return run.last?.exitCode === 0 ? "Succeeded" : "Failed";
  return run.state === "waiting" && run.restarts === 0 ? "Pending" : "Running";
}

function conditionsOf(old: Fields, run: PodRun, now: string): readonly Fields[] {
  const before = listOf(old["conditions"]).map(fieldsOf);
  return ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"].map((type) => {
    const status = !["Ready", "ContainersReady"].includes(type) || run.ready ? "True" : "False";
    const same = before.find((one) => one["type"] === type && one["status"] === status);
    const why = status === "False" && {
      reason: run.state === "exited" && run.last?.exitCode === 0 ? "PodCompleted" : "ContainersNotReady",
    };
    return { type, status, lastProbeTime: null, lastTransitionTime: same?.["lastTransitionTime"] ?? now, ...why };
  });
}

function containerStatus(container: Fields, run: PodRun): Fields {
  const { name, image } = container;
  const terminated = run.last === undefined ? undefined : { containerID: "containerd://fake", ...run.last };
  return {
    name,
    image,
    imageID: `sha256:${Buffer.from(String(image)).toString("hex").padEnd(64, "0").slice(0, 64)}`,
    containerID: `containerd://fake-${run.restarts}`,
    ready: run.ready,
    started: run.state === "running",
    restartCount: run.restarts,
    state: stateOf(run, terminated),
    lastState: terminated !== undefined && run.state !== "exited" ? { terminated } : {},
  };
}

function stateOf(run: PodRun, terminated: Fields | undefined): Fields {
  switch (run.state) {
    case "running":
      return { running: { startedAt: run.startedAt } };
    case "waiting":
      return { waiting: run.why };
    case "back-off":
      return { waiting: { reason: "CrashLoopBackOff", message: "back-off restarting failed container" } };
    case "exited":
    case "stopping":
    case "stopped":
      return { terminated };
  }
}

function initStatuses(pod: Draft): Fields {
  const containers = listOf(at(pod["spec"], "initContainers")).map(fieldsOf);
  if (containers.length === 0) return {};
  const state = { terminated: { exitCode: 0, reason: "Completed" } };
  return {
    initContainerStatuses: containers.map(({ name, image }) => ({
      name,
      image,
      ready: true,
      restartCount: 0,
      state,
      lastState: {},
    })),
  };
}
