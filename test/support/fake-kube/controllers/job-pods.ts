/** The pods of a Job, each held by a finalizer until it is counted. */
import { createHash } from "node:crypto";
import { isDbopError } from "../../../../src/errors.ts";
import type { KubeObject } from "../../../../src/kube/objects.ts";
import { at, copyOf, fieldsOf, listOf } from "../json.ts";
import { podType } from "../types.ts";
import type { World } from "../world.ts";
import { ownerReference, refTo } from "./owners.ts";

const tracking = "batch.kubernetes.io/job-tracking";

/** What is generated is appended to no more than this much of a name. */
const longestStem = 58;

/** Whether the pod is still to be counted by its Job. */
export const isTracked = (pod: KubeObject): boolean => listOf(at(pod.metadata, "finalizers")).includes(tracking);

export function release({ server }: World, pod: KubeObject): void {
  server.edit(refTo(pod, podType), ({ metadata }) => {
    const left = (metadata.finalizers ?? []).filter((one) => one !== tracking);
    if (left.length === 0) delete metadata.finalizers;
    else metadata.finalizers = left;
  });
}

/** Does nothing when the server refuses: in a namespace that is going, say. */
export function createJobPod({ server }: World, job: KubeObject): void {
  const template = fieldsOf(copyOf(at(job["spec"], "template")));
  const { labels, annotations } = fieldsOf(template["metadata"]);
  const generateName = `${job.metadata.name}-`.slice(0, longestStem);
  const metadata = {
    name: generateName + suffix(`${job.metadata.uid ?? ""} ${server.store.next}`),
    generateName,
    namespace: job.metadata.namespace ?? "",
    labels: textsOf(labels),
    ...(annotations !== undefined && { annotations: textsOf(annotations) }),
    finalizers: [tracking],
    ownerReferences: [ownerReference(job)],
  };
  const pod: KubeObject = { apiVersion: "v1", kind: "Pod", metadata, spec: template["spec"] };
  try {
    server.create(podType, pod, { manager: "kube-controller-manager" });
  } catch (error) {
    if (!isDbopError(error)) throw error;
  }
}

/** Five letters that the same run gives again. */
const suffix = (seed: string): string =>
  [...createHash("sha256").update(seed).digest()]
    .slice(0, 5)
    .map((byte) => "bcdfghjklmnpqrstvwxz2456789"[byte % 27])
    .join("");

const textsOf = (map: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(fieldsOf(map)).map(([key, text]) => [key, String(text)]));
