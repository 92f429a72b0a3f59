/**
 * Kubernetes around a simulated etcd, as small as an observation of it can tell: one StatefulSet, its pods and claims, a ConfigMap.
 * Does a plan's steps, wholly or in part, and lets controllers and kubelet catch up bit by bit.
 */
import { parseQuantity } from "../../../src/api/quantity.ts";
import { parseMode } from "../../../src/engines/etcd/config-mode.ts";
import type { EtcdCommand } from "../../../src/engines/etcd/commands.ts";
import { classifyTermination } from "../../../src/engines/etcd/evidence.ts";
import { firstDirectory, readDirectory, type DataDirectory } from "../../../src/engines/etcd/data-directory.ts";
import { claimName, memberName, peerUrl } from "../../../src/engines/etcd/names.ts";
import { imageOf, parseOrdinals } from "../../../src/engines/etcd/observe/objects.ts";
import type { EtcdStep } from "../../../src/engines/etcd/plan/rule.ts";
import { marksIn, type Marks } from "../../../src/engines/etcd/resources/claim.ts";
import {
  clusterIdAnnotation,
  modesAnnotation,
  replacedByAnnotation,
  restartsAnnotation,
  versionAnnotation,
} from "../../../src/engines/etcd/resources/config-map.ts";
import type { ClaimSeen, ConfigSeen, EtcdSeen, PodSeen } from "../../../src/engines/etcd/seen.ts";
import type { EtcdSpec } from "../../../src/engines/etcd/spec.ts";
import { field, fieldsOf, numberField, textField } from "../../../src/kube/fields.ts";
import { describeObject, type KubeObject } from "../../../src/kube/objects.ts";
import { SimulatedCertificates } from "./simulated-certificates.ts";
import { SimulatedJobs } from "./simulated-jobs.ts";
import type { Disk } from "./member-data.ts";
import { SimulatedEtcd, type Answer } from "./simulated-etcd.ts";

export interface SimulatedPod {
  readonly ordinal: number;
  readonly uid: string;
  terminating: boolean;
  state: "pending" | "running" | "crashed";
  template: number;
  readonly version: string;
  /** The mark of trusted authorities that its template asks for. */
  readonly trust: string;
  /** The start mode in the configuration it has mounted. */
  mounted: string | undefined;
  /** The data directory in that configuration. */
  directory: DataDirectory;
  /** What its container last said; empty when nothing was kept. */
  message: string;
}

export interface SimulatedClaim extends Mutable<Marks> {
  readonly ordinal: number;
  readonly uid: string;
  terminating: boolean;
  requested: string;
  capacity: number;
  readonly disk: Disk;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

interface SimulatedSet {
  readonly uid: string;
  replicas: number;
  template: number;
  version: string;
  image: string;
  trust: string;
  readonly claimSize: string;
}

/** How a step ended, as far as whoever did it was told. `refused`: nothing was done. */
export type Ending = "done" | "unknown" | "refused";
/** What becomes of a step: `half` does the first part of it, `silent` does it and loses the answer, `lost` never arrives. */
export type Luck = "good" | "half" | "silent" | "lost";

export class SimulatedCluster {
  readonly etcd = new SimulatedEtcd();
  readonly pods = new Map<number, SimulatedPod>();
  readonly claims = new Map<number, SimulatedClaim>();
  readonly drifted = new Set<string>(["service/demo-members", "service/demo", "poddisruptionbudget.policy/demo"]);
  set: SimulatedSet | undefined;
  config: ConfigSeen | undefined;
  /** What the configuration says of data directories, by ordinal. */
  #directories: Readonly<Record<number, DataDirectory>> = {};
  readonly jobs = new SimulatedJobs();
  /** The template the spec asks for; counts up when it changes. */
  template = 1;
  readonly certificates = new SimulatedCertificates();
  #uids = 0;

  /** Everything an observation of it would tell. @param flaky no member could be asked. */
  observe(spec: EtcdSpec, flaky = false): EtcdSeen {
    const asked = !flaky && this.etcd.hasQuorum() && this.etcd.leaderId !== "0";
    return {
      statefulSet: this.set && {
        uid: this.set.uid,
        replicas: this.set.replicas,
        current: this.set.template === this.template && this.set.trust === this.certificates.trust,
        observed: true,
        claimSize: this.set.claimSize,
        version: this.set.version,
        image: this.set.image,
      },
      config: this.config,
      ...this.jobs.seen(spec, this.claims.get(0)),
      pods: ordered(this.pods).map((pod) => this.#podSeen(spec, pod)),
      claims: ordered(this.claims).map((claim) => claimSeen(spec, claim)),
      drifted: [...this.drifted],
      foreign: [],
      certificates: this.certificates.seen(),
      membership: asked
        ? {
            known: true,
            clusterId: this.etcd.clusterId,
            members: this.etcd.members.map((member) => ({ ...member, peerUrl: peerUrl(spec, member.ordinal) })),
          }
        : { known: false, why: "context deadline exceeded" },
      endpoints: flaky ? [] : this.#endpoints(),
      compactRevision: this.etcd.alarms.length > 0 ? this.etcd.compactRevision : undefined,
      backups: "not-asked",
      expandable: true,
    };
  }

  #podSeen(spec: EtcdSpec, pod: SimulatedPod): PodSeen {
    const crashed = pod.state === "crashed";
    return {
      ordinal: pod.ordinal,
      name: memberName(spec, pod.ordinal),
      uid: pod.uid,
      terminating: pod.terminating,
      running: pod.state === "running",
      ready: pod.state === "running" && !pod.terminating && this.etcd.isServing(pod.ordinal),
      outdated:
        this.set !== undefined &&
        (pod.template !== this.set.template || pod.version !== this.set.version || pod.trust !== this.set.trust),
      ...(spec.tls.mode === "managed" && pod.state === "running" && this.certificates.isBehind(pod)
        ? { behind: true as const }
        : {}),
      crash: crashed
        ? { termination: pod.message === "" ? "silent" : classifyTermination(pod.message), message: pod.message }
        : undefined,
      waiting: crashed ? "CrashLoopBackOff" : undefined,
    };
  }

  #endpoints(): EtcdSeen["endpoints"] {
    const running = ordered(this.pods).filter(
      (pod) => pod.state === "running" && !pod.terminating && this.etcd.answers(pod.ordinal),
    );
    return running.map(({ ordinal }) => ({
      ordinal,
      memberId: this.etcd.memberIdAt(ordinal) ?? "",
      clusterId: this.etcd.clusterId,
      leaderId: this.etcd.leaderId,
      revision: this.etcd.revision,
      raftIndex: this.etcd.index,
      appliedIndex: this.etcd.appliedAt(ordinal),
      dbSize: this.etcd.fragmented.has(ordinal) ? 2 ** 30 : 100,
      dbSizeInUse: 100,
      version: this.etcd.versionAt(ordinal),
      storageVersion: this.#storage(ordinal),
      downgradeTo: this.etcd.versions.downgrade && `${this.etcd.versions.downgrade}.0`,
      hash: this.etcd.alarms.some(({ type }) => type === "CORRUPT") ? 1 : undefined,
      alarms: this.etcd.alarms,
    }));
  }

  #storage(ordinal: number): string | undefined {
    const storage = this.etcd.storageAt(ordinal);
    return storage && `${storage}.0`;
  }

  act(spec: EtcdSpec, step: EtcdStep, luck: Luck): Ending {
    if (luck === "lost") return "unknown";
    const ending = this.#do(spec, step, luck);
    return luck === "good" ? ending : "unknown";
  }

  #do(spec: EtcdSpec, step: EtcdStep, luck: Luck): Ending {
    switch (step.kind) {
      case "wait":
        return "done";
      case "apply": {
        const count = luck === "half" ? Math.ceil(step.objects.length / 2) : step.objects.length;
        return step.objects.slice(0, count).every((object) => this.#apply(spec, object)) ? "done" : "refused";
      }
      case "delete":
        return this.#delete(step.target.type.kind, step.uid);
      case "command":
        return this.#command(step.command, luck === "half").ok ? "done" : "refused";
    }
  }

  #apply(spec: EtcdSpec, object: KubeObject): boolean {
    const annotations = object.metadata.annotations ?? {};
    switch (object.kind) {
      case "ConfigMap":
        this.config = {
          clusterId: annotations[clusterIdAnnotation],
          modes: parseOrdinals(annotations[modesAnnotation]),
          restarts: parseOrdinals(annotations[restartsAnnotation]),
          version: annotations[versionAnnotation],
          replacedBy: annotations[replacedByAnnotation],
          current: true,
        };
        this.#directories = directoriesIn(object);
        if (this.config.clusterId !== undefined) this.etcd.formed = true;
        return true;
      case "StatefulSet": {
        const wished = {
          replicas: numberField(object["spec"], "replicas"),
          template: this.template,
          version: annotations[versionAnnotation] ?? "",
          image: imageOf(object),
          trust: /"trust\.([\d-]+)"/u.exec(JSON.stringify(object))?.[1] ?? "1",
        };
        this.set ??= { uid: this.#uid("set"), claimSize: spec.storage.size, ...wished };
        Object.assign(this.set, wished);
        return true;
      }
      case "PersistentVolumeClaim":
        return this.#applyClaim(object);
      case "Job":
        this.jobs.apply(object, this.#uid("job"));
        return true;
      default:
        this.drifted.delete(describeObject(object));
        return true;
    }
  }

  #applyClaim(object: KubeObject): boolean {
    const claim = [...this.claims.values()].find(({ uid }) => uid === object.metadata.uid);
    if (claim === undefined) return false;
    Object.assign(claim, marksIn(object.metadata.annotations));
    claim.requested = textField(field(field(object["spec"], "resources"), "requests"), "storage");
    return true;
  }

  #delete(kind: string, uid: string): Ending {
    if (kind === "StatefulSet" && this.set?.uid === uid) this.set = undefined;
    if (kind === "Job") this.jobs.remove(uid);
    for (const item of [...this.pods.values(), ...this.claims.values()]) if (item.uid === uid) item.terminating = true;
    return "done";
  }

  #command(command: EtcdCommand, half: boolean): Answer {
    if (command.name === "issueCertificates") {
      this.certificates.issue(command.roles, command.rotation, half);
      return { ok: true };
    }
    if (command.name === "makeFirstClaim") {
      if (!this.claims.has(0)) this.#createClaim(0, "10Gi");
      return { ok: true };
    }
    if (command.name === "tellRestoreFailed") {
      this.jobs.remove(command.uid);
      return { ok: false, error: command.message };
    }
    if (command.name === "rotateAuthorities") {
      const { to, rotation } = command;
      return this.certificates.rotate(to, rotation, half)
        ? { ok: true }
        : { ok: false, error: "no way to these authorities" };
    }
    if (!this.etcd.answers(command.via)) return { ok: false, error: "connection refused" };
    switch (command.name) {
      case "memberAdd":
        return this.etcd.add(command.ordinal);
      case "memberPromote":
        return this.etcd.promote(command.id);
      case "memberRemove":
        return this.etcd.remove(command.id);
      case "moveLeader":
        return this.etcd.moveLeader(command.via, command.to);
      case "compact":
        return this.etcd.compact(command.revision);
      case "defragment":
        return this.etcd.defragment(command.via);
      case "disarm":
        return this.etcd.disarm();
      case "downgradeEnable":
        return this.etcd.enableDowngrade(command.via, command.minor);
      case "downgradeCancel":
        return this.etcd.cancelDowngrade(command.via);
    }
  }

  /** Controllers, kubelets and etcd go on, each thing only when `chance` says so. */
  tick(chance: () => boolean): void {
    this.#tendSet(chance);
    for (const pod of ordered(this.pods)) this.#tendPod(pod, chance);
    const running = ordered(this.pods).filter(({ state }) => state === "running");
    for (const pod of running) if (chance() && chance() && chance()) this.certificates.project(pod);
    this.etcd.violations.push(...this.certificates.check(running));
    for (const claim of ordered(this.claims)) this.#tendClaim(claim, chance);
    this.etcd.violations.push(...this.jobs.tend(chance, { claim: this.claims.get(0), running }));
    if (chance()) this.etcd.elect();
    if (chance()) this.etcd.syncLearners();
    if (chance()) this.etcd.settleVersions();
    this.etcd.checkDurability();
  }

  #tendSet(chance: () => boolean): void {
    const { set } = this;
    if (set === undefined) return;
    for (let ordinal = 0; ordinal < set.replicas; ordinal += 1)
      if (!this.pods.has(ordinal) && chance()) this.#createPod(set, ordinal);
    for (const pod of this.pods.values()) if (pod.ordinal >= set.replicas && chance()) pod.terminating = true;
  }

  #createPod(set: SimulatedSet, ordinal: number): void {
    const claim = this.claims.get(ordinal);
    if (claim?.terminating === true) return;
    if (claim === undefined) this.#createClaim(ordinal, set.claimSize);
    this.pods.set(ordinal, {
      ordinal,
      uid: this.#uid("pod"),
      terminating: false,
      state: "pending",
      template: set.template,
      version: set.version,
      trust: set.trust,
      mounted: undefined,
      directory: firstDirectory,
      message: "",
    });
  }

  #createClaim(ordinal: number, size: string): void {
    this.claims.set(ordinal, {
      ...marksIn(),
      ordinal,
      uid: this.#uid("claim"),
      terminating: false,
      requested: size,
      capacity: parseQuantity(size) ?? 0,
      disk: new Map(),
    });
  }

  #tendPod(pod: SimulatedPod, chance: () => boolean): void {
    if (pod.terminating) {
      if (!chance()) return;
      this.etcd.stop(pod.ordinal);
      this.pods.delete(pod.ordinal);
      return;
    }
    if (pod.state === "running") {
      if (chance()) pod.mounted = this.config === undefined ? pod.mounted : this.config.modes[pod.ordinal];
      if (this.etcd.isDismissed(pod.ordinal) && chance()) this.crash(pod, "");
      return;
    }
    if (chance()) this.#startContainer(pod, chance());
  }

  #startContainer(pod: SimulatedPod, stale: boolean): void {
    const claim = this.claims.get(pod.ordinal);
    if (this.config !== undefined) {
      pod.mounted = this.config.modes[pod.ordinal];
      pod.directory = this.#directories[pod.ordinal] ?? firstDirectory;
    }
    const mode = pod.mounted === undefined ? undefined : parseMode(pod.mounted);
    if (claim === undefined || mode === undefined) return;
    if (this.certificates.newest !== undefined && !this.certificates.start(pod, stale)) return;
    const { version, directory } = pod;
    const started = this.etcd.start(pod.ordinal, claim.disk, { mode, version, directory });
    pod.state = started.running ? "running" : "crashed";
    if (!started.running) pod.message = started.code === 0 ? "" : started.message;
  }

  /** The container ends. */
  crash(pod: SimulatedPod, message: string): void {
    this.etcd.stop(pod.ordinal);
    pod.state = "crashed";
    pod.message = message;
  }

  #tendClaim(claim: SimulatedClaim, chance: () => boolean): void {
    const requested = parseQuantity(claim.requested) ?? 0;
    if (claim.capacity < requested && chance()) claim.capacity = requested;
    if (claim.terminating && !this.pods.has(claim.ordinal) && chance()) {
      claim.disk.clear();
      this.claims.delete(claim.ordinal);
    }
  }

  #uid(kind: string): string {
    this.#uids += 1;
    return `${kind}-${String(this.#uids)}`;
  }
}

function ordered<Item extends { readonly ordinal: number }>(items: ReadonlyMap<number, Item>): readonly Item[] {
  return [...items.values()].sort((a, b) => a.ordinal - b.ordinal);
}

/** Of the files in a ConfigMap: `data-dir: /var/lib/etcd/data2`. */
function directoriesIn(map: KubeObject): Readonly<Record<number, DataDirectory>> {
  const entries = Object.entries(fieldsOf(map["data"])).flatMap(([file, text]) => {
    const ordinal = Number(/-(\d+)\.yaml$/u.exec(file)?.[1]);
    const directory = readDirectory(/"data-dir": ?"[^"]*\/([^"/]+)"/u.exec(String(text))?.[1]);
    return directory === undefined ? [] : [[ordinal, directory] as const];
  });
  return Object.fromEntries(entries);
}

function claimSeen(spec: EtcdSpec, claim: SimulatedClaim): ClaimSeen {
  return {
    ordinal: claim.ordinal,
    name: claimName(spec, claim.ordinal),
    uid: claim.uid,
    ours: true,
    terminating: claim.terminating,
    clusterId: claim.clusterId,
    memberId: claim.memberId,
    version: claim.version,
    restoredFrom: claim.restoredFrom,
    directory: claim.directory,
    replacedBy: claim.replacedBy,
    keepsReplaced: claim.keepsReplaced === true,
    requested: claim.requested,
    requestedBytes: parseQuantity(claim.requested) ?? 0,
    capacityBytes: claim.capacity,
    restartToResize: false,
  };
}
