/** Everything an etcd plan is made from, read once. Changes nothing; what does not answer is unknown, never absent. */
import { observeBackups } from "../../../backup/recent.ts";
import { types, type KubeObject } from "../../../kube/objects.ts";
import { selectorText } from "../../../resources/labels.ts";
import { updateRevision } from "../../../resources/live-set.ts";
import { observeExpandable } from "../../../resources/storage-class.ts";
import type { Reader } from "../../engine.ts";
import { claimName, owner } from "../names.ts";
import type { Alarm, EndpointSeen, EtcdSeen, PodSeen } from "../seen.ts";
import { asFound, type EtcdSpec } from "../spec.ts";
import { mayNeedCompaction } from "../upkeep.ts";
import { observeCertificates } from "./certificates.ts";
import {
  observeCompactRevision,
  observeEndpoints,
  observeHashes,
  observeMembership,
  type Running,
} from "./etcd-facts.ts";
import { identityOf } from "../plan/facts.ts";
import { isToBegin } from "../plan/version-state.ts";
import { atVersion, isUnstarted, versionInForce } from "../version-in-force.ts";
import {
  clusterIdOf,
  configSeen,
  driftedObjects,
  foreignObjects,
  imageOf,
  markedVersion,
  readChildren,
  type Children,
  statefulSetSeen,
} from "./objects.ts";
import { claimsSeen, podsSeen } from "./pods.ts";
import { observeProjection } from "./projection.ts";
import { observeDiscard, observeSeed } from "./seed.ts";

export async function observeEtcd(read: Reader, spec: EtcdSpec, now: Date): Promise<EtcdSeen> {
  const { namespace } = spec;
  const query = { namespace, labelSelector: selectorText(owner(spec)) };
  const [children, pods, claims, certificates] = await Promise.all([
    readChildren(read, spec),
    read.list(types.pod, query),
    readClaims(read, spec),
    observeCertificates(read, spec, now),
  ]);
  const podFacts = podsSeen(spec, pods.items, updateRevision(children.statefulSet));
  const claimFacts = claimsSeen(spec, claims);
  const clusterId = children.configMap && clusterIdOf(children.configMap);
  const forming = (spec.identity ?? clusterId) === undefined || spec.replacement !== undefined;
  const [asked, seed, discard] = await Promise.all([
    askEtcd(read, spec, podFacts),
    forming ? observeSeed(read, spec) : undefined,
    observeDiscard(read, spec, claimFacts),
  ]);
  const present = presentSpec(asFound(spec, { certificates, claims: claimFacts }), {
    children,
    claims: claimFacts,
    pods: podFacts,
    ...asked,
  });
  const seen: EtcdSeen = {
    statefulSet: children.statefulSet && statefulSetSeen(present, children.statefulSet),
    config: children.configMap && configSeen(present, children.configMap),
    seed,
    discard,
    pods: await observeProjection(read, spec, { pods: pods.items, podFacts, certificates, now }),
    claims: claimFacts,
    drifted: driftedObjects(present, children, asked.membership),
    foreign: foreignObjects(present, children),
    certificates,
    ...asked,
    backups: "not-asked",
    expandable: await observeExpandable(read, spec.storage.bytes, claims),
  };
  return isToBegin(spec, seen) ? { ...seen, backups: await observeBackups(read, owner(spec)) } : seen;
}

/** What the objects are held against: the spec at the version in force. */
function presentSpec(
  spec: EtcdSpec,
  {
    children,
    claims,
    pods,
    endpoints,
  }: Pick<EtcdSeen, "claims" | "pods" | "endpoints"> & { readonly children: Children },
): EtcdSpec {
  const set = children.statefulSet;
  const config = children.configMap && { clusterId: clusterIdOf(children.configMap) };
  const formed = identityOf(spec, { config, claims }) !== undefined;
  const marks = { set: markedVersion(set), config: markedVersion(children.configMap) };
  const version = versionInForce(spec, { formed, ...marks, endpoints, unstarted: isUnstarted(pods) });
  return atVersion(spec, version, set && imageOf(set));
}

/** Ours by label, and whatever else bears a name that a member would take: the StatefulSet would use it without asking. */
async function readClaims(read: Reader, spec: EtcdSpec): Promise<readonly KubeObject[]> {
  const { items } = await read.list(types.claim, {
    namespace: spec.namespace,
    labelSelector: selectorText(owner(spec)),
  });
  const names = Array.from({ length: spec.replicas }, (_, ordinal) => claimName(spec, ordinal));
  const unseen = names.filter((name) => !items.some((claim) => claim.metadata.name === name));
  const others = await Promise.all(
    unseen.map((name) => read.get({ type: types.claim, namespace: spec.namespace, name })),
  );
  return [...items, ...others.filter((claim) => claim !== undefined)];
}

async function askEtcd(
  read: Reader,
  spec: EtcdSpec,
  pods: readonly PodSeen[],
): Promise<Pick<EtcdSeen, "membership" | "endpoints" | "compactRevision">> {
  const running = runningMembers(pods);
  const asking = observeMembership(read, spec, running);
  const [membership, endpoints] = await Promise.all([
    asking,
    observeEndpoints(read, spec, { running, membership: asking }),
  ]);
  const [compactRevision, hashed] = await Promise.all([
    compactRevisionIfNeeded(read, spec, endpoints),
    hasAlarm(endpoints, "CORRUPT") ? observeHashes(read, spec, endpoints) : endpoints,
  ]);
  return { membership, endpoints: hashed, compactRevision };
}

function runningMembers(pods: readonly PodSeen[]): Running {
  const running = pods.filter((pod) => pod.running && !pod.terminating);
  const ordinals = (ready: boolean): readonly number[] =>
    running.filter((pod) => pod.ready === ready).map((pod) => pod.ordinal);
  return { ready: ordinals(true), unready: ordinals(false) };
}

function hasAlarm(endpoints: readonly EndpointSeen[], type: Alarm["type"]): boolean {
  return endpoints.some((endpoint) => endpoint.alarms.some((alarm) => alarm.type === type));
}

async function compactRevisionIfNeeded(
  read: Reader,
  spec: EtcdSpec,
  endpoints: readonly EndpointSeen[],
): Promise<number | undefined> {
  const [first] = endpoints;
  const needed = hasAlarm(endpoints, "NOSPACE") || mayNeedCompaction(spec, endpoints);
  return first === undefined || !needed ? undefined : observeCompactRevision(read, spec, first.ordinal);
}
