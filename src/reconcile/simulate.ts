/** A server-side dry run: the API server judges every object of the plan that it can judge now. Nothing is stored. */
import type { KubeClient } from "../kube/kube-client.ts";
import type { Plan, Step } from "../plan/step.ts";

/**
 * Sends the plan's objects and deletions with `dryRun=All`, so that rights, admission, quota and validation run; throws what the API server
 * refuses. Returns the titles of the steps it could not try: those of the engine itself, waits, and whatever rests on an object that is
 * only foreseen.
 */
export async function simulate<Command>(kube: KubeClient, plan: Plan<Command>): Promise<readonly string[]> {
  const notSimulated: string[] = [];
  for (const step of plan.outcome === "act" ? plan.steps : []) {
    if (isForeseen(step)) notSimulated.push(step.title);
    else await tryStep(kube, step);
  }
  return notSimulated;
}

/** Uids that a plan foresees are not uids yet. */
function isForeseen<Command>(step: Step<Command>): boolean {
  if (step.kind === "apply") return step.objects.some((object) => object.metadata.uid?.startsWith("new-") === true);
  return step.kind !== "delete" || step.uid.startsWith("new-");
}

async function tryStep<Command>(kube: KubeClient, step: Step<Command>): Promise<void> {
  if (step.kind === "delete") {
    await kube.delete(step.target, { uid: step.uid, propagation: step.propagation, dryRun: true });
  }
  if (step.kind === "apply") {
    for (const object of step.objects) await kube.apply(object, { dryRun: true, force: true });
  }
}
