import { versions } from "./versions.ts";

/** A Kubernetes cluster for tests, where they may do what they like. */
export interface Cluster {
  /** Where it came from: the user named it, kind made it, or this machine's own kernel runs it. */
  readonly kind: "given" | "kind" | "local";
  readonly kubeconfig: string;
  /** A kubectl of the cluster's version. */
  readonly kubectl: string;
  /** Stops what `up` started; a cluster the user gave stays. */
  readonly down: () => Promise<void>;
  /** etcd versions whose official images the cluster can start; two patches of the oldest line. */
  readonly etcdVersions: EtcdVersions;
  /** Kills the API server and returns when a new one is ready. Only a local cluster can. */
  readonly restartApiServer?: () => Promise<void>;
}

export interface EtcdVersions {
  readonly "3.5": readonly [string, string];
  readonly "3.6": string;
  readonly "3.7": string;
}

/** Why there is no cluster, as a sentence that says what to do. */
export interface Unavailable {
  readonly unavailable: string;
}

/** A way to get a cluster. */
export interface Provider {
  /** Why this way is not open here; `undefined` when it is. Changes nothing. */
  readonly refusal: () => Promise<string | undefined>;
  /** Whether it has a cluster from an earlier `up`, in whatever state. */
  readonly started: () => boolean;
  /** Why it is taken, in words. */
  readonly reason: string;
  /** Returns a cluster that is ready and has this checkout's images, using the one that runs already if it is well. */
  readonly up: (log: Log) => Promise<Cluster>;
  readonly down: (log: Log) => Promise<void>;
  /** Gives its nodes the images of an archive as `docker save` makes one; the cluster is up. */
  readonly load: (archive: string) => Promise<void>;
  /** Describes what runs; `running` is false when nothing useful does. */
  readonly status: () => Promise<{ readonly running: boolean; readonly lines: readonly string[] }>;
  readonly kubeconfig: string;
}

export type Log = (line: string) => void;

export const etcdVersions: EtcdVersions = versions.etcd;
