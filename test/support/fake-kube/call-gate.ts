/** What every call of one client passes: the killing hook, faults before, the work itself, faults after, the hook again. */
import { DbopError, isDbopError } from "../../../src/errors.ts";
import type { ExecRequest, ExecResult } from "../../../src/kube/kube-client.ts";
import { describeObject, type ResourceType } from "../../../src/kube/objects.ts";
import { whileDoing } from "./api-errors.ts";
import type { AwaitPoint, Cluster } from "./cluster.ts";
import { unknown } from "./exec.ts";
import { turn } from "./fake-clock.ts";
import { errorOf, type Call, type CallVerb, type Fault } from "./faults.ts";
import { KilledError } from "./killed-error.ts";

export interface CallFacts {
  readonly verb: CallVerb;
  readonly type?: ResourceType;
  readonly namespace?: string | undefined;
  readonly name?: string;
  readonly subresource?: "status" | undefined;
  readonly dryRun?: boolean;
  readonly argv?: readonly string[];
  /** Of `log`. */
  readonly container?: string;
}

/** What the real client waits after a 429 before it tries again. */
const RETRY_AFTER_MS = 1000;

export class CallGate {
  readonly #cluster: Cluster;
  readonly #client: string;
  readonly #server: string;
  readonly #onKill = new Set<(error: KilledError) => void>();
  #killed: KilledError | undefined;

  constructor(cluster: Cluster, client: string, server: string) {
    this.#cluster = cluster;
    this.#client = client;
    this.#server = server;
  }

  get killed(): boolean {
    return this.#killed !== undefined;
  }

  requireAlive(): void {
    if (this.#killed !== undefined) throw this.#killed;
  }

  /** Calls `listener` when this client is killed. Returns how to take it back. */
  onKill(listener: (error: KilledError) => void): () => void {
    this.#onKill.add(listener);
    return () => this.#onKill.delete(listener);
  }

  /** One call whose work is `effect`. */
  async call<T>(facts: CallFacts, signal: AbortSignal | undefined, effect: () => T): Promise<T> {
    const call = this.#count(facts);
    return inWords(wordsFor(facts), () => this.#call(call, signal, effect));
  }

  async #call<T>(call: Call, signal: AbortSignal | undefined, effect: () => T): Promise<T> {
    await this.#arrive(call, signal);
    const fault = this.#cluster.faults(call);
    await this.#strike(fault, call, signal);
    const result = this.#work(effect);
    this.#point(call, "after");
    await Promise.resolve();
    this.requireAlive();
    if (fault !== undefined && strikesAfter(fault)) throw errorOf(fault, call, this.#server);
    return result;
  }

  /** An exec: `open` checks and gives what runs the process. */
  async exec(facts: CallFacts, request: ExecRequest, open: () => () => Promise<ExecResult>): Promise<ExecResult> {
    const call = this.#count(facts);
    const words = `exec in pod/${request.pod} (namespace ${request.namespace}, container ${request.container})`;
    return inWords(words, () => this.#exec(call, request, open));
  }

  async #exec(call: Call, request: ExecRequest, open: () => () => Promise<ExecResult>): Promise<ExecResult> {
    await this.#arrive(call, request.signal);
    const fault = this.#cluster.faults(call);
    if (fault?.kind === "drop" && !fault.applied) {
      this.#work(open);
      return unknown("the connection dropped");
    }
    await this.#strike(fault, call, request.signal);
    const run = this.#work(open);
    const result = await run();
    this.#work(() => undefined);
    this.requireAlive();
    this.#point(call, "after");
    return fault?.kind === "drop" || fault?.kind === "cut" ? unknown("the connection dropped") : result;
  }

  /** Makes a call again and again while it fails for reasons that pass; gives up quietly when `signal` is aborted. */
  async persist(work: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await work();
        return;
      } catch (error) {
        if (isDbopError(error, "Interrupted")) return;
        if (!isDbopError(error, "Unreachable", "ServerError", "Unknown")) throw error;
        await this.#cluster.clock.sleep(RETRY_AFTER_MS);
      }
    }
  }

  faultFor(facts: CallFacts): Fault | undefined {
    return this.#cluster.faults(this.#count(facts));
  }

  #count({ verb, type, namespace, name = "", subresource, dryRun = false, argv }: CallFacts): Call {
    const { calls, counts } = this.#cluster;
    const key = `${verb} ${type?.kind ?? ""} ${name}`;
    const nth = (counts.get(key) ?? 0) + 1;
    counts.set(key, nth);
    const call = {
      client: this.#client,
      verb,
      kind: type?.kind,
      namespace,
      name,
      subresource,
      dryRun,
      argv,
      n: calls.length + 1,
      nth,
    };
    calls.push(call);
    return call;
  }

  async #arrive(call: Call, signal: AbortSignal | undefined): Promise<void> {
    this.requireAlive();
    this.#cluster.clock.stir();
    this.#point(call, "before");
    await turn();
    this.requireAlive();
    if (signal?.aborted === true) throw new DbopError("Interrupted", "interrupted");
  }

  /** What a fault does before the work: delay it, or take its place. */
  async #strike(fault: Fault | undefined, call: Call, signal: AbortSignal | undefined): Promise<void> {
    if (fault === undefined || fault.kind === "cut" || strikesAfter(fault)) return;
    const delay =
      fault.kind === "slow" ? fault.ms : fault.kind === "status" && fault.code === 429 ? RETRY_AFTER_MS : undefined;
    if (delay === undefined) throw errorOf(fault, call, this.#server);
    await this.#cluster.clock.sleep(delay, signal);
    this.requireAlive();
  }

  #work<T>(effect: () => T): T {
    const { store } = this.#cluster.server;
    const before = store.revision;
    const result = effect();
    if (store.revision !== before) this.#cluster.wake();
    this.#cluster.clock.stir();
    return result;
  }

  #point(call: Call, phase: AwaitPoint["phase"]): void {
    this.#cluster.points += 1;
    try {
      this.#cluster.hook?.({ call, phase, count: this.#cluster.points });
    } catch (error) {
      if (error instanceof KilledError) this.#kill(error);
      throw error;
    }
  }

  #kill(error: KilledError): void {
    this.#killed = error;
    for (const listener of this.#onKill) listener(error);
  }
}

/** Whether the work is done before the fault. */
function strikesAfter(fault: Fault): boolean {
  return fault.kind === "torn" || ((fault.kind === "drop" || fault.kind === "status") && fault.applied === true);
}

/** `apply statefulset.apps/demo`, as the real client begins its errors. */
function wordsFor({ verb, type, namespace, name = "", container }: CallFacts): string {
  if (type === undefined) return `get ${name}`;
  if (container !== undefined)
    return `read the log of pod/${name} (namespace ${String(namespace)}, container ${container})`;
  if (name !== "") return `${verb} ${describeObject({ ...type, metadata: { name } })}`;
  return `${verb} ${type.plural}${namespace === undefined ? "" : ` in namespace ${namespace}`}`;
}

async function inWords<T>(words: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isDbopError(error) ? whileDoing(words, error) : error;
  }
}
