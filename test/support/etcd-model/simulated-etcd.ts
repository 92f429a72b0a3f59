/**
 * etcd itself, simulated: members with ids, one raft log, quorum, learners, alarms, and what each process says when it can't start.
 * It knows nothing of Kubernetes: whoever runs it starts and stops processes, and owns the disks. It keeps a list of what must never
 * happen and happened: `violations`.
 */
import type { Mode } from "../../../src/engines/etcd/config-mode.ts";
import { firstDirectory, type DataDirectory } from "../../../src/engines/etcd/data-directory.ts";
import type { Minor } from "../../../src/engines/etcd/versions.ts";
import { dataAt, restoredOn, write, type Disk, type MemberData, type Place } from "./member-data.ts";
import { farApart, SimulatedVersions, startsAt } from "./simulated-versions.ts";

/** How a process is started: what it is told to do on an empty disk, and which etcd it is. */
export interface Beginning {
  readonly mode: Mode;
  readonly version: string;
  /** Default the first. */
  readonly directory?: DataDirectory;
}

export interface SimulatedMember {
  readonly id: string;
  readonly ordinal: number;
  readonly started: boolean;
  readonly learner: boolean;
}

export type Started =
  { readonly running: true } | { readonly running: false; readonly code: number; readonly message: string };
export type Answer = { readonly ok: true } | { readonly ok: false; readonly error: string };

interface Process {
  readonly memberId: string;
  readonly version: string;
  readonly place: Place;
}

export interface SimulatedAlarm {
  readonly memberId: string;
  readonly type: "NOSPACE" | "CORRUPT";
}

const done: Answer = { ok: true };
const refuse = (error: string): Answer => ({ ok: false, error });
const ended = (message: string, code = 1): Started => ({ running: false, code, message });
const quorum = (voters: number): number => Math.floor(voters / 2) + 1;

export class SimulatedEtcd {
  /** How often a cluster was made anew of a backup. */
  #generation = 0;
  readonly violations: string[] = [];
  readonly versions = new SimulatedVersions();
  members: readonly SimulatedMember[] = [];
  alarms: readonly SimulatedAlarm[] = [];
  leaderId = "0";
  /** The last entry that is committed, and the last that a client was told of. */
  index = 1;
  acknowledged = 0;
  revision = 1;
  compactRevision = 0;
  /** Whether the record that the cluster has formed was once complete: from then on a start as new is a violation. */
  formed = false;
  /** Ordinals whose file is mostly free inside. */
  readonly fragmented = new Set<number>();
  /** Ordinals cut off from all others, and from whoever asks. */
  readonly partitioned = new Set<number>();
  readonly #processes = new Map<number, Process>();
  readonly #places = new Map<string, Place>();
  readonly #removedIds = new Set<string>();
  #ids = 0;

  get clusterId(): string {
    return `cdf818194e3a8c3${String(2 + this.#generation)}`;
  }

  get voters(): readonly SimulatedMember[] {
    return this.members.filter((member) => !member.learner);
  }

  /** Starts a process on `disk`. */
  start(ordinal: number, disk: Disk, how: Beginning): Started {
    const place: Place = { disk, directory: how.directory ?? firstDirectory };
    const restored = restoredOn(place);
    if (dataAt(place) === undefined && restored !== undefined) this.#restore(ordinal, place, restored);
    const data = dataAt(place);
    const told = this.leaderId === "0" || this.partitioned.has(ordinal) ? undefined : this.versions.cluster;
    if (!startsAt(how.version, data?.cluster) || !startsAt(how.version, told))
      return ended("invalid downgrade; server version is lower than determined cluster version");
    if (data?.old === true && how.version.startsWith("3.7.")) {
      this.violations.push(`member ${String(ordinal)} started 3.7 over a log of 3.5`);
      return ended("panic: unmarshal should never fail (proto: cannot parse invalid wire-format data)");
    }
    if (data === undefined)
      return how.mode.state === "new" ? this.#bootstrap(ordinal, place, how) : this.#join(ordinal, place, how);
    if (data.corrupt) return ended('panic: failed to open database {"error": "invalid database"}');
    if (data.torn === true)
      return ended("tocommit(8) is out of range [lastIndex(0)]. Was the raft log corrupted, truncated, or lost?");
    if (data.clusterId !== this.clusterId) this.violations.push(`member ${String(ordinal)} started on replaced data`);
    const member = this.members.find(({ id }) => id === data.id);
    if (member === undefined && this.members.length > 0) return this.#removed(ordinal);
    return this.#run(ordinal, place, { id: data.id, version: how.version });
  }

  /** A cluster of one, with the keys of the snapshot and ids that nobody had before. */
  #restore(ordinal: number, place: Place, snapshot: string): void {
    if (this.#processes.size > 0) this.violations.push("a restored member started beside others");
    const member = { id: this.#newId(), ordinal, started: true, learner: false };
    this.#generation += 1;
    this.formed = false;
    this.alarms = [];
    this.leaderId = "0";
    [this.index, this.acknowledged, this.compactRevision] = [1, 0, 0];
    this.revision = Number(/revision (\d+)/u.exec(snapshot)?.[1] ?? 0);
    this.members = [member];
    this.versions.forget();
    write(place, { id: member.id, clusterId: this.clusterId, index: 1, corrupt: false });
  }

  /** The process of this ordinal ends, whatever ended it. */
  stop(ordinal: number): void {
    this.#processes.delete(ordinal);
    this.elect();
  }

  isRunning(ordinal: number): boolean {
    return this.#processes.has(ordinal);
  }

  /** Whether the process has been told that its member was removed: it ends. */
  isDismissed(ordinal: number): boolean {
    const process = this.#processes.get(ordinal);
    return (
      process !== undefined &&
      !this.partitioned.has(ordinal) &&
      this.members.length > 0 &&
      !this.members.some(({ id }) => id === process.memberId)
    );
  }

  /** Whether clients of this member are served: it answers and a quorum is there. */
  isServing(ordinal: number): boolean {
    return (
      this.#reachable(ordinal) &&
      this.leaderId !== "0" &&
      this.members.some((member) => member.ordinal === ordinal && member.started)
    );
  }

  memberIdAt(ordinal: number): string | undefined {
    return this.#processes.get(ordinal)?.memberId;
  }

  versionAt(ordinal: number): string {
    return this.#processes.get(ordinal)?.version ?? "";
  }

  /** Of its data; undefined before 3.6. */
  storageAt(ordinal: number): Minor | undefined {
    const process = this.#processes.get(ordinal);
    if (process === undefined || process.version.startsWith("3.5.")) return undefined;
    return dataAt(process.place)?.cluster;
  }

  /** The leader looks round, as it does every four seconds: a new version of the cluster is in every member's log then. */
  settleVersions(): void {
    if (this.leaderId === "0") return;
    const running = this.members.map(({ id, ordinal }) =>
      this.#reachable(ordinal) && this.memberIdAt(ordinal) === id ? this.versionAt(ordinal) : undefined,
    );
    const before = this.versions.cluster;
    this.versions.settle(running);
    if (before !== undefined && this.versions.cluster !== before && this.versions.downgrade !== undefined)
      for (const { id } of this.members) this.#mark(id, false);
    for (const { id } of this.healthyVoters()) this.#tellVersion(id);
    for (const { id, learner } of this.members) if (learner) this.#tellVersion(id);
  }

  #mark(id: string, old: boolean): void {
    const data = this.#dataOf(id);
    if (data !== undefined) write(this.#places.get(id), { ...data, old });
  }

  #tellVersion(id: string): void {
    const data = this.#dataOf(id);
    const { cluster } = this.versions;
    if (data === undefined || cluster === undefined || data.cluster === cluster) return;
    write(this.#places.get(id), { ...data, cluster });
  }

  /** Answers whoever asks it for its own view. */
  #reachable(ordinal: number): boolean {
    return this.#processes.has(ordinal) && !this.partitioned.has(ordinal);
  }

  answers(ordinal: number): boolean {
    return this.#reachable(ordinal);
  }

  appliedAt(ordinal: number): number {
    const process = this.#processes.get(ordinal);
    return (process && dataAt(process.place)?.index) ?? 0;
  }

  /** Whether a quorum of the voters run, with their own data, and reach each other. */
  hasQuorum(): boolean {
    return this.voters.length > 0 && this.healthyVoters().length >= quorum(this.voters.length);
  }

  healthyVoters(): readonly SimulatedMember[] {
    return this.voters.filter(
      ({ id, ordinal }) => this.#reachable(ordinal) && this.#processes.get(ordinal)?.memberId === id,
    );
  }

  /** Voters whose data is on a disk that is still there, in sync or not. */
  votersWithData(): readonly SimulatedMember[] {
    return this.voters.filter(({ id }) => this.#dataOf(id) !== undefined);
  }

  /** Time passes: leaders are elected, running voters are sent what they lack, members tell the others their names. */
  elect(): void {
    if (!this.hasQuorum()) {
      this.leaderId = "0";
      return;
    }
    const healthy = this.healthyVoters();
    const current = healthy.some(({ id }) => id === this.leaderId);
    const best = healthy.toSorted((a, b) => (this.#dataOf(b.id)?.index ?? 0) - (this.#dataOf(a.id)?.index ?? 0))[0];
    if (!current && best !== undefined) this.#lead(best);
    for (const { id } of healthy) this.#catchUp(id);
    if (this.versions.cluster === undefined) this.settleVersions();
    this.members = this.members.map((member) => {
      const started =
        member.started || (this.#reachable(member.ordinal) && this.memberIdAt(member.ordinal) === member.id);
      return started === member.started ? member : { ...member, started };
    });
  }

  /** A new leader knows what its own log holds: entries that only others had are gone. */
  #lead(member: SimulatedMember): void {
    const own = this.#dataOf(member.id)?.index ?? 0;
    if (own < this.acknowledged) this.violations.push(`${member.id} leads without acknowledged writes`);
    this.index = Math.max(own, 1);
    this.leaderId = member.id;
  }

  /** A learner is sent the whole database: it takes time. */
  syncLearners(): void {
    if (this.leaderId === "0") return;
    for (const member of this.members)
      if (member.learner && this.#reachable(member.ordinal) && this.memberIdAt(member.ordinal) === member.id)
        this.#catchUp(member.id);
  }

  /** A client writes: true when it was told so. */
  write(): boolean {
    if (this.leaderId === "0" || !this.hasQuorum() || this.alarms.length > 0) return false;
    this.#commit();
    this.revision += 1;
    this.acknowledged = this.index;
    return true;
  }

  #commit(): void {
    this.index += 1;
    for (const { id } of this.healthyVoters()) this.#catchUp(id);
    // A learner that has once been sent everything keeps up from then on.
    for (const { id, learner } of this.members) if (learner && (this.#dataOf(id)?.index ?? 0) > 0) this.#catchUp(id);
  }

  #catchUp(id: string): void {
    const data = this.#dataOf(id);
    if (data !== undefined && data.index !== this.index)
      write(this.#places.get(id), { ...data, index: this.index, ...this.#clusterVersion() });
  }

  #clusterVersion(): Pick<MemberData, "cluster"> {
    const { cluster } = this.versions;
    return cluster === undefined ? {} : { cluster };
  }

  #dataOf(id: string): MemberData | undefined {
    const data = dataAt(this.#places.get(id));
    return data?.id === id && !data.corrupt && data.torn !== true ? data : undefined;
  }

  add(ordinal: number): Answer {
    const obstacle = this.#changeObstacle();
    if (obstacle !== undefined) return obstacle;
    if (this.members.some((member) => member.ordinal === ordinal))
      return refuse("etcdserver: Peer URLs already exists");
    if (this.members.some((member) => member.learner)) return refuse("etcdserver: too many learner members in cluster");
    if (this.members.some((member) => !member.started))
      this.violations.push("a member was added while another had not started");
    this.members = [...this.members, { id: this.#newId(), ordinal, started: false, learner: true }];
    this.#commit();
    return done;
  }

  promote(id: string): Answer {
    const obstacle = this.#changeObstacle();
    if (obstacle !== undefined) return obstacle;
    const member = this.members.find((one) => one.id === id);
    if (member === undefined) return refuse("etcdserver: member not found");
    if (!member.learner) return refuse("etcdserver: can only promote a learner member");
    if (this.#dataOf(id)?.index !== this.index || !this.#reachable(member.ordinal))
      return refuse("etcdserver: can only promote a learner member which is in sync with leader");
    this.members = this.members.map((one) => (one.id === id ? { ...one, learner: false, started: true } : one));
    this.#commit();
    return done;
  }

  remove(id: string): Answer {
    const obstacle = this.#changeObstacle();
    if (obstacle !== undefined) return obstacle;
    const member = this.members.find((one) => one.id === id);
    if (member === undefined) return refuse("etcdserver: member not found");
    const remaining = this.healthyVoters().filter((one) => one.id !== id).length;
    const needed = quorum(this.voters.filter((one) => one.id !== id).length);
    if (!member.learner && remaining < needed)
      return refuse("etcdserver: re-configuration failed due to not enough started members");
    this.members = this.members.filter((one) => one.id !== id);
    this.#removedIds.add(id);
    this.#commit();
    if (this.leaderId === id) this.leaderId = "0";
    this.elect();
    return done;
  }

  moveLeader(via: number, to: string): Answer {
    if (this.leaderId === "0" || this.memberIdAt(via) !== this.leaderId)
      return refuse("no leader endpoint found at given endpoints");
    const heir = this.healthyVoters().find(({ id }) => id === to);
    if (heir === undefined) return refuse("etcdserver: bad leader transferee");
    this.#catchUp(to);
    this.#lead(heir);
    return done;
  }

  compact(revision: number): Answer {
    if (!this.hasQuorum()) return refuse("context deadline exceeded");
    if (revision <= this.compactRevision) return refuse("etcdserver: mvcc: required revision has been compacted");
    this.compactRevision = revision;
    return done;
  }

  /** Makes the member's file anew. It answers nobody meanwhile, which here takes no time. */
  defragment(via: number): Answer {
    this.fragmented.delete(via);
    return done;
  }

  enableDowngrade(via: number, minor: string): Answer {
    return this.hasQuorum() ? this.versions.enable(minor, this.versionAt(via)) : refuse("context deadline exceeded");
  }

  cancelDowngrade(via: number): Answer {
    return this.hasQuorum() ? this.versions.cancel(this.versionAt(via)) : refuse("context deadline exceeded");
  }

  disarm(): Answer {
    if (!this.hasQuorum()) return refuse("context deadline exceeded");
    this.alarms = [];
    return done;
  }

  /** Whether acknowledged writes can't be lost any more: no quorum of members that could vote lacks them. */
  checkDurability(): void {
    const lacking = this.votersWithData().filter(({ id }) => (this.#dataOf(id)?.index ?? 0) < this.acknowledged);
    if (this.voters.length > 0 && lacking.length >= quorum(this.voters.length))
      this.violations.push(
        `a quorum without acknowledged writes is possible: ${lacking.map(({ id }) => id).join(", ")}`,
      );
  }

  #changeObstacle(): Answer | undefined {
    return this.hasQuorum() && this.leaderId !== "0" ? undefined : refuse("context deadline exceeded");
  }

  /** Ids follow from peer URL and token: the same ordinal always gets the same. */
  #bootstrap(ordinal: number, place: Place, { mode, version }: Beginning): Started {
    const id = uint64(0xb0 + ordinal);
    if (this.members.length === 0)
      this.members = mode.ordinals.map((one) => ({
        id: uint64(0xb0 + one),
        ordinal: one,
        started: false,
        learner: false,
      }));
    const member = this.members.find((one) => one.id === id);
    const others = [...this.#processes.keys()].filter((one) => one !== ordinal && this.#reachable(one));
    // Members never forget an id that was removed, and turn it away.
    if (this.#removedIds.has(id)) return this.#removed(ordinal);
    if (member === undefined && this.formed)
      this.violations.push(`member ${String(ordinal)} started a cluster of its own`);
    if (member?.started === true && others.length > 0) return ended(`member ${id} has already been bootstrapped`);
    if (member?.started === true) this.#resurrected(ordinal);
    if (this.formed) this.violations.push(`member ${String(ordinal)} started as new in a formed cluster`);
    write(place, { id, clusterId: this.clusterId, index: 0, corrupt: false });
    return this.#run(ordinal, place, { id, version });
  }

  #join(ordinal: number, place: Place, how: Beginning): Started {
    const { mode, version } = how;
    const peers = mode.ordinals.filter((one) => one !== ordinal && this.#reachable(one));
    if (peers.length === 0 || this.partitioned.has(ordinal))
      return ended(
        "cannot fetch cluster info from peer urls: could not retrieve cluster information from the given URLs",
      );
    const listed = mode.ordinals.toSorted((a, b) => a - b).join();
    if (
      this.members
        .map((member) => member.ordinal)
        .toSorted((a, b) => a - b)
        .join() !== listed
    )
      return ended("error validating peerURLs: member count is unequal");
    const member = this.members.find((one) => one.ordinal === ordinal);
    if (member === undefined) return ended("error validating peerURLs: unmatched member while checking PeerURLs");
    const torn = member.started;
    if (torn && !member.learner) this.#resurrected(ordinal);
    write(place, { id: member.id, clusterId: this.clusterId, index: 0, corrupt: false, torn });
    return torn ? this.start(ordinal, place.disk, how) : this.#run(ordinal, place, { id: member.id, version });
  }

  #resurrected(ordinal: number): void {
    if (this.formed) this.violations.push(`member ${String(ordinal)} came back with an empty disk under its old id`);
  }

  /** etcd often ends with 0 here, of which no log is kept. */
  #removed(ordinal: number): Started {
    return ordinal % 2 === 0 ? ended("the member has been permanently removed from the cluster") : ended("", 0);
  }

  #run(ordinal: number, place: Place, { id, version }: { readonly id: string; readonly version: string }): Started {
    this.#places.set(id, place);
    this.#processes.set(ordinal, { memberId: id, version, place });
    // It tells the others its name, in words that 3.7 has forgotten.
    if (version.startsWith("3.5.")) for (const one of this.members) this.#mark(one.id, true);
    const versions = [...this.#processes.values()].map((process) => process.version);
    if (farApart(versions)) this.violations.push(`versions further apart than one minor: ${versions.join(", ")}`);
    this.elect();
    return { running: true };
  }

  #newId(): string {
    this.#ids += 1;
    return uint64(0xf00 + this.#ids);
  }
}

/** An id as long as etcd's: more than a JavaScript number can hold. */
const uint64 = (number: number): string => `c0ffee${number.toString(16).padStart(10, "0")}`;
