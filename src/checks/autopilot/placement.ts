/** L5.5: whether members are spread, and moved when they are not any more. */
import { field } from "../../kube/fields.ts";
import type { Check } from "../finding.ts";
import type { Observation } from "../observation.ts";
import { givenTemplates, type PodTemplate } from "../templates.ts";
import { fail, pass, read, warn } from "../verdicts.ts";

/** By which descheduler (sigs.k8s.io/descheduler) is asked to move a pod that it would leave alone otherwise. */
const evictable = "descheduler.alpha.kubernetes.io/evict";

export const placement: Check<Observation> = {
  id: "L5.5",
  title: "Moves to better places",
  question: "Are members kept apart when they are scheduled, and moved when a better place comes up?",
  why: "after a few failures everything sits on the nodes that were left",
  judge: (observation) =>
    givenTemplates(observation, (templates) => {
      const evidence = templates.map((template) =>
        read(template.object, `${template.path}, what keeps pods apart`, spreadOf(template)),
      );
      if (templates.some((template) => spreadOf(template) === undefined))
        return fail(
          "nothing keeps its members apart",
          evidence,
          observation.manager.kind === "kubectl-dbop"
            ? "spec.scheduling.antiAffinity: preferred or required"
            : "topologySpreadConstraints or pod anti-affinity",
        );
      const moved = templates.every(({ object }) => annotationOf(object) === "true");
      const all = [
        ...evidence,
        ...templates.map((template) =>
          read(template.object, `pod annotation ${evictable}`, annotationOf(template.object)),
        ),
      ];
      if (moved) return pass("members are kept apart, and a descheduler may move them", all);
      return warn(
        "members are kept apart when they start, and nothing moves one that runs",
        all,
        `a descheduler, and ${evictable}: "true" on its pods`,
      );
    }),
};

function spreadOf({ spec }: PodTemplate): string | undefined {
  if (field(spec, "topologySpreadConstraints") !== undefined) return "topologySpreadConstraints";
  return field(field(spec, "affinity"), "podAntiAffinity") === undefined ? undefined : "affinity.podAntiAffinity";
}

function annotationOf({ spec, kind, metadata }: PodTemplate["object"]): unknown {
  if (kind === "Pod") return metadata.annotations?.[evictable];
  return field(field(field(field(spec, "template"), "metadata"), "annotations"), evictable);
}
