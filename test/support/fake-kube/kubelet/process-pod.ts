/** What the kubelet knows of a pod that it runs process by process. */
import { fieldsOf, listOf, at, type Fields } from "../json.ts";
import type { Disk } from "../world.ts";
import type { Volume } from "./volumes.ts";

export interface Terminated {
  readonly exitCode: number;
  readonly reason: string;
  readonly message?: string;
  readonly startedAt: string;
  readonly finishedAt: string;
}

export type ContainerState =
  /** `final`: it is not tried again. */
  | { readonly is: "waiting"; readonly reason: string; readonly message?: string; readonly final: boolean }
  | { readonly is: "running"; readonly startedAt: string }
  | ({ readonly is: "terminated" } & Terminated);

/** A container that was tried at least once. */
export interface ContainerRun {
  state: ContainerState;
  ready: boolean;
  restarts: number;
  last: Terminated | undefined;
  /** Ends the present start. */
  kill: AbortController;
}

export interface ProcessPod {
  readonly address: string;
  readonly startTime: string;
  readonly emptyDirs: Map<string, Disk>;
  /** Undefined until all of them are set up. */
  volumes: ReadonlyMap<string, Volume> | undefined;
  readonly containers: Map<string, ContainerRun>;
  /** Set when all is over but the sidecars, which are being stopped. */
  outcome: "Succeeded" | "Failed" | undefined;
  /** Whether its processes were told to stop. */
  stopping: boolean;
}

/** A pod, or a draft of one. */
type PodLike = Readonly<Record<string, unknown>>;

export const initContainersOf = (pod: PodLike): readonly Fields[] =>
  listOf(at(pod["spec"], "initContainers")).map(fieldsOf);

export const containersOf = (pod: PodLike): readonly Fields[] => listOf(at(pod["spec"], "containers")).map(fieldsOf);

/** An init container that goes on beside the others (https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/). */
export const isSidecar = (container: Fields): boolean => container["restartPolicy"] === "Always";

export const stateOf = ({ containers }: ProcessPod, { name }: Fields): ContainerState | undefined =>
  containers.get(String(name))?.state;

export const isRunning = ({ containers }: ProcessPod): boolean =>
  [...containers.values()].some(({ state }) => state.is === "running");
