/** L1.5 and L1.6: whether the status says what goes on. */
import { field, listField, numberField, textField } from "../../kube/fields.ts";
import type { Check } from "../finding.ts";
import type { Observation } from "../observation.ts";
import { remedy } from "../remedy.ts";
import { findField, schemaOf } from "../schema.ts";
import { fail, given, pass, read, warn } from "../verdicts.ts";

const progressNames = /^(?:phase|state|conditions|clusterState|currentPhase)$/u;

export const progress: Check<Observation> = {
  id: "L1.5",
  title: "Status shows a change under way",
  question: "Does the status tell which generation of the spec has been seen to?",
  why: "who waits for a change must tell its end from the end of the one before",
  judge: (observation) => {
    const { subject } = observation;
    const generation = subject.metadata.generation;
    const observed =
      field(subject["status"], "observedGeneration") ?? field(newestCondition(subject), "observedGeneration");
    const evidence = [
      read(subject, "metadata.generation", generation),
      read(subject, "status.observedGeneration", observed),
    ];
    const fix = remedy(observation, {
      dbop: "reconcile NAME",
      operator: "an operator that runs and writes status.observedGeneration",
    });
    if (observed === undefined) return withSchema(observation, evidence, fix);
    if (Number(observed) >= (generation ?? 0)) return pass("the newest change of the spec has been seen to", evidence);
    return warn("the spec was changed and nobody has seen to it yet", evidence, fix);
  },
};

/** Nothing recorded: either nobody ever looked, or the kind has no place for it. */
function withSchema(
  observation: Observation,
  evidence: readonly ReturnType<typeof read>[],
  fix: string,
): ReturnType<typeof fail> {
  const { subject, definition } = observation;
  return given(definition, (found) => {
    const place = found && findField(schemaOf(found, subject, "status"), "status", progressNames);
    if (place === undefined || found === undefined)
      return fail(
        "the kind has no status that could tell",
        evidence,
        "a status with observedGeneration and conditions in the kind",
      );
    return fail(
      "nothing is recorded of any change",
      [...evidence, read(found, `schema of ${place.path}`, textField(place.schema, "type"))],
      fix,
    );
  });
}

function newestCondition(subject: Observation["subject"]): unknown {
  return listField(subject["status"], "conditions").toSorted(
    (a, b) => numberField(b, "observedGeneration") - numberField(a, "observedGeneration"),
  )[0];
}

export const status: Check<Observation> = {
  id: "L1.6",
  title: "Status is of use",
  question: "Does the status hold conditions that say since when and why?",
  why: "'not ready' without a reason sends people into logs",
  judge: (observation) => {
    const { subject } = observation;
    const conditions = listField(subject["status"], "conditions");
    const fix = remedy(observation, {
      dbop: "reconcile NAME",
      operator: "an operator that runs and writes conditions",
    });
    if (conditions.length === 0)
      return fail("the status has no conditions", [read(subject, "status.conditions", undefined)], fix);
    const evidence = conditions.map((condition) =>
      read(
        subject,
        `status.conditions[${textField(condition, "type")}]`,
        `${textField(condition, "status")}, ${textField(condition, "reason") || "no reason"}, since ${textField(condition, "lastTransitionTime") || "nobody knows when"}`,
      ),
    );
    const mute = conditions.filter(
      (one) => textField(one, "lastTransitionTime") === "" || textField(one, "reason") === "",
    );
    if (mute.length === 0) return pass("conditions say since when and why", evidence);
    const words = `${String(mute.length)} of ${String(conditions.length)} conditions say neither since when nor why`;
    return warn(words, evidence, fix);
  },
};
