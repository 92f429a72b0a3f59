/** A question to a location. Only a pod reaches it: a Job asks, its containers answer, and it goes. */
import { readJobs } from "../../backup/read-jobs.ts";
import type { JobSeen } from "../../backup/take.ts";
import { printed } from "../../backup/words.ts";
import { DbopError } from "../../errors.ts";
import { types, type KubeObject } from "../../kube/objects.ts";
import type { PassDeps } from "../request.ts";

export type AskDeps = Pick<PassDeps, "kube" | "clock" | "signal">;

export interface Question {
  /** Under a name of its own: one that is there already would answer what somebody else asked. */
  readonly job: KubeObject;
  /** The name its Jobs are found by ({@link readJobs}). */
  readonly of: string;
  /** For people, as in "timed out READING". */
  readonly doing: string;
  /** How long to wait for the answer. */
  readonly patienceMs: number;
}

/** What each container has printed, or why the Job failed. Throws `Timeout`. Whatever happens, the Job goes. */
export async function askLocation(
  deps: AskDeps,
  question: Question,
): Promise<Pick<JobSeen, "state" | "word" | "logs">> {
  const { name, namespace = "" } = question.job.metadata;
  await deps.kube.apply(question.job, { force: true });
  try {
    const { logs, ...answer } = await answered(deps, question);
    return { ...answer, logs: Object.fromEntries(Object.entries(logs).map(([from, log]) => [from, printed(log)])) };
  } finally {
    await removeJob(deps, namespace, name);
  }
}

async function answered({ kube, clock, signal }: AskDeps, { job, of, doing, patienceMs }: Question): Promise<JobSeen> {
  const { name, namespace = "" } = job.metadata;
  const deadline = clock.now().getTime() + patienceMs;
  for (;;) {
    const seen = (await readJobs(kube, { namespace, name: of })).find((one) => one.name === name);
    if (seen?.state === "complete" || seen?.state === "failed") return seen;
    if (clock.now().getTime() > deadline) {
      throw new DbopError("Timeout", `timed out ${doing}: ${seen?.word ?? "its Job is gone"}`);
    }
    await clock.sleep(300, signal);
  }
}

async function removeJob({ kube }: AskDeps, namespace: string, name: string): Promise<void> {
  const ref = { type: types.job, namespace, name };
  const found = await kube.get(ref).catch(() => undefined);
  const uid = found?.metadata.uid;
  if (uid !== undefined) await kube.delete(ref, { uid, propagation: "Background" }).catch(() => undefined);
}
