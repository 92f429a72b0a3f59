/** L5.1 and L5.2: whether it grows and shrinks with its load, and whether that is wise. */
import { field, numberField, textField } from "../../kube/fields.ts";
import type { KubeObject } from "../../kube/objects.ts";
import type { Check, Finding } from "../finding.ts";
import type { Observation, Read } from "../observation.ts";
import { both, counted, fail, given, notApplicable, pass, read, warn } from "../verdicts.ts";

function targetsOf(
  { subject }: Observation,
  sets: readonly KubeObject[],
  autoscalers: readonly KubeObject[],
): readonly KubeObject[] {
  const targets = [subject, ...sets].map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  return autoscalers.filter(({ spec }) => {
    const target = field(spec, "scaleTargetRef");
    return targets.includes(`${textField(target, "kind")}/${textField(target, "name")}`);
  });
}

/** Members that elect among themselves: more of them are slower, not faster. Of another's nobody knows. */
function votes({ manager }: Observation): Read<boolean> {
  if (manager.kind === "operator") return { state: "read", value: false };
  const { engine } = manager;
  if (engine.state !== "read") return engine;
  return { state: "read", value: engine.value.operand?.groups.some((group) => group.votes) ?? false };
}

function overAutoscalers(observation: Observation, judge: (own: readonly KubeObject[]) => Finding): Finding {
  const { sets, autoscalers } = observation;
  return given(both(both(sets, autoscalers), votes(observation)), ([[found, all], voting]) => {
    const own = targetsOf(observation, found, all);
    return voting ? judgeVoters(own) : judge(own);
  });
}

function judgeVoters(own: readonly KubeObject[]): Finding {
  if (own.length === 0)
    return notApplicable("its members vote: more of them make it slower, so nothing is to scale it");
  const evidence = own.map((one) => read(one, "spec.scaleTargetRef", field(one["spec"], "scaleTargetRef")));
  return fail("an autoscaler changes the number of voters", evidence, "kubectl delete hpa of those that are named");
}

function none({ subject }: Observation): Finding {
  return fail(
    "nothing scales it",
    [counted("horizontalpodautoscalers.autoscaling", `that scale ${subject.metadata.name}`, 0)],
    "an autoscaler of its own custom resource, where that has a scale subresource",
  );
}

export const growing: Check<Observation> = {
  id: "L5.1",
  title: "Grows with its load",
  question: "Is it made larger when metrics ask for it?",
  why: "load comes at hours when nobody watches",
  judge: (observation) =>
    overAutoscalers(observation, (own) =>
      own.length === 0
        ? none(observation)
        : pass(
            "an autoscaler makes it larger",
            own.map((one) => read(one, "spec.maxReplicas", field(one["spec"], "maxReplicas"))),
          ),
    ),
};

export const shrinking: Check<Observation> = {
  id: "L5.2",
  title: "Shrinks with its load",
  question: "Is it made smaller again, slowly?",
  why: "what was grown for a day is paid for the whole year otherwise",
  judge: (observation) =>
    overAutoscalers(observation, (own) => {
      if (own.length === 0) return none(observation);
      const evidence = own.map((one) =>
        read(
          one,
          "spec.minReplicas, status.currentReplicas",
          `${String(numberField(one["spec"], "minReplicas"))}, ${String(numberField(one["status"], "currentReplicas"))}`,
        ),
      );
      const disabled = own.filter(
        (one) => textField(field(field(one["spec"], "behavior"), "scaleDown"), "selectPolicy") === "Disabled",
      );
      if (disabled.length === 0) return pass("an autoscaler makes it smaller", evidence);
      return warn("an autoscaler makes it larger only", evidence, "spec.behavior.scaleDown of the autoscaler");
    }),
};
