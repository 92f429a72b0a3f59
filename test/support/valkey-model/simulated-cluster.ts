/**
 * A Valkey cluster on Kubernetes, simulated: StatefulSets, claims and pods that come and go; nodes that gossip, vote and move slots. One `tick` is
 * the least that can happen; what does, and when, the random source decides.
 */
import { describeObject, type KubeObject } from "../../../src/kube/objects.ts";
import { at } from "../fake-kube/json.ts";
import { byPlace, claimName, podName, samePlace, shardOf, type Place } from "../../../src/engines/valkey/names.ts";
import { marksIn } from "../../../src/engines/valkey/resources/claim.ts";
import { clusterIdAnnotation } from "../../../src/engines/valkey/resources/config-map.ts";
import { clientService, disruptionBudget, nodeService } from "../../../src/engines/valkey/resources/services.ts";
import type {
  ClaimSeen,
  NodeSeen,
  PeerSeen,
  RestoredShard,
  ShardSeen,
  ValkeySeen,
} from "../../../src/engines/valkey/seen.ts";
import { statefulSet } from "../../../src/engines/valkey/resources/stateful-set.ts";
import type { Server } from "../../../src/engines/valkey/server.ts";
import { countSlots, lowest, slotCount, union, without, type Slots } from "../../../src/engines/valkey/slots.ts";
import { identityOf, isFilled } from "../../../src/engines/valkey/plan/facts.ts";
import type { ValkeySpec } from "../../../src/engines/valkey/spec.ts";
import type { ValkeyStep } from "../../../src/engines/valkey/plan/rule.ts";
import { isApart, runCommand } from "./simulated-commands.ts";
import { SimulatedNode, type Known } from "./simulated-node.ts";
import type { SimulatedRestore } from "./simulated-restore.ts";

export interface SimulatedPod {
  readonly place: Place;
  readonly uid: string;
  readonly ip: string;
  readonly revision: number;
  /** What its image holds. */
  readonly server: Server;
  up: boolean;
  terminating: boolean;
}

export interface SimulatedClaim {
  readonly place: Place;
  readonly uid: string;
  node: SimulatedNode | undefined;
  nodeId: string | undefined;
  clusterId: string | undefined;
  server: string | undefined;
  restored?: RestoredShard | undefined;
  /** What a restore has put there, until a node starts from it. */
  filled?: Slots | undefined;
  terminating: boolean;
}

interface SimulatedSet {
  readonly uid: string;
  replicas: number;
  revision: number;
  text: string;
  readonly server: Server;
  readonly budget: string | undefined;
}

export interface Migration {
  readonly from: string;
  readonly to: string;
  readonly slots: SimulatedNode["slots"];
}

export class SimulatedCluster {
  readonly sets = new Map<number, SimulatedSet>();
  readonly claims = new Map<string, SimulatedClaim>();
  readonly pods = new Map<string, SimulatedPod>();
  migrations: readonly Migration[] = [];
  clock = 0;
  /** Set where it is made from a backup. */
  restore: SimulatedRestore | undefined;
  #config: { clusterId: string | undefined } | undefined;
  #password = false;
  readonly #applied = new Set<string>();
  #names = 0;
  /** Above those that are given when slots are dealt out. */
  #epoch = 100;
  readonly random: () => number;

  constructor(random: () => number) {
    this.random = random;
  }

  name(prefix: string): string {
    this.#names += 1;
    return `${prefix}${String(this.#names)}`;
  }

  /** Nodes that run, with the address of their pod. */
  running(): readonly { readonly node: SimulatedNode; readonly pod: SimulatedPod }[] {
    return [...this.pods.entries()].flatMap(([name, pod]) => {
      const node = this.claims.get(name)?.node;
      return node === undefined || !pod.up || pod.terminating ? [] : [{ node, pod }];
    });
  }

  nodeOf(id: string | undefined): SimulatedNode | undefined {
    return this.running().find(({ node }) => node.id === id)?.node;
  }

  nodeAt(place: Place): SimulatedNode | undefined {
    return this.running().find(({ node }) => samePlace(node.place, place))?.node;
  }

  /** Higher than any before: a node that wins a vote or takes a slot gets it. */
  nextEpoch(): number {
    this.#epoch += 1;
    return this.#epoch;
  }

  /** Does a step, or, when the run is killed meanwhile, a part of it. */
  act(spec: ValkeySpec, step: ValkeyStep, killed = false): void {
    if (step.kind === "apply") this.#apply(spec, killed ? step.objects.slice(0, -1) : step.objects);
    if (step.kind === "delete") this.#delete(spec, step.target.name, step);
    if (step.kind !== "command") return;
    const { command } = step;
    if (command.name === "makePassword") this.#password = true;
    else if (!isApart(command)) runCommand(this, command, killed);
  }

  #apply(spec: ValkeySpec, objects: readonly KubeObject[]): void {
    for (const object of objects) {
      this.#applied.add(JSON.stringify(object));
      if (object.kind === "ConfigMap") this.#config = { clusterId: object.metadata.annotations?.[clusterIdAnnotation] };
      if (object.kind === "StatefulSet") this.#applySet(spec, object);
      if (object.kind === "PersistentVolumeClaim") this.#mark(object);
      if (object.kind === "Job") this.restore?.apply(object);
    }
  }

  #applySet(spec: ValkeySpec, object: KubeObject): void {
    const shard = shardOf(spec, object.metadata.name) ?? -1;
    const before = this.sets.get(shard);
    const text = templateText(object);
    const revision = (before?.revision ?? 0) + Number(before?.text !== text);
    const replicas = Number(at(object["spec"], "replicas"));
    const names = {
      uid: before?.uid ?? this.name("set"),
      budget: before === undefined ? this.name("budget") : before.budget,
    };
    this.sets.set(shard, { ...names, replicas, revision, text, server: spec.server });
  }

  #mark({ metadata }: KubeObject): void {
    const claim = [...this.claims.values()].find((one) => one.uid === metadata.uid);
    if (claim !== undefined) Object.assign(claim, marksIn(metadata.annotations));
  }

  #delete(spec: ValkeySpec, name: string, { target, uid }: Extract<ValkeyStep, { kind: "delete" }>): void {
    if (target.type.kind === "Job") this.restore?.delete(name);
    if (target.type.kind === "StatefulSet") this.sets.delete(shardOf(spec, name) ?? -1);
    for (const [shard, set] of this.sets) if (set.budget === uid) this.sets.set(shard, { ...set, budget: undefined });
    for (const item of [...this.pods.values(), ...this.claims.values()]) if (item.uid === uid) item.terminating = true;
  }

  /** The least that can happen; `calm`: everything that can. */
  tick(spec: ValkeySpec, calm = false): void {
    const chance = (): boolean => calm || this.random() < 0.6;
    this.restore?.tick(spec, [...this.claims.values()], chance);
    this.#controllers(spec, chance);
    this.converse(chance);
  }

  /** What nodes do by themselves, where something else than this model looks after their pods. */
  converse(chance: () => boolean): void {
    this.clock += 1;
    this.#gossip(chance);
    this.#vote(chance);
    this.#replicate();
    this.#migrate(chance);
  }

  #controllers(spec: ValkeySpec, chance: () => boolean): void {
    for (const [name, pod] of this.pods) {
      const set = this.sets.get(pod.place.shard);
      if (pod.place.ordinal >= (set?.replicas ?? 0)) pod.terminating = true;
      if (pod.terminating && chance()) this.pods.delete(name);
    }
    for (const [name, claim] of this.claims) if (claim.terminating && !this.pods.has(name)) this.claims.delete(name);
    for (const [shard, set] of this.sets)
      for (let ordinal = 0; ordinal < set.replicas; ordinal += 1) this.#ensurePod(spec, { shard, ordinal }, set);
    for (const [name, pod] of this.pods) {
      if (pod.up || !chance()) continue;
      const claim = this.claims.get(name);
      if (claim === undefined) continue;
      claim.node ??= this.#firstStart(pod.place, claim.filled);
      claim.node.start(pod.server);
      claim.node.linked = false;
      pod.up = true;
    }
  }

  /** A node that finds keys of slots that nobody owns owns them (verifyClusterConfigWithData): not all slots have any. */
  #firstStart(place: Place, filled: Slots = []): SimulatedNode {
    const node = new SimulatedNode(this.name("node"), place);
    node.holds = filled;
    node.slots = lowest(filled, Math.floor(this.random() * (countSlots(filled) + 1)));
    return node;
  }

  makeClaim(place: Place): void {
    const name = podName({ name: "demo" }, place);
    const marks = { node: undefined, nodeId: undefined, clusterId: undefined, server: undefined, terminating: false };
    if (!this.claims.has(name)) this.claims.set(name, { place, uid: this.name("claim"), ...marks });
  }

  #ensurePod(spec: ValkeySpec, place: Place, { revision, server }: SimulatedSet): void {
    const name = podName(spec, place);
    if (this.pods.has(name) || this.claims.get(name)?.terminating === true) return;
    this.makeClaim(place);
    const addresses = { uid: this.name("pod"), ip: this.name("ip") };
    this.pods.set(name, { place, ...addresses, revision, server, up: false, terminating: false });
  }

  /** Each calls everybody it knows, at the address it knows. Whoever is called by somebody it does not know says nothing. */
  #gossip(chance: () => boolean): void {
    const running = this.running();
    const byIp = new Map(running.map((one) => [one.pod.ip, one]));
    for (const { node, pod } of running) {
      for (const ip of node.meets) {
        const other = byIp.get(ip);
        if (other === undefined) continue;
        node.hears(other.node.header(ip));
        other.node.hears(node.header(pod.ip));
      }
      node.meets = [];
      for (const peer of node.known.values()) {
        const other = byIp.get(peer.ip);
        if (other?.node.id !== peer.id) node.known.set(peer.id, { ...peer, silent: true });
        else if (other.node.known.has(node.id) && chance()) this.#exchange({ node, pod }, other);
      }
    }
  }

  #exchange(
    a: { readonly node: SimulatedNode; readonly pod: SimulatedPod },
    b: { readonly node: SimulatedNode; readonly pod: SimulatedPod },
  ): void {
    a.node.hears(b.node.header(b.pod.ip));
    b.node.hears(a.node.header(a.pod.ip));
    for (const [from, to] of [
      [a.node, b.node],
      [b.node, a.node],
    ] as const)
      for (const peer of from.known.values()) this.#tell(to, peer);
  }

  /** Who hears of a stranger calls it; who can't reach somebody takes the address at which another can (clusterProcessGossipSection). */
  #tell(to: SimulatedNode, peer: Known): void {
    const banned = (to.banned.get(peer.id) ?? 0) > this.clock;
    const before = to.known.get(peer.id);
    if (peer.id === to.id || peer.silent || banned) return;
    if (before === undefined) to.meets = [...to.meets, peer.ip];
    else if (before.silent) to.known.set(peer.id, { ...before, ip: peer.ip });
  }

  /** A replica takes over from a primary that is down when most primaries live to agree. */
  #vote(chance: () => boolean): void {
    const owners = [...this.claims.values()].flatMap(({ node }) =>
      node !== undefined && node.slots.length > 0 ? [node] : [],
    );
    const live = owners.filter((node) => this.nodeOf(node.id) !== undefined);
    for (const { node } of this.running()) {
      if (node.role !== "replica" || node.primaryId === undefined) continue;
      const primary = node.known.get(node.primaryId);
      const down = this.nodeOf(node.primaryId) === undefined && primary !== undefined && primary.slots.length > 0;
      const majority = live.length * 2 > this.#ownersKnownTo(node);
      // One that has never had all of it does not stand for election.
      const whole = primary !== undefined && countSlots(without(primary.slots, node.holds)) === 0;
      if (down && majority && whole && !this.#isTaken(primary.slots) && chance())
        node.lead(primary.slots, this.nextEpoch());
    }
  }

  /** Another was elected: votes are given once. */
  #isTaken(slots: SimulatedNode["slots"]): boolean {
    return this.running().some(({ node }) => countSlots(without(slots, node.slots)) < countSlots(slots));
  }

  #ownersKnownTo(node: SimulatedNode): number {
    return [...node.known.values()].filter((peer) => peer.slots.length > 0).length;
  }

  #replicate(): void {
    for (const { node } of this.running()) {
      const primary = node.role === "replica" ? this.nodeOf(node.primaryId) : undefined;
      node.linked = primary?.role === "primary" && node.known.has(primary.id) && node.reads(primary);
      if (node.linked && primary !== undefined) node.holds = primary.holds;
    }
  }

  /** A change of slots is told to replicas with the data (Valkey 8: "CLUSTER SETSLOT" is replicated before it counts). */
  tellReplicas(): void {
    this.#replicate();
    for (const { node, pod } of this.running())
      for (const replica of this.running())
        if (replica.node.linked && replica.node.primaryId === node.id) replica.node.hears(node.header(pod.ip));
  }

  /** In one moment, or not at all. */
  #migrate(chance: () => boolean): void {
    for (const { from, to, slots } of this.migrations) {
      const [source, target] = [this.nodeOf(from), this.nodeOf(to)];
      if (source?.role !== "primary" || target?.role !== "primary") continue;
      if (!chance()) return;
      source.give(slots);
      target.take(slots, this.nextEpoch());
      this.tellReplicas();
    }
    this.migrations = [];
  }

  seen(spec: ValkeySpec): ValkeySeen {
    const wished = [
      nodeService(spec),
      clientService(spec),
      ...Array.from({ length: spec.shards }, (_, shard) => disruptionBudget(spec, shard)),
    ];
    return {
      shards: [...this.sets.keys()].toSorted((a, b) => a - b).flatMap((shard) => this.#shardSeen(spec, shard)),
      config: this.#config === undefined ? undefined : { ...this.#config, current: true },
      pods: [...this.pods.entries()].map(([name, pod]) => ({
        ...pod,
        name,
        running: pod.up && !pod.terminating,
        ready: pod.up && !pod.terminating,
        outdated: (this.sets.get(pod.place.shard)?.revision ?? pod.revision) !== pod.revision,
        waiting: undefined,
      })),
      claims: [...this.claims.values()].map((claim) => this.#claimSeen(spec, claim)).toSorted(byPlace),
      drifted: wished.filter((object) => !this.#applied.has(JSON.stringify(object))).map(describeObject),
      foreign: [],
      hasPassword: this.#password,
      certificate: undefined,
      certificateProblems: [],
      nodes: this.running()
        .map(({ node, pod }) => this.#nodeSeen(node, pod))
        .toSorted(byPlace),
      expandable: undefined,
      ...this.#seed(spec),
    };
  }

  #seed(spec: ValkeySpec): Pick<ValkeySeen, "seed"> {
    const claims = [...this.claims.values()].map((claim) => this.#claimSeen(spec, claim));
    const formed =
      identityOf(spec, { config: this.#config && { ...this.#config, current: true }, claims }) !== undefined;
    return this.restore === undefined || formed || isFilled(spec, { claims }) ? {} : { seed: this.restore.seen(spec) };
  }

  #shardSeen(spec: ValkeySpec, shard: number): readonly ShardSeen[] {
    const set = this.sets.get(shard);
    if (set === undefined) return [];
    const { uid, replicas, budget } = set;
    const current = set.text === templateText(statefulSet(spec, { shard, replicas }));
    return [{ shard, uid, replicas, current, observed: true, claimSize: "10Gi", budgetUid: budget }];
  }

  #claimSeen(spec: ValkeySpec, claim: SimulatedClaim): ClaimSeen {
    const { place, uid, nodeId, clusterId, server, restored, terminating } = claim;
    const bytes = spec.storage.bytes;
    const volume = { requested: "10Gi", requestedBytes: bytes, capacityBytes: bytes, restartToResize: false };
    const marks = { nodeId, clusterId, server, restored };
    return { place, name: claimName(spec, place), uid, ours: true, ...marks, terminating, ...volume };
  }

  #nodeSeen(node: SimulatedNode, pod: SimulatedPod): NodeSeen {
    const owned = union(node.slots, ...[...node.known.values()].map((peer) => peer.slots));
    return {
      place: node.place,
      ip: pod.ip,
      id: node.id,
      server: pod.server,
      role: node.role,
      primaryId: node.primaryId,
      linked: node.linked,
      offset: countSlots(node.holds),
      loading: false,
      keys: countSlots(node.holds),
      usedBytes: 0,
      maxBytes: 0,
      slots: node.slots,
      open: node.open,
      migrating: this.migrations.filter(({ from, to }) => [from, to].includes(node.id)).length,
      migrationFailed: undefined,
      clusterOk: countSlots(owned) === slotCount,
      peers: [...node.known.values()].map(asPeer).concat(node.meets.map(shakingHands)),
    };
  }
}

function templateText(set: KubeObject): string {
  return JSON.stringify(at(set["spec"], "template"));
}

function asPeer({ id, ip, place, role, primaryId, slots, silent, epoch }: Known): PeerSeen {
  return { id, ip, place, role, primaryId, slots, epoch, state: silent ? "suspected" : "well" };
}

function shakingHands(ip: string): PeerSeen {
  return {
    id: ip,
    ip,
    place: undefined,
    role: "primary",
    primaryId: undefined,
    state: "handshake",
    slots: [],
    epoch: 0,
  };
}
