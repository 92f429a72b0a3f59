/** The part of a run that changes something: under the lock, one step at a time, each recorded before it is done. */
import { field, textField } from "../kube/fields.ts";
import type { Danger } from "../plan/step.ts";
import { acquireLock } from "./lock.ts";
import { LockedRun } from "./locked-run.ts";
import type { PassDeps, PassResult, Undertaking } from "./request.ts";

export async function runLocked<Spec, Seen, Command>(
  undertaking: Undertaking<Spec, Seen, Command>,
  consent: Danger | undefined,
): Promise<PassResult> {
  const { deps, request } = undertaking;
  const actor = await whoAmI(deps);
  const lock = await acquireLock(deps, {
    ...request.database,
    holder: `${actor} ${request.verb} ${request.request}`.trim() + ` (run ${deps.newId()})`,
    waitMs: request.lockTimeoutMs,
    onWait: (text) => {
      deps.report({ type: "note", text });
    },
  });
  try {
    const run = new LockedRun(undertaking, { lock, actor, consent });
    return await run.go();
  } finally {
    await lock.release();
  }
}

/** The user as the API server knows them, and from where. */
async function whoAmI({ kube, host }: PassDeps): Promise<string> {
  const review = await kube
    .create({ apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview", metadata: { name: "" } })
    .catch(() => undefined);
  const user = textField(field(field(review, "status"), "userInfo"), "username") || "unknown";
  return `${user}@${host}`;
}
