/**
 * One run at a time for each database, by a Lease. It serialises runs and is no fence: writes carry preconditions of their own.
 * Whether a holder is dead is judged by its Lease standing still before our eyes, never by comparing clocks (client-go leaderelection).
 */
import { DbopError, isDbopError } from "../errors.ts";
import { field, numberField, textField } from "../kube/fields.ts";
import type { CallOptions, KubeClient } from "../kube/kube-client.ts";
import { types, type KubeObject, type ObjectRef } from "../kube/objects.ts";
import type { Clock } from "./clock.ts";
import { mayPass, Patience } from "./patience.ts";

const leaseSeconds = 15;
const renewEveryMs = 2_000;
const renewDeadlineMs = 10_000;
/** For one attempt to renew: a connection that hangs leaves time for another attempt. */
const renewTimeoutMs = 4_000;

export interface LockDeps {
  readonly kube: KubeClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface LockRequest {
  readonly namespace: string;
  readonly name: string;
  /** Who and what, for whoever finds it held, and of no other run: `alice@host scale --replicas 5 (run 1a2b)`. */
  readonly holder: string;
  /** How long to wait for a living holder to finish. 0: give up as soon as it is seen to live. */
  readonly waitMs: number;
  readonly onWait: (text: string) => void;
}

export interface Lock {
  /** Throws `LockLost` unless the Lease was renewed recently enough that nobody can have taken it. Call before every change. */
  assertHeld(): void;
  release(): Promise<void>;
}

export function leaseRef(namespace: string, name: string): ObjectRef {
  return { type: types.lease, namespace, name: `dbop-${name}` };
}

/** Throws `Locked`, naming the holder, when another run is alive and `waitMs` has passed. */
export async function acquireLock(deps: LockDeps, request: LockRequest): Promise<Lock> {
  const watcher = new HolderWatch(deps.clock, request);
  const patience = new Patience(deps.clock, deps.signal);
  for (;;) {
    try {
      const lease = (await tryCreate(deps, request)) ?? (await takeOver(deps, request, watcher));
      if (lease !== undefined) return new HeldLock(deps, request, lease);
      await deps.clock.sleep(500, deps.signal);
    } catch (error) {
      if (!mayPass(error)) throw error;
      await patience.endure(error);
    }
  }
}

async function tryCreate({ kube, clock }: LockDeps, request: LockRequest): Promise<KubeObject | undefined> {
  try {
    return await kube.create(leaseObject(request, clock.now(), 0));
  } catch (error) {
    if (isDbopError(error, "AlreadyExists")) return undefined;
    throw error;
  }
}

/** The Lease of a dead holder, or one that we made ourselves without seeing the answer. Undefined: look again in a moment. */
async function takeOver(
  { kube, clock }: LockDeps,
  request: LockRequest,
  watcher: HolderWatch,
): Promise<KubeObject | undefined> {
  const found = await kube.get(leaseRef(request.namespace, request.name));
  if (found === undefined) return undefined;
  if (holderOf(found) !== request.holder) {
    if (!watcher.isDead(found)) return undefined;
    request.onWait(
      `taking over the lock of ${holderOf(found)}: its Lease has not been renewed for ${String(durationOf(found))} s`,
    );
  }
  const transitions = numberField(found["spec"], "leaseTransitions") + 1;
  const { resourceVersion } = found.metadata;
  const mine = leaseObject(request, clock.now(), transitions);
  try {
    return await kube.update({
      ...mine,
      metadata: { ...mine.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    });
  } catch (error) {
    if (isDbopError(error, "Conflict", "NotFound")) return undefined;
    throw error;
  }
}

/** Watches one holder for as long as its own lease lasts. */
class HolderWatch {
  readonly #clock: Clock;
  readonly #request: LockRequest;
  readonly #startedAt: number;
  #seen: string | undefined;
  #seenAt = 0;
  #told = false;

  constructor(clock: Clock, request: LockRequest) {
    this.#clock = clock;
    this.#request = request;
    this.#startedAt = clock.now().getTime();
  }

  isDead(lease: KubeObject): boolean {
    const now = this.#clock.now().getTime();
    const mark = `${lease.metadata.uid ?? ""} ${lease.metadata.resourceVersion ?? ""}`;
    if (this.#seen === undefined) this.#tell(lease);
    else if (mark !== this.#seen) this.#alive(lease, now);
    if (mark !== this.#seen) this.#seenAt = now;
    this.#seen = mark;
    return now - this.#seenAt >= durationOf(lease) * 1000;
  }

  #tell(lease: KubeObject): void {
    if (this.#told) return;
    this.#told = true;
    this.#request.onWait(`locked by ${holderOf(lease)}; watching whether it is alive`);
  }

  #alive(lease: KubeObject, now: number): void {
    if (now - this.#startedAt < this.#request.waitMs) return;
    throw new DbopError("Locked", `another run works on this database: ${holderOf(lease)}`, {
      hint: "wait for it, or let this command wait with --lock-timeout",
    });
  }
}

class HeldLock implements Lock {
  readonly #deps: LockDeps;
  readonly #request: LockRequest;
  readonly #stop = new AbortController();
  #lease: KubeObject;
  #renewedAt: number;
  /** Another run has the Lease, or nobody. */
  #lost = false;
  readonly #loop: Promise<void>;

  constructor(deps: LockDeps, request: LockRequest, lease: KubeObject) {
    this.#deps = deps;
    this.#request = request;
    this.#lease = lease;
    this.#renewedAt = deps.clock.now().getTime();
    this.#loop = this.#renew();
  }

  assertHeld(): void {
    const hint = "run the same command again";
    if (this.#lost)
      throw new DbopError("LockLost", "the lock was taken away, or another run has taken it over", { hint });
    const age = this.#deps.clock.now().getTime() - this.#renewedAt;
    if (age < renewDeadlineMs) return;
    const seconds = String(Math.round(age / 1000));
    throw new DbopError("LockLost", `the lock could not be renewed for ${seconds} s: another run may have taken it`, {
      hint,
    });
  }

  /** Best effort: a Lease that can't be deleted is taken over after it has stood still. */
  async release(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    try {
      await this.#delete(this.#lease);
    } catch {
      await this.#deleteAsStored().catch(() => undefined);
    }
  }

  async #deleteAsStored(): Promise<void> {
    const stored = await this.#stored();
    if (stored !== undefined) await this.#delete(stored);
  }

  /** The Lease as it is there, if it is still ours: a renewal whose answer was not seen may have been stored. */
  async #stored(options: CallOptions = {}): Promise<KubeObject | undefined> {
    const { namespace, name, holder } = this.#request;
    const stored = await this.#deps.kube.get(leaseRef(namespace, name), options);
    return stored !== undefined && holderOf(stored) === holder ? stored : undefined;
  }

  async #delete(lease: KubeObject): Promise<void> {
    const { uid, resourceVersion } = lease.metadata;
    if (uid === undefined) return;
    const version = resourceVersion === undefined ? {} : { resourceVersion };
    const ref = leaseRef(this.#request.namespace, this.#request.name);
    await this.#deps.kube.delete(ref, { uid, ...version, propagation: "Background" });
  }

  /** Goes on trying until released: {@link assertHeld} is what notices that it fails. A Lease that another run has taken is left to it. */
  async #renew(): Promise<void> {
    while (!this.#lost && (await this.#pause()))
      await this.#inTime((signal) => this.#renewOnce(signal)).catch(() => undefined);
  }

  async #renewOnce(signal: AbortSignal): Promise<void> {
    const { kube, clock } = this.#deps;
    const spec = { ...leaseSpec(this.#lease), renewTime: microTime(clock.now()) };
    const before = clock.now().getTime();
    try {
      this.#lease = await kube.update({ ...this.#lease, spec }, { signal });
      this.#renewedAt = before;
    } catch (error) {
      if (!isDbopError(error, "Conflict", "NotFound")) throw error;
      const stored = await this.#stored({ signal });
      if (stored === undefined) this.#lost = true;
      else this.#lease = stored;
    }
  }

  /** Aborts `work` when it takes too long, and when the lock is released. */
  async #inTime(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const late = new AbortController();
    const ended = new AbortController();
    void this.#deps.clock.sleep(renewTimeoutMs, ended.signal).then(
      () => {
        late.abort();
      },
      () => undefined,
    );
    try {
      await work(AbortSignal.any([this.#stop.signal, late.signal]));
    } finally {
      ended.abort();
    }
  }

  async #pause(): Promise<boolean> {
    try {
      await this.#deps.clock.sleep(renewEveryMs, this.#stop.signal);
      return true;
    } catch {
      return false; // Released.
    }
  }
}

function leaseSpec(lease: KubeObject): object {
  const spec = lease["spec"];
  return typeof spec === "object" && spec !== null ? spec : {};
}

function leaseObject(request: LockRequest, now: Date, leaseTransitions: number): KubeObject {
  const time = microTime(now);
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      name: leaseRef(request.namespace, request.name).name,
      namespace: request.namespace,
      labels: { "app.kubernetes.io/managed-by": "kubectl-dbop" },
    },
    spec: {
      holderIdentity: request.holder,
      leaseDurationSeconds: leaseSeconds,
      acquireTime: time,
      renewTime: time,
      leaseTransitions,
    },
  };
}

/** Who holds `lease`, as they described themselves. */
export function holderOf(lease: KubeObject): string {
  return textField(lease["spec"], "holderIdentity") || "an unknown holder";
}

function durationOf(lease: KubeObject): number {
  return field(lease["spec"], "leaseDurationSeconds") === undefined
    ? leaseSeconds
    : numberField(lease["spec"], "leaseDurationSeconds");
}

/** Leases and Events want exactly six digits of fraction. */
export function microTime(date: Date): string {
  return date.toISOString().replace("Z", "000Z");
}
