/** A custom resource that somebody else's operator runs, and whatever in its namespace belongs to it. Only objects are read, nobody is asked. */
import type { Objects, Observation, OperatorManager, Read } from "../../checks/observation.ts";
import { field, listField, textField } from "../../kube/fields.ts";
import { types, type KubeObject, type ResourceType } from "../../kube/objects.ts";
import { listIfServed, optional, servedGroups } from "./discovered.ts";
import { groupOf } from "./find-kind.ts";
import { observeMetrics } from "./metrics.ts";
import { classOf, observeAround, type Observed } from "./observe.ts";
import { listing } from "./reading.ts";
import type { Reads } from "./shared-reads.ts";

export async function observeForeign(
  reads: Reads,
  { object, type }: { readonly object: KubeObject; readonly type: ResourceType },
  now: Date,
): Promise<Observed> {
  const namespace = object.metadata.namespace ?? "";
  const [allSets, allPods, allClaims, services, around, manager] = await Promise.all([
    listing(reads, types.statefulSet, { namespace }),
    listing(reads, types.pod, { namespace }),
    listing(reads, types.claim, { namespace }),
    listing(reads, types.service, { namespace }),
    observeAround(reads, object, `${type.plural}.${groupOf(type)}`),
    observeOperator(reads, type, namespace),
  ]);
  const sets = only(allSets, (set) => belongs(set, [object]));
  const owners = [object, ...(sets.state === "read" ? sets.value : [])];
  const pods = only(allPods, (pod) => belongs(pod, owners));
  const mounted = pods.state === "read" ? pods.value.flatMap(claimsOf) : [];
  const claims = only(allClaims, (claim) => mounted.includes(claim.metadata.name) || belongs(claim, owners));
  const [storageClass, metrics] = await Promise.all([classOf(reads, claims), observeMetrics(reads, { pods })]);
  const observation: Observation = {
    ...{ now, subject: object, sets, pods, claims, ...around, storageClass, metrics, manager },
    services: only(services, (service) => belongs(service, owners)),
  };
  return { observation, own: [] };
}

function only(objects: Objects, test: (object: KubeObject) => boolean): Objects {
  return objects.state === "read" ? { state: "read", value: objects.value.filter(test) } : objects;
}

/** By its owner; an operator that sets none marks what it made by the name of the custom resource. */
function belongs({ metadata }: KubeObject, owners: readonly KubeObject[]): boolean {
  const references = metadata.ownerReferences ?? [];
  const uids = owners.map((owner) => owner.metadata.uid);
  if (references.some((reference) => uids.includes(textField(reference, "uid")))) return true;
  const [first] = owners;
  return references.length === 0 && metadata.labels?.["app.kubernetes.io/instance"] === first?.metadata.name;
}

function claimsOf(pod: KubeObject): readonly string[] {
  const volumes = listField(pod["spec"], "volumes");
  return volumes
    .map((volume) => textField(field(volume, "persistentVolumeClaim"), "claimName"))
    .filter((name) => name !== "");
}

async function observeOperator(reads: Reads, type: ResourceType, namespace: string): Promise<OperatorManager> {
  const groups = await servedGroups(reads);
  const [deployments, versions] = await Promise.all([
    listing(reads, types.deployment, {}),
    listIfServed({ reads, groups, namespace }, optional.clusterServiceVersion),
  ]);
  const claim: Read<KubeObject | undefined> =
    versions.state === "read" ? { state: "read", value: versions.value.find((one) => owns(one, type)) } : versions;
  const installed = claim.state === "read" ? deploymentsOf(claim.value) : [];
  return {
    kind: "operator",
    claim,
    deployments: only(deployments, (one) => installed.includes(one.metadata.name) || looksLikeOperator(one, type)),
  };
}

function owns(version: KubeObject, type: ResourceType): boolean {
  const owned = listField(field(version["spec"], "customresourcedefinitions"), "owned");
  return owned.some((one) => textField(one, "name") === `${type.plural}.${groupOf(type)}`);
}

function deploymentsOf(version: KubeObject | undefined): readonly string[] {
  const install = field(field(version?.["spec"], "install"), "spec");
  return listField(install, "deployments").map((one) => textField(one, "name"));
}

/** Parts of a group that many operators have in theirs. */
const common: ReadonlySet<string> = new Set([
  "com",
  "io",
  "org",
  "dev",
  "net",
  "database",
  "databases",
  "k8s",
  "kubernetes",
  "operator",
  "api",
]);

/**
 * No object says which Deployment looks after a kind. By custom an operator is called after what it runs, and says that it is one: `cnpg-controller-manager`
 * for `postgresql.cnpg.io`.
 */
function looksLikeOperator({ metadata }: KubeObject, type: ResourceType): boolean {
  if (!/operator|controller|manager/u.test(metadata.name)) return false;
  const words = groupOf(type)
    .split(/[.-]/u)
    .filter((word) => word.length > 2 && !common.has(word));
  const name = `${metadata.namespace ?? ""}/${metadata.name}`;
  return words.some((word) => name.includes(word));
}
