/**
 * The port through which everything reaches the cluster. `rest-client.ts` implements it over HTTPS, `test/support/fake-kube.ts`
 * in memory; `test/contract/kube-contract.ts` holds both to the same behaviour. Nothing here knows a database.
 */
import type { KubeList, KubeObject, ObjectRef, ResourceType } from "./objects.ts";

export interface CallOptions {
  /** Aborts the call; the promise then rejects with reason `Interrupted`. */
  readonly signal?: AbortSignal;
}

export interface WriteOptions extends CallOptions {
  /** Sends `dryRun=All`: admission and validation run, nothing is stored. */
  readonly dryRun?: boolean;
  /** Recorded in managedFields; default `kubectl-dbop`. */
  readonly fieldManager?: string;
  readonly subresource?: "status";
}

export interface ApplyOptions extends WriteOptions {
  /** Takes over fields that another manager owns. Default false: a conflict is reason `Conflict`, its problems naming field and manager. */
  readonly force?: boolean;
}

export interface DeleteOptions extends CallOptions {
  /** The object with this uid or none: a namesake made meanwhile gives reason `Conflict`. */
  readonly uid: string;
  readonly resourceVersion?: string;
  readonly propagation: Propagation;
  readonly dryRun?: boolean;
}

export type Propagation = "Background" | "Foreground" | "Orphan";

export interface Query {
  /** Omitted: all namespaces (or a cluster-scoped type). */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export type WatchEvent =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: KubeObject }
  /** The stream was interrupted and has been re-established from a fresh list: anything may have changed. */
  | { readonly type: "RESYNC" };

export interface ExecRequest extends CallOptions {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Passed raw: no shell on the other side unless it is named here. Never put a secret in it. */
  readonly argv: readonly string[];
  readonly stdin?: string;
  /** After this many milliseconds without an exit status the outcome is `unknown`. */
  readonly deadlineMs: number;
}

export type ExecResult =
  | { readonly outcome: "exited"; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** The connection dropped or the deadline passed: the process may or may not have done its work. */
  | {
      readonly outcome: "unknown";
      readonly why: string;
      readonly stdout: string;
      readonly stderr: string;
      /** The deadline passed. */
      readonly late?: true;
    };

export interface LogRequest extends CallOptions {
  readonly namespace: string;
  readonly pod: string;
  /** An init container's too. */
  readonly container: string;
  /** Only so many lines from the end. */
  readonly tailLines?: number;
}

/**
 * Untyped JSON access to one cluster. Every method throws `DbopError` with the reason the API server gave
 * (`Forbidden`, `Conflict`, `Invalid`, …), `Unreachable` when the server has never answered this client, or `Unknown` when it has and this
 * answer never came.
 * Messages are redacted. Writes use `fieldValidation=Strict`. Only what is safe is retried: GETs, 429 with Retry-After, and
 * connections refused before a byte was sent.
 */
export interface KubeClient {
  /** `https://host:port` of the API server, for prompts and errors. */
  readonly server: string;

  /** The object, or undefined when the server said NotFound for it. */
  get(ref: ObjectRef, options?: CallOptions): Promise<KubeObject | undefined>;
  /** The whole list, paged in the background. */
  list(type: ResourceType, query?: Query, options?: CallOptions): Promise<KubeList>;
  /** POST. A name already in use is reason `AlreadyExists`. */
  create(object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  /** PUT of a whole object read before: `metadata.resourceVersion` must be set; a stale one is reason `Conflict`. */
  update(object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  /** Server-side apply of a full intent. `metadata.uid` or `metadata.resourceVersion`, when set, are preconditions (`Conflict`). */
  apply(object: KubeObject, options?: ApplyOptions): Promise<KubeObject>;
  /** DELETE with preconditions. An object that is already gone is success. */
  delete(ref: ObjectRef, options: DeleteOptions): Promise<void>;
  /**
   * Calls `onEvent` for each change from the moment the call is made (existing objects come first, as ADDED), until `signal` aborts; then resolves.
   * Survives disconnects, 410 Gone and API server restarts; falls back to polling where watching is not possible.
   * Rejects only when even polling is refused for good (`Forbidden`, `Unauthorized`, `NotFound` of the type).
   */
  watch(type: ResourceType, query: Query, onEvent: (event: WatchEvent) => void, signal: AbortSignal): Promise<void>;
  /**
   * Runs a process in a container over WebSocket. Resolves `unknown` when the outcome was not seen. Throws when it surely did not
   * start: `Forbidden`, `NotFound`, `ServerError` (container not running), `Unreachable`, `Unknown` (the connection was lost before).
   */
  exec(request: ExecRequest): Promise<ExecResult>;
  /**
   * What the container has written so far to stdout and stderr; of more than 1 MiB the beginning. After a restart: of its last start.
   * Undefined when there is no log: no such pod, the container has not started, or its log was removed. `Invalid` for a container that the pod
   * does not have.
   */
  log(request: LogRequest): Promise<string | undefined>;
  /** GET of a path such as `/version` or `/apis/dbop.dev`: parsed JSON (or text, when the answer is not JSON); undefined on 404. */
  raw(path: string, options?: CallOptions): Promise<unknown>;
  /** Closes idle connections. The client is not to be used afterwards. */
  close(): void;
}
