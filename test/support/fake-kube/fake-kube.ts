/**
 * FakeKube: the port in memory, held to the real API server's behaviour by `test/contract/kube-contract.ts`.
 * It is an administrator's client of its own cluster, and has the switches by which a test makes that cluster misbehave.
 * See README.md in this folder for what it can do and what it cannot.
 */
import type { KubeObject, ObjectRef, ResourceType } from "../../../src/kube/objects.ts";
import { Cluster, type AwaitHook, type ExecHandler, type FakeKubeOptions } from "./cluster.ts";
import { refTo } from "./controllers/owners.ts";
import type { FakeClock } from "./fake-clock.ts";
import { FakeClient } from "./fake-client.ts";
import type { Call, FaultSource } from "./faults.ts";
import type { Draft } from "./json.ts";
import type { ProgramModel } from "./programs.ts";
import type { Rights } from "./rbac.ts";
import type { ControllerName, Disk, KubeletModel } from "./world.ts";

export class FakeKube extends FakeClient {
  readonly #cluster: Cluster;

  constructor(options: FakeKubeOptions = {}) {
    const cluster = new Cluster(options);
    super(cluster, "kubernetes-admin", "all");
    this.#cluster = cluster;
  }

  get clock(): FakeClock {
    return this.#cluster.clock;
  }

  /** Every call so far, of every client, in order. */
  get calls(): readonly Call[] {
    return this.#cluster.calls;
  }

  /** How many await points were passed so far: how often a run could have been killed. */
  get points(): number {
    return this.#cluster.points;
  }

  /** Another client of the same cluster: a second run, or a user with fewer rights. */
  as(user: string, rules: Rights = "all"): FakeClient {
    return new FakeClient(this.#cluster, user, rules);
  }

  /** Answers execs in running containers. */
  onExec(handler: ExecHandler): void {
    this.#cluster.execHandler = handler;
  }

  /** Answers GETs of paths first; what it leaves undefined is answered as the server would. */
  onRaw(handler: (path: string) => unknown): void {
    this.#cluster.rawHandler = handler;
  }

  /** Called before and after the work of every call. When it throws KilledError the calling client is dead from then on. */
  onAwait(hook: AwaitHook | undefined): void {
    this.#cluster.hook = hook;
  }

  /** Replaces the source of faults. */
  inject(faults: FaultSource): void {
    this.#cluster.faults = faults;
  }

  /** Cuts every watch: what it has not delivered is lost and RESYNC comes instead. */
  cutWatches(): void {
    for (const watch of this.#cluster.watches) watch.cut();
  }

  /** Lets `model` decide what happens inside of containers started from now on. */
  kubelet(model: KubeletModel): void {
    this.#cluster.kubelet = model;
  }

  /** Runs the processes of pods with `restartPolicy: Never` that start from now on: those of Jobs. */
  programs(model: ProgramModel): void {
    this.#cluster.programModel = model;
  }

  /** Chooses the node of each pod; undefined leaves it Pending. */
  scheduler(nodeFor: (pod: KubeObject) => string | undefined): void {
    this.#cluster.scheduler = nodeFor;
    this.#cluster.wake();
  }

  /** How volumes grow: while in use (default), when their pod restarts, or not at all. */
  set resizer(mode: "online" | "offline" | "off") {
    this.#cluster.resize = mode;
    this.#cluster.wake();
  }

  /** Stops these controllers (all of them when none is named) until `resume`. */
  pause(...names: readonly ControllerName[]): void {
    for (const name of names.length === 0 ? everyController : names) this.#cluster.paused.add(name);
  }

  resume(...names: readonly ControllerName[]): void {
    for (const name of names.length === 0 ? everyController : names) this.#cluster.paused.delete(name);
    this.#cluster.wake();
  }

  /** Lets all controllers work until nothing moves. They do so by themselves after each call, unless they are slow. */
  settle(): void {
    this.#cluster.settleNow();
  }

  /** What is on the volume of a claim; undefined when there is none. Clear it to lose the data. */
  disk(claimUid: string): Disk | undefined {
    return this.#cluster.disks.get(claimUid);
  }

  /** Reads without a call: no fault, no await point. */
  peek(ref: ObjectRef): KubeObject | undefined {
    return this.#cluster.server.store.read(ref);
  }

  /** Lists without a call. */
  all(type: ResourceType, namespace?: string): readonly KubeObject[] {
    return this.#cluster.server.store.list(type, namespace);
  }

  /** Edits an object as some controller would: nothing is checked, and the other controllers react. */
  edit(ref: ObjectRef, change: (draft: Draft) => void): void {
    this.#cluster.server.edit(ref, change);
    this.#cluster.wake();
  }

  /** Deletes without a call and without preconditions, as somebody else would. */
  remove(type: ResourceType, object: KubeObject): void {
    this.#cluster.server.delete(refTo(object, type), { propagation: "Background" });
    this.#cluster.wake();
  }
}

const everyController: readonly ControllerName[] = [
  "StatefulSet",
  "Job",
  "claims",
  "scheduler",
  "kubelet",
  "garbage",
  "budgets",
];
