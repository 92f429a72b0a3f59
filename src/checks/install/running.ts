/** L1.9: whether it runs at all. */
import { listField, numberField, textField } from "../../kube/fields.ts";
import type { KubeObject } from "../../kube/objects.ts";
import type { Check, Finding } from "../finding.ts";
import type { Observation } from "../observation.ts";
import { remedy } from "../remedy.ts";
import { both, counted, fail, given, pass, read } from "../verdicts.ts";

export const running: Check<Observation> = {
  id: "L1.9",
  title: "Runs and answers",
  question: "Are all members ready, and does the engine itself say that it serves?",
  why: "everything else is of no use to a database that is down",
  judge: (observation) => (observation.manager.kind === "operator" ? byPods(observation) : byEngine(observation)),
};

function byEngine(observation: Observation): Finding {
  const { manager, subject } = observation;
  if (manager.kind === "operator") return byPods(observation);
  return given(manager.engine, ({ title, ready, reason, message, members }) => {
    const evidence = [
      counted(`${title} of ${subject.metadata.name}`, "ready", `${String(ready)}, ${reason}: ${message}`),
      ...members.map((member) => counted(`pod/${member.name}`, "ready", member.ready)),
    ];
    if (ready) return pass(message, evidence);
    return fail(`${reason}: ${message}`, evidence, remedy(observation, { dbop: "reconcile NAME", operator: "" }));
  });
}

/** The engine is not known: what its pods say has to do. */
function byPods(observation: Observation): Finding {
  const { sets, pods, subject } = observation;
  return given(both(sets, pods), ([found, all]) => {
    const wished = found.reduce((sum, set) => sum + numberField(set["spec"], "replicas"), 0);
    const ready = all.filter(isReady);
    const evidence = all.map((pod) => read(pod, "status.conditions[Ready].status", isReady(pod) ? "True" : "False"));
    if (found.length + all.length === 0) {
      const none = [counted(subject.kind, "StatefulSets and pods that belong to it", 0)];
      return fail(
        "nothing runs for it",
        none,
        "an operator of its kind that runs in this cluster and may see its namespace",
      );
    }
    if (ready.length > 0 && ready.length === all.length && ready.length >= wished)
      return pass(`all ${String(ready.length)} pods are ready`, evidence);
    const words = `${String(ready.length)} of ${String(Math.max(wished, all.length))} pods are ready`;
    return fail(
      words,
      [...found.map((set) => read(set, "spec.replicas", numberField(set["spec"], "replicas"))), ...evidence],
      "kubectl describe pod of those that are not ready",
    );
  });
}

function isReady(pod: KubeObject): boolean {
  const conditions = listField(pod["status"], "conditions");
  return conditions.some((one) => textField(one, "type") === "Ready" && textField(one, "status") === "True");
}
