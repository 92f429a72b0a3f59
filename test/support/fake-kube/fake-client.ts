/** One user's KubeClient over a fake cluster: rights, faults and await points around each call. */
import { DbopError } from "../../../src/errors.ts";
import type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  ExecRequest,
  ExecResult,
  KubeClient,
  LogRequest,
  Query,
  WatchEvent,
  WriteOptions,
} from "../../../src/kube/kube-client.ts";
import {
  typeOf,
  type KubeList,
  type KubeObject,
  type ObjectRef,
  type ResourceType,
} from "../../../src/kube/objects.ts";
import { CallGate, type CallFacts } from "./call-gate.ts";
import { typeOfCrd } from "./catalog.ts";
import type { Cluster } from "./cluster.ts";
import { answer } from "./discovery.ts";
import { execTarget, runExec } from "./exec.ts";
import { readLog } from "./logs.ts";
import { attempt, requireRight, review, type Attempt, type Rights } from "./rbac.ts";
import { testOf } from "./selectors.ts";
import type { Write } from "./server.ts";
import { crdType, podType } from "./types.ts";
import { startWatch } from "./watches.ts";

export class FakeClient implements KubeClient {
  readonly server = "https://fake.test:6443";
  readonly user: string;
  /** May be changed at any time. */
  rules: Rights;
  /** Every right that was made use of. */
  readonly used: Attempt[] = [];
  readonly #cluster: Cluster;
  readonly #gate: CallGate;

  constructor(cluster: Cluster, user: string, rules: Rights) {
    this.user = user;
    this.rules = rules;
    this.#cluster = cluster;
    this.#gate = new CallGate(cluster, user, this.server);
  }

  /** Whether a hook has killed this client. */
  get killed(): boolean {
    return this.#gate.killed;
  }

  get(ref: ObjectRef, options: CallOptions = {}): Promise<KubeObject | undefined> {
    const { type, namespace, name } = ref;
    return this.#call({ verb: "get", type, namespace, name }, options, [attempt("get", type, ref)], () => {
      this.#cluster.server.facts(type);
      return this.#cluster.server.store.read(ref);
    });
  }

  list(type: ResourceType, query: Query = {}, options: CallOptions = {}): Promise<KubeList> {
    return this.#call(
      { verb: "list", type, namespace: query.namespace },
      options,
      [attempt("list", type, query)],
      () => {
        this.#cluster.server.facts(type);
        const { store } = this.#cluster.server;
        return {
          items: store.list(type, query.namespace).filter(testOf(query)),
          resourceVersion: String(store.revision),
        };
      },
    );
  }

  create(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const type = this.#typeOf(object);
    const { namespace } = object.metadata;
    const wish = attempt("create", type, { namespace });
    return this.#write(
      "create",
      object,
      options,
      [wish],
      (write) => review(object, this.user, this.rules) ?? this.#cluster.server.create(type, object, write),
    );
  }

  update(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const type = this.#typeOf(object);
    const wish = attempt("update", type, object.metadata, options.subresource);
    return this.#write("update", object, options, [wish], (write) => this.#cluster.server.update(type, object, write));
  }

  apply(object: KubeObject, options: ApplyOptions = {}): Promise<KubeObject> {
    const type = this.#typeOf(object);
    const { name, namespace } = object.metadata;
    const wish = attempt("patch", type, object.metadata, options.subresource);
    return this.#write("apply", object, options, [wish], (write) => {
      const absent =
        this.#cluster.server.store.read({ type, name, ...(namespace !== undefined && { namespace }) }) === undefined;
      if (absent) this.#require([attempt("create", type, { namespace, name })]);
      return this.#cluster.server.apply(type, object, write);
    });
  }

  delete(ref: ObjectRef, options: DeleteOptions): Promise<void> {
    const { type, namespace, name } = ref;
    const facts = { verb: "delete", type, namespace, name, dryRun: options.dryRun ?? false } as const;
    return this.#call(facts, options, [attempt("delete", type, ref)], () => {
      this.#cluster.server.delete(ref, options);
    });
  }

  async watch(
    type: ResourceType,
    query: Query,
    onEvent: (event: WatchEvent) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { server, watches } = this.#cluster;
    const facts = { verb: "watch", type, namespace: query.namespace } as const;
    // A watch begins with a list. Where watching is not allowed the real client goes on listing, which shows the same.
    const list = (): Promise<unknown> =>
      this.#call(facts, { signal }, [attempt("list", type, query)], () => server.facts(type));
    await this.#gate.persist(list, signal);
    this.used.push(attempt("watch", type, query));
    const isCut = (): boolean => this.#gate.faultFor(facts)?.kind === "cut";
    const watch = startWatch({ store: server.store, type, query, onEvent, signal, isCut });
    watches.add(watch);
    const forget = this.#gate.onKill((error) => {
      watch.end(error);
    });
    try {
      await watch.done;
    } finally {
      forget();
      watches.delete(watch);
    }
  }

  exec(request: ExecRequest): Promise<ExecResult> {
    const where = { namespace: request.namespace, name: request.pod };
    const facts = { verb: "exec", type: podType, ...where, argv: request.argv } as const;
    // Over WebSocket 1.34 asks for `get`, 1.35 for `create` too: whoever lacks one fails on some server.
    const wishes = ["get", "create"].map((verb) => attempt(verb, podType, where, "exec"));
    return this.#gate.exec(facts, request, () => {
      this.#require(wishes);
      const pod = execTarget(this.#cluster, request);
      return () => runExec(this.#cluster, request, pod);
    });
  }

  log(request: LogRequest): Promise<string | undefined> {
    const { namespace, pod: name, container } = request;
    const wish = attempt("get", podType, { namespace, name }, "log");
    return this.#call({ verb: "log", type: podType, namespace, name, container }, request, [wish], () =>
      readLog(this.#cluster, request),
    );
  }

  raw(path: string, options: CallOptions = {}): Promise<unknown> {
    return this.#call(
      { verb: "raw", name: path },
      options,
      [],
      () => this.#cluster.rawHandler?.(path) ?? answer(path, this.#cluster.server.store),
    );
  }

  close(): void {
    // Nothing is held open.
  }

  #write(
    verb: "create" | "update" | "apply",
    object: KubeObject,
    options: ApplyOptions,
    wishes: readonly Attempt[],
    effect: (write: Write) => KubeObject,
  ): Promise<KubeObject> {
    const { name, namespace } = object.metadata;
    const { fieldManager = "kubectl-dbop", subresource, dryRun = false, force = false } = options;
    const write: Write = { manager: fieldManager, dryRun, force, ...(subresource !== undefined && { subresource }) };
    return this.#call({ verb, type: this.#typeOf(object), namespace, name, subresource, dryRun }, options, wishes, () =>
      effect(write),
    );
  }

  #call<T>(facts: CallFacts, options: CallOptions, wishes: readonly Attempt[], effect: () => T): Promise<T> {
    return this.#gate.call(facts, options.signal, () => {
      this.#require(wishes);
      return effect();
    });
  }

  #require(wishes: readonly Attempt[]): void {
    for (const wish of wishes) requireRight(this.user, this.rules, wish);
    this.used.push(...wishes);
  }

  /** Kinds of CRDs in the store are known too. */
  #typeOf(object: KubeObject): ResourceType {
    const crd = this.#cluster.server.store
      .list(crdType)
      .map(typeOfCrd)
      .find((type) => type.kind === object.kind && type.apiVersion === object.apiVersion);
    const type = typeOf(object) ?? crd;
    if (type === undefined)
      throw new DbopError("Internal", `the fake does not know the kind ${object.apiVersion} ${object.kind}`);
    return type;
  }
}
