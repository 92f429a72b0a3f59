/** L5.4: whether its size is held against what it uses. */
import { field, textField } from "../../kube/fields.ts";
import type { Check } from "../finding.ts";
import type { Observation } from "../observation.ts";
import { both, counted, fail, given, notApplicable, pass, read, warn } from "../verdicts.ts";

export const tuning: Check<Observation> = {
  id: "L5.4",
  title: "Sized by what it uses",
  question: "Does a VerticalPodAutoscaler say what its members should request?",
  why: "requests that were guessed at the install are wrong in both directions a year later",
  judge: ({ verticalAutoscalers, sets, subject }) => {
    if (verticalAutoscalers.state !== "read" && verticalAutoscalers.notServed === true)
      return notApplicable("this cluster has no VerticalPodAutoscalers");
    return given(both(verticalAutoscalers, sets), ([all, found]) => {
      const targets = [subject, ...found].map(({ kind, metadata }) => `${kind}/${metadata.name}`);
      const own = all.filter(({ spec }) => {
        const target = field(spec, "targetRef");
        return targets.includes(`${textField(target, "kind")}/${textField(target, "name")}`);
      });
      if (own.length === 0)
        return fail(
          "none recommends anything for it",
          [counted("verticalpodautoscalers.autoscaling.k8s.io", `for ${subject.metadata.name}`, 0)],
          "a VerticalPodAutoscaler for its StatefulSet, with updateMode Off",
        );
      const evidence = own.map((one) =>
        read(one, "spec.updatePolicy.updateMode", field(field(one["spec"], "updatePolicy"), "updateMode")),
      );
      const forceful = own.filter((one) =>
        /^(?:Auto|Recreate|)$/u.test(textField(field(one["spec"], "updatePolicy"), "updateMode")),
      );
      if (forceful.length === 0) return pass("its requests are held against what it uses", evidence);
      return warn(
        "it evicts members to resize them, whatever they are doing",
        evidence,
        "spec.updatePolicy.updateMode: Off or Initial",
      );
    });
  },
};
