/** Everything an etcd plan is made from, read once. Changes nothing; what does not answer is unknown, never absent. */
import { types } from "../../../kube/objects.ts";
import { selectorText } from "../../../resources/labels.ts";
import type { Reader } from "../../engine.ts";
import { owner } from "../names.ts";
import type { EndpointSeen, EtcdSeen, Membership, PodSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";
import { observeCertificates } from "./certificates.ts";
import { observeCompactRevision, observeEndpoints, observeMembership } from "./etcd-facts.ts";
import { configSeen, driftedObjects, foreignObjects, readChildren, statefulSetSeen, updateRevision } from "./objects.ts";
import { claimsSeen, podsSeen } from "./pods.ts";
import { observeExpandable } from "./storage.ts";

export async function observeEtcd(read: Reader, spec: EtcdSpec, now: Date): Promise<EtcdSeen> {
  const { namespace } = spec;
  const query = { namespace, labelSelector: selectorText(owner(spec)) };
  const [children, pods, claims, certificates] = await Promise.all([
    readChildren(read, spec),
    read.list(types.pod, query),
    read.list(types.claim, query),
    observeCertificates(read, spec, now),
  ]);
  const podFacts = podsSeen(spec, pods.items, updateRevision(children.statefulSet));
  const claimFacts = claimsSeen(spec, claims.items);
  const { membership, endpoints, compactRevision } = await askEtcd(read, spec, podFacts);
  return {
    statefulSet: children.statefulSet && statefulSetSeen(spec, children.statefulSet),
    config: children.configMap && configSeen(spec, children.configMap),
    pods: podFacts,
    claims: claimFacts,
    drifted: driftedObjects(spec, children, votersToProtect(spec, membership)),
    foreign: foreignObjects(spec, children),
    certificates,
    membership,
    endpoints,
    compactRevision,
    expandable: await observeExpandable(read, spec, claims.items),
  };
}

async function askEtcd(read: Reader, spec: EtcdSpec, pods: readonly PodSeen[]): Promise<Pick<EtcdSeen, "membership" | "endpoints" | "compactRevision">> {
  const running = runningOrdinals(pods);
  const [membership, endpoints] = await Promise.all([observeMembership(read, spec, running), observeEndpoints(read, spec, running)]);
  return { membership, endpoints, compactRevision: await compactRevisionIfNeeded(read, spec, endpoints) };
}

/** Ready members first: they surely answer. */
function runningOrdinals(pods: readonly PodSeen[]): readonly number[] {
  const running = pods.filter((pod) => pod.running && !pod.terminating);
  return running.toSorted((a, b) => Number(b.ready) - Number(a.ready)).map((pod) => pod.ordinal);
}

async function compactRevisionIfNeeded(read: Reader, spec: EtcdSpec, endpoints: readonly EndpointSeen[]): Promise<number | undefined> {
  const [alarmed] = endpoints.filter((endpoint) => endpoint.alarms.some((alarm) => alarm.type === "NOSPACE"));
  return alarmed && (await observeCompactRevision(read, spec, alarmed.ordinal));
}

/** While members are being added or removed the budget protects whichever size is larger. */
export function votersToProtect(spec: EtcdSpec, membership: Membership): number {
  const voters = membership.known ? membership.members.filter((member) => !member.learner).length : 0;
  return Math.max(spec.replicas, voters);
}
