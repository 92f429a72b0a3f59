/** One fake cluster: the server, its controllers, and the switches tests turn. Clients reach it through FakeClient. */
import type { ExecRequest, ExecResult } from "../../../src/kube/kube-client.ts";
import type { KubeObject } from "../../../src/kube/objects.ts";
import { settle, tendOne } from "./controllers/loop.ts";
import { dropInstances } from "./controllers/garbage.ts";
import { FakeClock } from "./fake-clock.ts";
import { noFaults, type Call, type FaultSource } from "./faults.ts";
import { Logs } from "./logs.ts";
import type { ProcessPod } from "./kubelet/process-pod.ts";
import type { ProgramModel } from "./programs.ts";
import { randomSource, type RandomSource } from "./random.ts";
import type { Validators } from "./admission.ts";
import { at, fieldsOf } from "./json.ts";
import { Server } from "./server.ts";
import { crdType, namespaceType, storageClassType } from "./types.ts";
import type { Watch } from "./watches.ts";
import type { ControllerName, Disk, KubeletModel, PodRun, World } from "./world.ts";

export interface FakeKubeOptions {
  readonly clock?: FakeClock;
  readonly faults?: FaultSource;
  /** By kind: what CEL rules would say. */
  readonly schemas?: Validators;
  /** `any` (default): every kind is taken as it comes until a CRD describes it. A list: just these are there, and no other custom kind. */
  readonly crds?: "any" | readonly KubeObject[];
  /** Namespaces beside `default` and `kube-system`. */
  readonly namespaces?: readonly string[];
  /** Instead of at once, controllers work one at a time after random delays up to this many milliseconds. */
  readonly slowControllers?: { readonly seed: number; readonly maxDelayMs: number };
  /** How long a pod takes to stop; default 0. */
  readonly terminationMs?: number;
}

export type ExecHandler = (pod: KubeObject, request: ExecRequest) => Promise<ExecResult> | ExecResult;

/** One of the points at which a real client would await the network. */
export interface AwaitPoint {
  readonly call: Call;
  /** `before`: nothing was done yet. `after`: the work is done, but the caller does not know. */
  readonly phase: "before" | "after";
  /** Counts the points of this cluster from 1. */
  readonly count: number;
}

export type AwaitHook = (point: AwaitPoint) => void;

export class Cluster implements World {
  readonly clock: FakeClock;
  readonly server: Server;
  readonly disks = new Map<string, Disk>();
  readonly revisions = new Map<string, unknown>();
  readonly runs = new Map<string, PodRun>();
  readonly logs = new Logs();
  readonly processPods = new Map<string, ProcessPod>();
  readonly terminationMs: number;
  readonly paused = new Set<ControllerName>();
  readonly watches = new Set<Watch>();
  readonly calls: Call[] = [];
  /** How many calls there were by verb, kind and name. */
  readonly counts = new Map<string, number>();
  faults: FaultSource;
  execHandler: ExecHandler | undefined;
  rawHandler: ((path: string) => unknown) | undefined;
  kubelet: KubeletModel = {
    start: (_pod, _claims, container) => {
      container.ready();
    },
  };
  programModel: ProgramModel | undefined;
  scheduler = onlyNode;
  resize: "online" | "offline" | "off" = "online";
  hook: AwaitHook | undefined;
  points = 0;
  readonly #slow: { readonly random: RandomSource; readonly maxDelayMs: number } | undefined;
  readonly #alarms = new Map<string, { readonly due: number; readonly cancel: () => void }>();
  #working = false;
  #again = false;
  #scheduled = false;
  #idle = 0;

  constructor(options: FakeKubeOptions = {}) {
    this.clock = options.clock ?? new FakeClock();
    this.faults = options.faults ?? noFaults;
    this.terminationMs = options.terminationMs ?? 0;
    const slow = options.slowControllers;
    this.#slow = slow && { random: randomSource(slow.seed), maxDelayMs: slow.maxDelayMs };
    const crds = options.crds ?? "any";
    this.server = new Server({
      now: () => this.clock.now(),
      validators: options.schemas ?? {},
      anyKind: crds === "any",
    });
    this.server.store.onChange(({ type, before, after }) => {
      if (type.kind === crdType.kind && before !== undefined && after === undefined) dropInstances(this, before);
    });
    for (const name of ["default", "kube-system", ...(options.namespaces ?? [])])
      this.#seed({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    this.#seed(standardClass);
    if (crds !== "any") for (const crd of crds) this.#seed(crd);
    settle(this, this.paused);
  }

  model(): KubeletModel {
    return this.kubelet;
  }

  programs(): ProgramModel | undefined {
    return this.programModel;
  }

  setAlarm(key: string, due: number | undefined): void {
    const set = this.#alarms.get(key);
    if (set?.due === due) return;
    set?.cancel();
    this.#alarms.delete(key);
    if (due === undefined) return;
    const cancel = this.clock.schedule(due - this.clock.now().getTime(), () => {
      this.#alarms.delete(key);
      this.wake();
    });
    this.#alarms.set(key, { due, cancel });
  }

  nodeFor(pod: KubeObject): string | undefined {
    return this.scheduler(pod);
  }

  resizer(): "online" | "offline" | "off" {
    return this.resize;
  }

  /** Lets the controllers work: at once, or soon when they are slow. Re-entrant calls only ask for another round. */
  wake(): void {
    if (this.#slow !== undefined) {
      this.#idle = 0; // what woke them must be seen by each, even by those that were about to rest
      this.#later(this.#slow);
      return;
    }
    this.#again = true;
    if (this.#working) return;
    this.#working = true;
    try {
      while (this.#again) {
        this.#again = false;
        settle(this, this.paused);
      }
    } finally {
      this.#working = false;
    }
  }

  /** Lets every controller that is not paused work until nothing moves, even slow ones. */
  settleNow(): void {
    settle(this, this.paused);
  }

  #later(slow: { readonly random: RandomSource; readonly maxDelayMs: number }): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.clock.schedule(Math.ceil(slow.random.next() * slow.maxDelayMs), () => {
      this.#scheduled = false;
      const before = this.server.store.revision;
      tendOne(this, this.paused, slow.random);
      this.#idle = this.server.store.revision === before ? this.#idle + 1 : 0;
      if (this.#idle <= QUIET_ROUNDS) this.#later(slow);
    });
  }

  #seed(object: KubeObject): void {
    const type =
      object.kind === "Namespace" ? namespaceType : object.kind === "StorageClass" ? storageClassType : crdType;
    this.server.create(type, object, { manager: "kube-apiserver" });
  }
}

/** The one node, unless the pod asks for a label it does not have. */
function onlyNode(pod: KubeObject): string | undefined {
  const labels: Readonly<Record<string, string>> = { "kubernetes.io/hostname": "node-1", "kubernetes.io/os": "linux" };
  const wanted = Object.entries(fieldsOf(at(pod["spec"], "nodeSelector")));
  return wanted.every(([key, value]) => labels[key] === value) ? "node-1" : undefined;
}

/** Slow controllers stop after this many idle picks in a row: by then each has been picked. */
const QUIET_ROUNDS = 40;

const standardClass: KubeObject = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  ...{ provisioner: "fake", volumeBindingMode: "WaitForFirstConsumer", allowVolumeExpansion: true },
};
