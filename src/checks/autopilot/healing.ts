/** L5.3: whether a lost member is replaced without anybody typing. */
import { field, textField } from "../../kube/fields.ts";
import type { KubeObject } from "../../kube/objects.ts";
import type { Check, Evidence, Finding } from "../finding.ts";
import { isOwnedBy, runs } from "../lifecycle/schedule.ts";
import type { Observation } from "../observation.ts";
import { remedy } from "../remedy.ts";
import { counted, fail, given, pass, read, unknown, warn } from "../verdicts.ts";

/** A pass that did not succeed for so long does not heal. */
const recentMs = 24 * 3_600_000;

export const healing: Check<Observation> = {
  id: "L5.3",
  title: "Heals by itself",
  question: "Is a lost member replaced without anybody typing?",
  why: "a second failure during the night is the one that loses the quorum",
  judge: (observation) => (observation.manager.kind === "operator" ? byOperator(observation) : byPasses(observation)),
};

function byOperator({ manager, subject }: Observation): Finding {
  if (manager.kind !== "operator") return unknown("its operator", "nobody is known who could heal it");
  return given(manager.deployments, (deployments) => {
    const ready = deployments.filter((one) => Number(field(one["status"], "readyReplicas") ?? 0) > 0);
    const evidence = deployments.map((one) =>
      read(one, "status.readyReplicas", field(one["status"], "readyReplicas") ?? 0),
    );
    if (ready.length > 0)
      return warn(
        "its operator runs; whether it heals is not seen until something breaks",
        evidence,
        "a drill: delete a replica's pod and its claim, and see it come back",
      );
    return fail(
      "no operator runs that could heal it",
      [...evidence, counted(subject.kind, "ready Deployments of an operator for it", 0)],
      "an operator of its kind that runs in this cluster",
    );
  });
}

function byPasses(observation: Observation): Finding {
  const { cronJobs, subject, now, manager } = observation;
  const told = manager.kind === "kubectl-dbop" && manager.engine.state === "read" ? manager.engine.value : undefined;
  const failover = told?.operand?.failover;
  const own = failover === undefined ? [] : [counted("engine", "failover", failover)];
  return given(cronJobs, (jobs) => {
    const { name, namespace = "default" } = subject.metadata;
    const passes = jobs.filter((job) => isOwnedBy(job, subject.metadata.uid) && runs(job, "reconcile"));
    if (passes.length === 0)
      return fail(
        "a member that is lost for good is replaced only when somebody runs a pass",
        [...own, counted(`cronjobs.batch in ${namespace}`, `that run kubectl dbop reconcile ${name}`, 0)],
        remedy(observation, { dbop: "schedule NAME --every 5m --image IMAGE", operator: "" }),
      );
    const evidence = [...own, ...passes.flatMap(readPass), read(subject, "spec.paused", isPaused(subject))];
    if (isPaused(subject)) return fail("it is paused: its passes change nothing", evidence, "spec.paused: false");
    if (passes.some((job) => isRecent(job, now))) return pass("passes run by themselves, and succeed", evidence);
    const logs = `kubectl logs -n ${namespace} -l app.kubernetes.io/name=dbop-reconcile,app.kubernetes.io/instance=${name}`;
    return fail("passes are scheduled, and none has succeeded in a day", evidence, logs);
  });
}

function isPaused(subject: KubeObject): boolean {
  return field(subject["spec"], "paused") === true;
}

function readPass(job: KubeObject): readonly Evidence[] {
  const last = textField(job["status"], "lastSuccessfulTime");
  return [
    read(job, "spec.schedule", field(job["spec"], "schedule")),
    read(job, "spec.suspend", field(job["spec"], "suspend") === true),
    read(job, "status.lastSuccessfulTime", last === "" ? undefined : last),
  ];
}

/** One that is suspended will not go on as it did. */
function isRecent(job: KubeObject, now: Date): boolean {
  if (field(job["spec"], "suspend") === true) return false;
  return now.getTime() - Date.parse(textField(job["status"], "lastSuccessfulTime")) < recentMs;
}
