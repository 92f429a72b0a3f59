/** The Jobs of a database's backups and restores, as they stand and as they have spoken. */
import { listField, textField } from "../kube/fields.ts";
import type { KubeClient } from "../kube/kube-client.ts";
import { types, type KubeObject } from "../kube/objects.ts";
import { jobSelector } from "./job.ts";
import { inspecting } from "./method.ts";
import { jobSeen, type JobSeen } from "./take.ts";
import { failedContainer, failureIn } from "./words.ts";

type Reader = Pick<KubeClient, "list" | "log">;

/** Every Job made for backups of this database, with what the containers of a finished one have said. */
export async function readJobs(
  read: Reader,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<readonly JobSeen[]> {
  const query = { namespace, labelSelector: jobSelector({ name }) };
  const [jobs, pods] = await Promise.all([read.list(types.job, query), read.list(types.pod, query)]);
  const living = jobs.items.filter((job) => job.metadata.deletionTimestamp === undefined);
  return Promise.all(living.map((job) => readJob(read, job, podOf(job, pods.items))));
}

function podOf(job: KubeObject, pods: readonly KubeObject[]): KubeObject | undefined {
  // By uid: a pod of a deleted Job of the same name may be about yet.
  return pods.find((pod) => pod.metadata.labels?.["batch.kubernetes.io/controller-uid"] === job.metadata.uid);
}

/** The containers whose output is read, beside those that inspect a backup. */
const speaking = ["measure", "compare", "read-back", "manifest", "found", "stored", "manifests"] as const;

function isSpeaking(container: string): boolean {
  return container.startsWith(inspecting) || speaking.some((one) => one === container);
}

async function readJob(read: Reader, job: KubeObject, pod: KubeObject | undefined): Promise<JobSeen> {
  const seen = jobSeen(job, pod);
  if (seen.state === "failed" && pod !== undefined)
    return { ...seen, word: await lastWords(read, pod, seen), logs: {} };
  if (seen.state !== "complete" || pod === undefined) return { ...seen, logs: {} };
  const names = containerNames(pod).filter(isSpeaking);
  const { namespace = "", name } = pod.metadata;
  const logs = await Promise.all(names.map((container) => read.log({ namespace, pod: name, container })));
  return {
    ...seen,
    logs: Object.fromEntries(names.map((container, index) => [container, logs[index] ?? ""])),
  };
}

async function lastWords(read: Reader, pod: KubeObject, { word }: Pick<JobSeen, "word">): Promise<string> {
  const container = failedContainer(pod);
  if (container === undefined) return word;
  const { namespace = "", name } = pod.metadata;
  return failureIn(container, (await read.log({ namespace, pod: name, container, tailLines: 20 })) ?? "") ?? word;
}

function containerNames(pod: KubeObject): readonly string[] {
  const containers = ["initContainers", "containers"].flatMap((list) => listField(pod["spec"], list));
  return containers.map((container) => textField(container, "name"));
}
