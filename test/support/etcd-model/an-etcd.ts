/** Situations to plan from: `anEtcd().withMembers(3).replicas(5)`. Each call returns a new builder and changes nothing else. */
import type { Consent, Plan } from "../../../src/plan/step.ts";
import type { Rotation, Verb } from "../../../src/engines/engine.ts";
import { modeText, sealed } from "../../../src/engines/etcd/config-mode.ts";
import type { EtcdCommand } from "../../../src/engines/etcd/commands.ts";
import { claimName, memberName, peerUrl } from "../../../src/engines/etcd/names.ts";
import { planEtcd } from "../../../src/engines/etcd/plan/index.ts";
import {
  unmanaged,
  type Alarm,
  type CertificatesSeen,
  type ClaimSeen,
  type ConfigSeen,
  type EndpointSeen,
  type EtcdSeen,
  type MemberSeen,
  type PodSeen,
  type StatefulSetSeen,
} from "../../../src/engines/etcd/seen.ts";
import type { EtcdSpec } from "../../../src/engines/etcd/spec.ts";
import { minorOf } from "../../../src/engines/etcd/versions.ts";
import { planHash } from "../../../src/plan/plan-hash.ts";

export const now = new Date("2026-01-01T00:00:00Z");
const gibibyte = 1024 ** 3;

/** The wish for three members of 10Gi that has not been looked at yet. */
export function aSpec(changes: Partial<EtcdSpec> = {}): EtcdSpec {
  return {
    name: "demo",
    namespace: "shop",
    uid: "7d1f",
    identity: undefined,
    version: "3.6.16",
    recordedVersion: undefined,
    minor: "3.6",
    replicas: 3,
    storage: { size: "10Gi", bytes: 10 * gibibyte, className: undefined },
    image: "gcr.io/etcd-development/etcd:v3.6.16",
    resources: { cpu: "50m", memoryRequest: "128Mi", memoryLimit: "512Mi" },
    tls: { mode: "managed" },
    config: {},
    scheduling: { antiAffinity: "preferred", topologyKey: "kubernetes.io/hostname" },
    trust: "1",
    directories: {},
    ...changes,
  };
}

/** Nothing is there: neither objects nor certificates. */
const nothing: EtcdSeen = {
  statefulSet: undefined,
  config: undefined,
  pods: [],
  claims: [],
  drifted: ["service/demo-members", "service/demo", "poddisruptionbudget.policy/demo"],
  foreign: [],
  certificates: { missing: ["server", "peer", "client"], expiry: [], problems: [], ...unmanaged },
  membership: { known: false, why: "no member is running" },
  endpoints: [],
  compactRevision: undefined,
  backups: "not-asked",
  expandable: undefined,
};

/** The cluster id and member ids of situations made here. */
const clusterId = "c1";
export const memberId = (ordinal: number): string => `a${String(ordinal)}`;

function aMember(spec: EtcdSpec, ordinal: number, changes: Partial<MemberSeen> = {}): MemberSeen {
  return {
    id: memberId(ordinal),
    ordinal,
    peerUrl: peerUrl(spec, ordinal),
    started: true,
    learner: false,
    ...changes,
  };
}

function aPod(spec: EtcdSpec, ordinal: number, changes: Partial<PodSeen> = {}): PodSeen {
  return {
    ordinal,
    name: memberName(spec, ordinal),
    uid: `pod-${String(ordinal)}`,
    terminating: false,
    running: true,
    ready: true,
    outdated: false,
    crash: undefined,
    waiting: undefined,
    ...changes,
  };
}

export function aClaim(spec: EtcdSpec, ordinal: number, changes: Partial<ClaimSeen> = {}): ClaimSeen {
  return {
    ordinal,
    name: claimName(spec, ordinal),
    uid: `claim-${String(ordinal)}`,
    ours: true,
    terminating: false,
    clusterId,
    memberId: memberId(ordinal),
    version: "3.6.16",
    requested: spec.storage.size,
    requestedBytes: spec.storage.bytes,
    capacityBytes: spec.storage.bytes,
    restartToResize: false,
    ...changes,
  };
}

function anEndpoint(ordinal: number, changes: Partial<EndpointSeen> = {}): EndpointSeen {
  return {
    ordinal,
    memberId: memberId(ordinal),
    clusterId,
    leaderId: memberId(0),
    revision: 21,
    raftIndex: 31,
    appliedIndex: 31,
    dbSize: 24576,
    dbSizeInUse: 24576,
    version: "3.6.16",
    storageVersion: "3.6.0",
    downgradeTo: undefined,
    hash: undefined,
    alarms: [],
    ...changes,
  };
}

const aSet: StatefulSetSeen = {
  uid: "set-1",
  replicas: 0,
  current: true,
  observed: true,
  claimSize: "10Gi",
  version: "3.6.16",
  image: "gcr.io/etcd-development/etcd:v3.6.16",
};

interface Given {
  readonly spec: EtcdSpec;
  readonly seen: EtcdSeen;
  readonly consents: ReadonlySet<Consent>;
  readonly verb: Verb;
  readonly begun: boolean;
  readonly rotate?: Rotation;
}

/** A fresh claim: bound, and nobody's data recorded in it. */
export const fresh = { clusterId: undefined, memberId: undefined, version: undefined } as const;

/** What is true of a pod whose container keeps ending. */
export const crashed = (
  termination: "empty-data-dir" | "removed-member" | "corrupt" | "config-rejected" | "other",
): Partial<PodSeen> => ({
  running: false,
  ready: false,
  crash: { termination, message: `it said: ${termination}` },
});

export class EtcdBuilder {
  readonly given: Given;

  constructor(given: Given) {
    this.given = given;
  }

  /** A formed cluster of `count` members that is as wished: the first leads. */
  withMembers(count: number): EtcdBuilder {
    const spec: EtcdSpec = { ...this.given.spec, replicas: count, identity: clusterId, recordedVersion: "3.6.16" };
    const all = Array.from({ length: count }, (_, ordinal) => ordinal);
    return this.#with({ spec }).seen({
      statefulSet: { ...aSet, replicas: count, claimSize: spec.storage.size },
      config: {
        clusterId,
        modes: Object.fromEntries(all.map((ordinal) => [ordinal, sealed(ordinal)])),
        restarts: {},
        version: "3.6.16",
        current: true,
      },
      pods: all.map((ordinal) => aPod(spec, ordinal)),
      claims: all.map((ordinal) => aClaim(spec, ordinal)),
      drifted: [],
      certificates: { missing: [], expiry: [], problems: [], ...unmanaged },
      membership: { known: true, clusterId, members: all.map((ordinal) => aMember(spec, ordinal)) },
      endpoints: all.map((ordinal) => anEndpoint(ordinal)),
    });
  }

  /** The wish changes; what is there does not. */
  replicas(count: number): EtcdBuilder {
    return this.spec({ replicas: count });
  }

  spec(changes: Partial<EtcdSpec>): EtcdBuilder {
    return this.#with({ spec: { ...this.given.spec, ...changes } });
  }

  /** Another version is asked for. */
  version(version: string): EtcdBuilder {
    const minor = minorOf(version) ?? "3.6";
    return this.spec({ version, minor, image: `gcr.io/etcd-development/etcd:v${version}` });
  }

  storage(size: string, bytes: number): EtcdBuilder {
    return this.spec({ storage: { ...this.given.spec.storage, size, bytes } });
  }

  verb(verb: Verb): EtcdBuilder {
    return this.#with({ verb });
  }

  /** A `rotate` is in flight; without an id it is about to begin. */
  rotate(of: Rotation["of"], id?: string): EtcdBuilder {
    return this.#with({ verb: "rotate", rotate: { of, id } });
  }

  certificates(changes: Partial<CertificatesSeen>): EtcdBuilder {
    return this.seen({ certificates: { ...this.given.seen.certificates, ...changes } });
  }

  consent(consent: Consent): EtcdBuilder {
    return this.#with({ consents: new Set([consent]) });
  }

  seen(changes: Partial<EtcdSeen>): EtcdBuilder {
    return this.#with({ seen: { ...this.given.seen, ...changes } });
  }

  set(changes: Partial<StatefulSetSeen>): EtcdBuilder {
    const before = this.given.seen.statefulSet ?? aSet;
    return this.seen({ statefulSet: { ...before, ...changes } });
  }

  config(changes: Partial<ConfigSeen>): EtcdBuilder {
    const nothing = { clusterId: undefined, modes: {}, restarts: {}, version: undefined, current: true };
    const before = this.given.seen.config ?? nothing;
    return this.seen({ config: { ...before, ...changes } });
  }

  /** Adds a member, or changes the one of that ordinal. */
  member(ordinal: number, changes: Partial<MemberSeen> = {}): EtcdBuilder {
    const { membership } = this.given.seen;
    const known = membership.known ? membership.members : [];
    const before = known.find((one) => one.ordinal === ordinal) ?? aMember(this.given.spec, ordinal);
    const others = known.filter((one) => one.ordinal !== ordinal);
    return this.seen({ membership: { known: true, clusterId, members: [...others, { ...before, ...changes }] } });
  }

  withoutMember(ordinal: number): EtcdBuilder {
    const { membership } = this.given.seen;
    const members = membership.known ? membership.members.filter((one) => one.ordinal !== ordinal) : [];
    return this.seen({ membership: { known: true, clusterId, members } }).silent(ordinal);
  }

  pod(ordinal: number, changes: Partial<PodSeen> = {}): EtcdBuilder {
    const before = this.given.seen.pods.find((one) => one.ordinal === ordinal) ?? aPod(this.given.spec, ordinal);
    return this.seen({ pods: replaced(this.given.seen.pods, { ...before, ...changes }) });
  }

  withoutPod(ordinal: number): EtcdBuilder {
    return this.seen({ pods: this.given.seen.pods.filter((one) => one.ordinal !== ordinal) }).silent(ordinal);
  }

  claim(ordinal: number, changes: Partial<ClaimSeen> = {}): EtcdBuilder {
    const before = this.given.seen.claims.find((one) => one.ordinal === ordinal) ?? aClaim(this.given.spec, ordinal);
    return this.seen({ claims: replaced(this.given.seen.claims, { ...before, ...changes }) });
  }

  withoutClaim(ordinal: number): EtcdBuilder {
    return this.seen({ claims: this.given.seen.claims.filter((one) => one.ordinal !== ordinal) });
  }

  endpoint(ordinal: number, changes: Partial<EndpointSeen> = {}): EtcdBuilder {
    const before = this.given.seen.endpoints.find((one) => one.ordinal === ordinal) ?? anEndpoint(ordinal);
    return this.seen({ endpoints: replaced(this.given.seen.endpoints, { ...before, ...changes }) });
  }

  /** Its member does not answer. */
  silent(...ordinals: readonly number[]): EtcdBuilder {
    return this.seen({ endpoints: this.given.seen.endpoints.filter((one) => !ordinals.includes(one.ordinal)) });
  }

  leader(ordinal: number): EtcdBuilder {
    const endpoints = this.given.seen.endpoints.map((one) => ({ ...one, leaderId: memberId(ordinal) }));
    return this.seen({ endpoints });
  }

  /** As many as the StatefulSet runs have started and answer, and the first leads. */
  formed(): EtcdBuilder {
    const { spec, seen } = this.given;
    const all = Array.from({ length: seen.statefulSet?.replicas ?? 0 }, (_, ordinal) => ordinal);
    return this.seen({
      pods: all.map((ordinal) => aPod(spec, ordinal)),
      membership: { known: true, clusterId, members: all.map((ordinal) => aMember(spec, ordinal)) },
      endpoints: all.map((ordinal) => anEndpoint(ordinal)),
    });
  }

  /** One more member than before was added, its configuration is there and its pod is starting. */
  joining(ordinal: number): EtcdBuilder {
    const list = Array.from({ length: ordinal + 1 }, (_, one) => one);
    const modes = { ...this.given.seen.config?.modes, [ordinal]: modeText({ state: "existing", ordinals: list }) };
    return this.replicas(ordinal + 1)
      .member(ordinal, { started: false, learner: true })
      .set({ replicas: ordinal + 1 })
      .config({ modes })
      .pod(ordinal, { ready: false })
      .claim(ordinal, fresh);
  }

  /** The volumes of these members have grown to what their claims ask for. */
  growth(...ordinals: readonly number[]): EtcdBuilder {
    const claims = this.given.seen.claims.map((one) =>
      ordinals.includes(one.ordinal) ? { ...one, capacityBytes: one.requestedBytes } : one,
    );
    return this.seen({ claims });
  }

  /** Every member that answers tells of these alarms. */
  alarms(...alarms: readonly Alarm[]): EtcdBuilder {
    return this.seen({ endpoints: this.given.seen.endpoints.map((one) => ({ ...one, alarms })) });
  }

  /** Members `down` are silent and so no quorum answers. */
  noQuorum(...down: readonly number[]): EtcdBuilder {
    const quiet = this.silent(...down);
    const endpoints = quiet.given.seen.endpoints.map((one) => ({ ...one, leaderId: "0" }));
    return quiet.seen({ endpoints, membership: { known: false, why: "demo-0: context deadline exceeded" } });
  }

  plan(): Plan<EtcdCommand> {
    return planEtcd({ ...this.given, now });
  }

  /** The ids of the planned steps, or what stands in the way: `blocked: data-lost`. */
  outline(): readonly string[] {
    const plan = this.plan();
    if (plan.outcome === "act") return plan.steps.map((step) => step.id);
    return plan.outcome === "blocked" ? plan.by.map((verdict) => `blocked: ${verdict.guard}`) : [];
  }

  hash(): string {
    return planHash(this.plan());
  }

  #with(changes: Partial<Given>): EtcdBuilder {
    return new EtcdBuilder({ ...this.given, ...changes });
  }
}

/** Three members are wished and nothing is there, by `install`. */
export function anEtcd(): EtcdBuilder {
  return new EtcdBuilder({ spec: aSpec(), seen: nothing, consents: new Set(), verb: "install", begun: false });
}

function replaced<Item extends { readonly ordinal: number }>(items: readonly Item[], item: Item): readonly Item[] {
  return [...items.filter((one) => one.ordinal !== item.ordinal), item].toSorted((a, b) => a.ordinal - b.ordinal);
}
