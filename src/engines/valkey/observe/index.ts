/** Everything a Valkey plan is made from, read once. Changes nothing; what does not answer is unknown, never absent. */
import { observeBackups } from "../../../backup/recent.ts";
import { textField } from "../../../kube/fields.ts";
import { types, type KubeObject } from "../../../kube/objects.ts";
import { isDbopError } from "../../../errors.ts";
import { selectorText } from "../../../resources/labels.ts";
import { liveClaim } from "../../../resources/live-claim.ts";
import { livePod } from "../../../resources/live-pod.ts";
import { updateRevision } from "../../../resources/live-set.ts";
import { observeExpandable } from "../../../resources/storage-class.ts";
import type { Reader } from "../../engine.ts";
import {
  byPlace,
  certificateSecretName,
  claimName,
  container,
  owner,
  placeOf,
  shardName,
  type Place,
} from "../names.ts";
import { isToBeUpgraded } from "../plan/rules/version.ts";
import { marksIn } from "../resources/claim.ts";
import type { ClaimSeen, NodeSeen, PodSeen, ValkeySeen } from "../seen.ts";
import { asFound, type ValkeySpec } from "../spec.ts";
import { certificateSeen, userCertificate } from "./certificate.ts";
import { answersIn, ask } from "../valkey-cli.ts";
import { questions, readNode } from "./node.ts";
import { observeSeed } from "./seed.ts";
import { configSeen, driftedObjects, foreignObjects, readChildren, shardsSeen } from "./objects.ts";

const deadlineMs = 4_000;

/** @param now decides whether the certificate is due; it is the only clock an observation reads. */
export async function observeValkey(read: Reader, wish: ValkeySpec, now: Date): Promise<ValkeySeen> {
  const { namespace } = wish;
  const query = { namespace, labelSelector: selectorText(owner(wish)) };
  const [pods, claims] = await Promise.all([read.list(types.pod, query), readClaims(read, wish)]);
  const claimFacts = claimsSeen(wish, claims);
  const found = [...placesOf(wish, pods.items), ...claimFacts.map(({ place }) => place)];
  const children = await readChildren(read, wish, [...new Set(found.map(({ shard }) => shard))]);
  const own = userCertificate(wish, children.certificates, now);
  const managed = certificateSeen(children.certificates.get(certificateSecretName(wish)), now);
  const certificate = wish.tls.mode === "secret" ? own.certificate : managed;
  const spec = asFound(wish, { certificate });
  const revisions = new Map(children.sets.map((set) => [set.metadata.name, updateRevision(set)]));
  const podFacts = podsSeen(spec, pods.items, revisions);
  const config = children.configMap && configSeen(spec, children.configMap);
  const nodes = await askNodes(read, spec, podFacts);
  return {
    shards: shardsSeen(spec, children),
    config,
    pods: podFacts,
    claims: claimFacts,
    drifted: driftedObjects(spec, children),
    foreign: foreignObjects(spec, children),
    hasPassword: children.password !== undefined,
    certificate,
    certificateProblems: own.problems,
    nodes,
    expandable: await observeExpandable(read, spec.storage.bytes, claims),
    seed: await observeSeed(read, spec, { config, claims: claimFacts }),
    backups: isToBeUpgraded(spec, { nodes }) ? await observeBackups(read, owner(spec)) : "not-asked",
  };
}

/** Ours by label, and whatever else bears a name that a node would take: the StatefulSet would use it without asking. */
async function readClaims(read: Reader, spec: ValkeySpec): Promise<readonly KubeObject[]> {
  const { namespace } = spec;
  const { items } = await read.list(types.claim, { namespace, labelSelector: selectorText(owner(spec)) });
  const places = Array.from({ length: spec.shards }, (_, shard) =>
    Array.from({ length: spec.replicas }, (_each, ordinal) => ({ shard, ordinal })),
  ).flat();
  const names = places.map((place) => claimName(spec, place));
  const unseen = names.filter((name) => !items.some((claim) => claim.metadata.name === name));
  const others = await Promise.all(unseen.map((name) => read.get({ type: types.claim, namespace, name })));
  return [...items, ...others.filter((claim) => claim !== undefined)];
}

function placesOf(spec: ValkeySpec, pods: readonly KubeObject[]): readonly Place[] {
  return pods.flatMap((pod) => placeOf(spec, pod.metadata.name) ?? []);
}

function podsSeen(
  spec: ValkeySpec,
  pods: readonly KubeObject[],
  revisions: ReadonlyMap<string, string | undefined>,
): readonly PodSeen[] {
  return pods
    .flatMap((pod): readonly PodSeen[] => {
      const place = placeOf(spec, pod.metadata.name);
      if (place === undefined) return [];
      const revision = revisions.get(shardName(spec, place.shard));
      return [{ place, ip: textField(pod["status"], "podIP"), ...livePod(pod, { container, revision }) }];
    })
    .toSorted(byPlace);
}

function claimsSeen(spec: ValkeySpec, claims: readonly KubeObject[]): readonly ClaimSeen[] {
  return claims
    .flatMap((claim): readonly ClaimSeen[] => {
      const { name, annotations } = claim.metadata;
      const place = name.startsWith("data-") ? placeOf(spec, name.slice("data-".length)) : undefined;
      return place === undefined ? [] : [{ place, ...liveClaim(owner(spec), claim), ...marksIn(annotations) }];
    })
    .toSorted(byPlace);
}

async function askNodes(read: Reader, spec: ValkeySpec, pods: readonly PodSeen[]): Promise<readonly NodeSeen[]> {
  const running = pods.filter((pod) => pod.running && !pod.terminating && pod.ip !== "");
  const nodes = await Promise.all(running.map((pod) => askNode(read, spec, pod)));
  return nodes.filter((node) => node !== undefined);
}

/** One that can't be asked is unknown: its pod may be going, or its container not be up yet. What may not be asked is told. */
async function askNode(read: Reader, spec: ValkeySpec, { place, ip }: PodSeen): Promise<NodeSeen | undefined> {
  try {
    const result = await ask(read, spec, { place, commands: questions, deadlineMs });
    return result.outcome === "exited" ? readNode(spec, { place, ip }, answersIn(result.stdout)) : undefined;
  } catch (error) {
    if (isDbopError(error, "NotFound", "ServerError", "Invalid", "Unknown", "Conflict")) return undefined;
    throw error;
  }
}
