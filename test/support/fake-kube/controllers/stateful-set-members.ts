/** Making one pod of a StatefulSet, with its claims. */
import { createHash } from "node:crypto";
import type { KubeObject } from "../../../../src/kube/objects.ts";
import { isDbopError } from "../../../../src/errors.ts";
import { at, copyOf, fieldsOf, listOf, numberOf, textOf, type Fields } from "../json.ts";
import { claimType, podType } from "../types.ts";
import type { World } from "../world.ts";
import { isTerminating, ownerReference } from "./owners.ts";
import type { Revisions } from "./stateful-set.ts";

const manager = "kube-controller-manager";

/** The name of the ControllerRevision of a set's template: the same template gives the same name. */
export function revisionOf(set: KubeObject): string {
  const hash = createHash("sha256")
    .update(JSON.stringify(at(set["spec"], "template")))
    .digest("hex");
  return `${set.metadata.name}-${hash.slice(0, 10)}`;
}

/** Creates the pod and the claims that are missing. False when a claim of that name is still being deleted, or creation was refused. */
export function createMember(world: World, set: KubeObject, ordinal: number, revisions: Revisions): boolean {
  const name = `${set.metadata.name}-${ordinal}`;
  const templates = listOf(at(set["spec"], "volumeClaimTemplates")).map(fieldsOf);
  if (!templates.every((template) => ensureClaim(world, set, template, ordinal))) return false;
  const revision = revisionFor(set, ordinal, revisions);
  const template = fieldsOf(copyOf(world.revisions.get(revision)));
  const { metadata, spec } = template;
  const labels: Record<string, string> = {
    ...stringsOf(at(metadata, "labels")),
    "apps.kubernetes.io/pod-index": String(ordinal),
    "controller-revision-hash": revision,
    "statefulset.kubernetes.io/pod-name": name,
  };
  const pod: KubeObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: set.metadata.namespace ?? "",
      labels,
      annotations: stringsOf(at(metadata, "annotations")),
      ownerReferences: [ownerReference(set)],
    },
    spec: {
      ...fieldsOf(spec),
      hostname: name,
      ...(at(set["spec"], "serviceName") !== undefined && { subdomain: at(set["spec"], "serviceName") }),
      volumes: [
        ...templates.map((one) => ({
          name: nameOf(one),
          persistentVolumeClaim: { claimName: claimName(set, one, ordinal) },
        })),
        ...listOf(at(spec, "volumes")).filter((volume) => !templates.some((one) => nameOf(one) === at(volume, "name"))),
      ],
    },
  };
  return created(() => world.server.create(podType, pod, { manager }));
}

/** Below the partition of a rolling update, pods are still made from the old template. */
function revisionFor(set: KubeObject, ordinal: number, { currentRevision, updateRevision }: Revisions): string {
  const strategy = fieldsOf(at(set["spec"], "updateStrategy"));
  if (strategy["type"] !== "RollingUpdate") return updateRevision;
  return ordinal < (numberOf(at(strategy, "rollingUpdate", "partition")) ?? 0) ? currentRevision : updateRevision;
}

const nameOf = (template: Fields): string => textOf(at(template, "metadata", "name")) ?? "";

const claimName = (set: KubeObject, template: Fields, ordinal: number): string =>
  `${nameOf(template)}-${set.metadata.name}-${ordinal}`;

function ensureClaim(world: World, set: KubeObject, template: Fields, ordinal: number): boolean {
  const namespace = set.metadata.namespace ?? "";
  const name = claimName(set, template, ordinal);
  const found = world.server.store.read({ type: claimType, namespace, name });
  if (found !== undefined) return !isTerminating(found);
  const labels = {
    ...stringsOf(at(template, "metadata", "labels")),
    ...stringsOf(at(set["spec"], "selector", "matchLabels")),
  };
  const annotations = stringsOf(at(template, "metadata", "annotations"));
  const claim = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name, namespace, labels, annotations },
    spec: template["spec"],
  };
  return created(() => world.server.create(claimType, claim, { manager }));
}

/** Whether the API server took it: a namespace that is going, say, refuses. */
function created(create: () => void): boolean {
  try {
    create();
    return true;
  } catch (error) {
    if (isDbopError(error)) return false;
    throw error;
  }
}

function stringsOf(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(fieldsOf(value)).map(([key, text]) => [key, String(text)]));
}
