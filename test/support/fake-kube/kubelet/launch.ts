/** One start of one container: its environment, its program, and what becomes of it. */
import type { KubeObject } from "../../../../src/kube/objects.ts";
import { refTo } from "../controllers/owners.ts";
import { filesOn } from "../files.ts";
import { textOf, type Fields } from "../json.ts";
import type { Ending, Process } from "../programs.ts";
import { podType } from "../types.ts";
import type { World } from "../world.ts";
import { argvOf, environmentOf } from "./environment.ts";
import { isSidecar, type ContainerRun, type ProcessPod } from "./process-pod.ts";
import { processPodStatus } from "./process-status.ts";
import { MissingReference, type Values } from "./references.ts";
import { mountsOf } from "./volumes.ts";

interface Start {
  readonly run: ProcessPod;
  readonly container: Fields;
}

/** The kubelet's first delay before a sidecar that has ended is started again. */
const RESTART_MS = 10_000;

/** Starts the container, unless something it refers to is missing. A program that takes no time has ended when this returns. */
export function launch(world: World, pod: KubeObject, start: Start): void {
  const { run, container } = start;
  const name = String(container["name"]);
  const before = run.containers.get(name);
  const one: ContainerRun = before ?? newContainer();
  run.containers.set(name, one);
  const env = resolve(world, pod, { container, one });
  if (env === undefined) return;
  one.kill = new AbortController();
  one.ready = container["readinessProbe"] === undefined;
  one.state = { is: "running", startedAt: world.server.timestamp() };
  world.logs.open(pod.metadata.uid ?? "", name);
  report(world, pod, run);
  runProgram(world, processOf(world, pod, { ...start, env, one }), (ending) => {
    if (one.state.is !== "running" || one.kill.signal.aborted) return;
    finish(world, pod, { ...start, ending, one });
    report(world, pod, run);
    world.wake();
  });
}

const newContainer = (): ContainerRun => ({
  state: { is: "waiting", reason: "ContainerCreating", final: false },
  ready: false,
  restarts: 0,
  last: undefined,
  kill: new AbortController(),
});

function resolve(
  world: World,
  pod: KubeObject,
  { container, one }: { readonly container: Fields; readonly one: ContainerRun },
): Values | undefined {
  try {
    return environmentOf(world, pod, container);
  } catch (error) {
    if (!(error instanceof MissingReference)) throw error;
    one.state = { is: "waiting", reason: "CreateContainerConfigError", message: error.message, final: false };
    return undefined;
  }
}

function processOf(
  world: World,
  pod: KubeObject,
  { run, container, env, one }: Start & { readonly env: Values; readonly one: ContainerRun },
): Process {
  const mounts = mountsOf(container, run.volumes ?? new Map());
  const { signal } = one.kill;
  const uid = pod.metadata.uid ?? "";
  const name = String(container["name"]);
  const lives = (): boolean => one.state.is === "running" && one.kill.signal === signal && !signal.aborted;
  return {
    pod: world.server.store.read(refTo(pod, podType)) ?? pod,
    container: name,
    image: textOf(container["image"]) ?? "",
    argv: argvOf(container, env),
    env,
    mounts,
    files: filesOn(mounts, new Map()),
    signal,
    log: (text) => {
      if (lives()) world.logs.append(uid, name, text);
    },
    ready: (isReady = true) => {
      if (!lives()) return;
      one.ready = isReady;
      report(world, pod, run);
      world.wake();
    },
    sleep: (ms) => sleep(world, ms, signal),
  };
}

function sleep({ clock }: World, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (ms === Infinity || signal.aborted) return;
    const cancel = clock.schedule(ms, resolve);
    signal.addEventListener("abort", cancel, { once: true });
  });
}

/** Hands the program's ending to `end`, when it comes. */
function runProgram(world: World, process: Process, end: (ending: Ending) => void): void {
  const ending = world.programs()?.(process);
  if (ending === undefined) throw new Error(`no program for ${process.container}: give the fake some with programs`);
  if (ending instanceof Promise)
    void ending.then((late) => {
      after(world, process, { ending: late, end });
    });
  else after(world, process, { ending, end });
}

function after(
  { clock }: World,
  process: Process,
  { ending, end }: { readonly ending: Ending; readonly end: (ending: Ending) => void },
): void {
  if ("code" in ending) process.log(ending.log ?? "");
  if (!("code" in ending) || ending.takesMs === undefined) {
    end(ending);
    return;
  }
  void process.sleep(ending.takesMs).then(() => {
    end(ending);
  });
  clock.stir();
}

function finish(
  world: World,
  pod: KubeObject,
  { container, one, ending }: Start & { readonly one: ContainerRun; readonly ending: Ending },
): void {
  const [uid, name] = [pod.metadata.uid ?? "", String(container["name"])];
  one.ready = false;
  if ("waiting" in ending) {
    const { waiting: reason, message } = ending;
    one.state = { is: "waiting", reason, ...(message !== undefined && { message }), final: true };
    world.logs.discard(uid, name);
    return;
  }
  const message = ending.message ?? lastWords(container, ending.code, world.logs.read(uid, name) ?? "");
  terminate(world, one, { exitCode: ending.code, message });
  if (isSidecar(container)) restartLater(world, one);
}

function terminate(
  world: World,
  one: ContainerRun,
  { exitCode, message }: { readonly exitCode: number; readonly message: string | undefined },
): void {
  const startedAt = one.state.is === "running" ? one.state.startedAt : world.server.timestamp();
  const reason = exitCode === 0 ? "Completed" : "Error";
  const finishedAt = world.server.timestamp();
  one.ready = false;
  one.state = { is: "terminated", exitCode, reason, ...(message !== undefined && { message }), startedAt, finishedAt };
}

/** `FallbackToLogsOnError`: the end of the log, of 80 lines and 2048 bytes at most. */
function lastWords({ terminationMessagePolicy }: Fields, code: number, log: string): string | undefined {
  if (terminationMessagePolicy !== "FallbackToLogsOnError" || code === 0 || log === "") return undefined;
  const lines = log.split(/(?<=\n)/).slice(-80);
  return Buffer.from(lines.join("")).subarray(-2048).toString();
}

function restartLater(world: World, one: ContainerRun): void {
  if (one.state.is !== "terminated") return;
  const { is: _, ...last } = one.state;
  one.last = last;
  const backOff = { is: "waiting", reason: "CrashLoopBackOff", final: true } as const;
  one.state = backOff;
  world.clock.schedule(RESTART_MS, () => {
    if (one.state !== backOff || one.kill.signal.aborted) return;
    one.restarts += 1;
    one.state = { ...backOff, final: false };
    world.wake();
  });
}

/** SIGKILL for every process that is left; sidecars waiting to be started again are not. */
export function kill(world: World, run: ProcessPod): void {
  for (const one of run.containers.values()) {
    one.kill.abort();
    if (one.state.is === "running") terminate(world, one, { exitCode: 137, message: undefined });
  }
}

/** Writes the pod's status. */
export function report(world: World, pod: KubeObject, run: ProcessPod): void {
  const ref = refTo(pod, podType);
  if (world.server.store.read(ref)?.metadata.uid !== pod.metadata.uid) return;
  world.server.edit(ref, (draft) => {
    draft["status"] = processPodStatus(draft, run, world.server.timestamp());
  });
}
