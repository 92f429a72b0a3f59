/** What the controllers of one fake cluster share. */
import type { KubeObject } from "../../../src/kube/objects.ts";
import type { FakeClock } from "./fake-clock.ts";
import type { ProcessPod } from "./kubelet/process-pod.ts";
import type { Logs } from "./logs.ts";
import type { ProgramModel } from "./programs.ts";
import type { Server } from "./server.ts";

/** What is on a volume. Lives as long as its claim; an engine's model keeps the data of a member here. */
export type Disk = Map<string, unknown>;

export interface MountedClaim {
  /** The volume's name in the pod. */
  readonly volume: string;
  readonly claim: KubeObject;
  readonly disk: Disk;
}

/** One start of a pod's first container. Calls on one that has ended already change nothing. */
export interface RunningContainer {
  readonly name: string;
  /** 0 for the first start of this pod. */
  readonly restarts: number;
  /** Passes or fails its readiness probe; a container starts unready. */
  ready(isReady?: boolean): void;
  /** The process ends; the kubelet starts it again as the restart policy says, with back-off on the clock. */
  exit(code: number, message?: string): void;
  /** Writes to stdout. */
  log(text: string): void;
  /** It cannot run, and won't be tried again: `ErrImagePull`, `CreateContainerConfigError`. */
  waiting(reason: string, message?: string): void;
}

/** Decides what happens inside of pods. Without one, every container is ready as soon as it is started. */
export interface KubeletModel {
  /** A container was started: its claims are bound and mounted. */
  start(pod: KubeObject, claims: readonly MountedClaim[], container: RunningContainer): void;
  /** The container is being stopped because its pod goes. */
  stop?(pod: KubeObject): void;
}

/** Controllers that can be paused by name. */
export type ControllerName = "StatefulSet" | "Job" | "claims" | "scheduler" | "kubelet" | "garbage" | "budgets";

export interface World {
  readonly server: Server;
  readonly clock: FakeClock;
  readonly disks: Map<string, Disk>;
  /** Templates by revision name, so that pods below a partition can be made anew from the old one. */
  readonly revisions: Map<string, unknown>;
  readonly runs: Map<string, PodRun>;
  readonly logs: Logs;
  readonly model: () => KubeletModel;
  /** The pods whose processes `programs` runs, by uid. */
  readonly processPods: Map<string, ProcessPod>;
  readonly programs: () => ProgramModel | undefined;
  /** Wakes the controllers when `due` (milliseconds of the clock) has come, in place of what was set under `key`; undefined: not at all. */
  setAlarm(key: string, due: number | undefined): void;
  /** The node for a pod; undefined leaves it pending. */
  readonly nodeFor: (pod: KubeObject) => string | undefined;
  /** `online` grows a volume when its claim asks for more; `offline` waits for its pod to restart; `off` never does. */
  readonly resizer: () => "online" | "offline" | "off";
  /** How long a pod takes to stop. */
  readonly terminationMs: number;
  /** Runs the controllers again, soon: something outside of the store has changed. */
  wake(): void;
}

export interface PodRun {
  state: "running" | "back-off" | "waiting" | "exited" | "stopping" | "stopped";
  ready: boolean;
  restarts: number;
  address: string;
  startedAt: string;
  last:
    | {
        readonly exitCode: number;
        readonly reason: string;
        readonly message?: string;
        readonly finishedAt: string;
        readonly startedAt: string;
      }
    | undefined;
  why: { readonly reason: string; readonly message?: string } | undefined;
}
