/** What runs inside of pods that end (`restartPolicy: Never`): a model of each program, as a function of what the kubelet gives a process. */
import type { KubeObject } from "../../../src/kube/objects.ts";
import type { Files, Mount } from "./files.ts";

/** One start of one container. Calls on a process that has ended change nothing. */
export interface Process {
  /** As it was when the container was started. */
  readonly pod: KubeObject;
  /** The container's name. */
  readonly container: string;
  readonly image: string;
  /** `command` and `args`, with `$(VAR)` expanded as the kubelet does; without `command` the image's own is not known. */
  readonly argv: readonly string[];
  /** With what `valueFrom` and `envFrom` refer to. */
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  /** By absolute path: on the mounts, and elsewhere in the container's own file system. */
  readonly files: Files;
  /** Aborted when the kubelet kills the process. */
  readonly signal: AbortSignal;
  /** Writes to stdout. */
  log(text: string): void;
  /** Passes or fails the readiness probe. Without a probe the container is ready as soon as it runs. */
  ready(isReady?: boolean): void;
  /** Lets time pass on the fake's clock; never returns once the process is killed. */
  sleep(ms: number): Promise<void>;
}

export type Ending =
  | {
      readonly code: number;
      /** Written to stdout before it ends, or at once when `takesMs` is given. */
      readonly log?: string;
      /** Written to the termination log. */
      readonly message?: string;
      /** Ends so much later; default at once. */
      readonly takesMs?: number;
    }
  /** It never started, and is not tried again: `ErrImagePull`, `CreateContainerError`. */
  | { readonly waiting: string; readonly message?: string };

/** An `async` program works, sleeps and is killed in between; a sidecar awaits `process.sleep(Infinity)`. */
export type ProgramModel = (process: Process) => Ending | Promise<Ending>;
