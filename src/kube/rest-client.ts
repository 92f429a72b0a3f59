/**
 * The port {@link KubeClient} over HTTPS: untyped JSON both ways, so that fields this program does not know survive.
 * Layers, each in its file: `transport` (one request on the wire) → `attempt` (credentials, time limit, trace) → `caller`
 * (retries, words for failures) → here, `list`, `watch`, `exec` and `log`. `api-error` and `redact` are the only makers of error text.
 */
import { DbopError } from "../errors.ts";
import type { ClusterAccess } from "./access.ts";
import { apiError, saysObjectNotFound } from "./api-error.ts";
import type { Call } from "./attempt.ts";
import { accepted, send, sendOnce } from "./caller.ts";
import { execInPod } from "./exec.ts";
import type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  ExecRequest,
  ExecResult,
  KubeClient,
  LogRequest,
  Query,
  WriteOptions,
} from "./kube-client.ts";
import { listAll } from "./list.ts";
import { readLog } from "./log.ts";
import { describeObject } from "./objects.ts";
import type { KubeList, KubeObject, ObjectRef, ResourceType } from "./objects.ts";
import { isKubeObject, parseJson } from "./parsed-json.ts";
import { secretValues } from "./redact.ts";
import { creationPath, objectPath, refOf, withQuery } from "./resource-path.ts";
import { createSession } from "./session.ts";
import type { RequestTrace, Session } from "./session.ts";
import { defaultTiming } from "./timing.ts";
import type { Timing } from "./timing.ts";
import { watchObjects } from "./watch.ts";

export type { RequestTrace } from "./session.ts";

export interface RestClientOptions {
  readonly userAgent: string;
  /** Default `kubectl-dbop`. */
  readonly fieldManager?: string;
  /** The server's warnings, each text once. */
  readonly onWarning?: (text: string) => void;
  /** Every attempt, as it ends. */
  readonly onRequest?: (trace: RequestTrace) => void;
  /** For tests. */
  readonly timing?: Partial<Timing>;
}

/** Connects nowhere yet. `requests()` counts the attempts made so far. */
export function createRestClient(
  access: ClusterAccess,
  options: RestClientOptions,
): KubeClient & { requests(): number } {
  return new RestClient(
    createSession(access, { ...options, timing: { ...defaultTiming, ...options.timing } }),
    options.fieldManager ?? "kubectl-dbop",
  );
}

interface Write {
  readonly method: "POST" | "PUT" | "PATCH";
  /** For errors. */
  readonly verb: string;
  readonly path: string;
}

class RestClient implements KubeClient {
  readonly server: string;
  readonly #session: Session;
  readonly #fieldManager: string;

  constructor(session: Session, fieldManager: string) {
    this.server = session.access.server.origin;
    this.#session = session;
    this.#fieldManager = fieldManager;
  }

  async get(ref: ObjectRef, options: CallOptions = {}): Promise<KubeObject | undefined> {
    const call: Call = {
      ...options,
      method: "GET",
      path: objectPath(ref),
      doing: `get ${describeRef(ref)}`,
      safe: true,
      type: ref.type,
    };
    const answer = await send(this.#session, call);
    return saysObjectNotFound(answer) ? undefined : objectOf(accepted(answer, call), call);
  }

  list(type: ResourceType, query: Query = {}, options: CallOptions = {}): Promise<KubeList> {
    return listAll((call) => send(this.#session, call), { type, query }, options);
  }

  async create(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    return this.#write({ method: "POST", verb: "create", path: creationPath(object) }, object, options);
  }

  async update(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    if (object.metadata.resourceVersion === undefined) {
      throw new DbopError("Internal", `update ${describeObject(object)}: metadata.resourceVersion is missing`);
    }
    return this.#write(
      { method: "PUT", verb: "update", path: objectPath(refOf(object), options.subresource) },
      object,
      options,
    );
  }

  async apply(object: KubeObject, options: ApplyOptions = {}): Promise<KubeObject> {
    const path = withQuery(objectPath(refOf(object), options.subresource), { force: String(options.force ?? false) });
    return this.#write({ method: "PATCH", verb: "apply", path }, await this.#withUid(object, options), options);
  }

  async delete(ref: ObjectRef, options: DeleteOptions): Promise<void> {
    const { uid, resourceVersion, propagation, dryRun = false } = options;
    const call: Call = {
      ...(options.signal && { signal: options.signal }),
      method: "DELETE",
      path: objectPath(ref),
      contentType: "application/json",
      body: JSON.stringify({
        apiVersion: "v1",
        kind: "DeleteOptions",
        preconditions: { uid, resourceVersion },
        propagationPolicy: propagation,
        ...(dryRun && { dryRun: ["All"] }),
      }),
      doing: `delete ${describeRef(ref)}`,
      safe: dryRun,
      type: ref.type,
    };
    const answer = await send(this.#session, call);
    if (!saysObjectNotFound(answer)) accepted(answer, call);
  }

  watch(...[type, query, onEvent, signal]: Parameters<KubeClient["watch"]>): Promise<void> {
    const target = { type, query };
    const list = (ending: AbortSignal): Promise<KubeList> =>
      listAll((call) => sendOnce(this.#session, call), target, { signal: ending });
    return watchObjects(this.#session, { ...target, list }, { onEvent, signal });
  }

  exec(request: ExecRequest): Promise<ExecResult> {
    return execInPod(this.#session, request);
  }

  log(request: LogRequest): Promise<string | undefined> {
    return readLog(this.#session, request);
  }

  async raw(path: string, options: CallOptions = {}): Promise<unknown> {
    const call: Call = { ...options, method: "GET", path, doing: `get ${path}`, safe: true };
    const answer = await send(this.#session, call);
    if (answer.status === 404) return undefined;
    return parseJson(accepted(answer, call)) ?? answer.body;
  }

  close(): void {
    this.#session.access.close();
  }

  requests(): number {
    return this.#session.seen.requests;
  }

  /**
   * The API server creates an object applied with a resourceVersion when there is none (seen in 1.34); with a uid it refuses. So a
   * precondition on the version gets its uid from the object there.
   */
  async #withUid(object: KubeObject, { signal }: CallOptions): Promise<KubeObject> {
    const { uid, resourceVersion } = object.metadata;
    if (resourceVersion === undefined || uid !== undefined) return object;
    const present = await this.get(refOf(object), signal === undefined ? {} : { signal });
    if (present?.metadata.uid === undefined || present.metadata.resourceVersion !== resourceVersion) {
      const now = present === undefined ? "is gone" : "has changed";
      throw new DbopError("Conflict", `apply ${describeObject(object)}: the object ${now} since it was read`);
    }
    return { ...object, metadata: { ...object.metadata, uid: present.metadata.uid } };
  }

  async #write(write: Write, object: KubeObject, options: WriteOptions): Promise<KubeObject> {
    const dryRun = options.dryRun ?? false;
    const parameters = {
      fieldManager: options.fieldManager ?? this.#fieldManager,
      fieldValidation: "Strict",
      dryRun: dryRun ? "All" : undefined,
    };
    const call: Call = {
      ...(options.signal && { signal: options.signal }),
      method: write.method,
      path: withQuery(write.path, parameters),
      contentType: write.method === "PATCH" ? "application/apply-patch+yaml" : "application/json",
      body: JSON.stringify(object),
      doing: `${write.verb} ${describeObject(object)}`,
      safe: dryRun || isReview(object),
      secrets: secretValues(object),
      type: refOf(object).type,
    };
    return objectOf(accepted(await send(this.#session, call), call), call);
  }
}

/** Reviews are questions in the form of a POST: nothing is stored. */
function isReview(object: KubeObject): boolean {
  return /^(authorization|authentication)\.k8s\.io\//.test(object.apiVersion);
}

function describeRef(ref: ObjectRef): string {
  return describeObject({ ...ref.type, metadata: { name: ref.name } });
}

function objectOf(body: string, call: Call): KubeObject {
  const parsed = parseJson(body);
  if (isKubeObject(parsed)) return parsed;
  throw apiError({ status: 200, body }, call);
}
