/** L3.3, L3.5 and L3.8: how members are replaced, added and removed. */
import { field, textField } from "../../kube/fields.ts";
import type { KubeObject } from "../../kube/objects.ts";
import type { Check, Finding } from "../finding.ts";
import { isOwnedBy } from "./schedule.ts";
import type { Observation, OwnManager } from "../observation.ts";
import { remedy } from "../remedy.ts";
import { findField, schemaOf, servedVersion } from "../schema.ts";
import { both, counted, fail, given, pass, read, unknown, warn } from "../verdicts.ts";

function strategyOf(set: KubeObject): string {
  return textField(field(set["spec"], "updateStrategy"), "type");
}

export const orderedChange: Check<Observation> = {
  id: "L3.3",
  title: "Replaced in the right order",
  question: "Does somebody who knows roles decide which member restarts when?",
  why: "who restarts the primary first makes two elections out of one",
  judge: (observation) =>
    given(both(observation.sets, observation.pods), ([sets, pods]) => {
      const { subject } = observation;
      const evidence = sets.map((set) => read(set, "spec.updateStrategy", field(set["spec"], "updateStrategy")));
      if (sets.length === 0) {
        const owned = pods.filter((pod) => isOwnedBy(pod, subject.metadata.uid));
        if (owned.length > 0)
          return pass(
            "its operator makes and removes each pod itself",
            owned.map((pod) => read(pod, "metadata.ownerReferences", subject.kind)),
          );
        return unknown("a StatefulSet or pod that belongs to it", "nothing runs whose order could be told");
      }
      const left = sets.filter((set) => strategyOf(set) !== "OnDelete" && partitionOf(set) === undefined);
      if (left.length === 0) return pass("no member restarts but by a decision", evidence);
      return warn(
        "the StatefulSet controller restarts members by their number, whatever they are",
        evidence,
        "spec.updateStrategy.type OnDelete, and somebody who deletes the primary last",
      );
    }),
};

function partitionOf(set: KubeObject): unknown {
  return field(field(field(set["spec"], "updateStrategy"), "rollingUpdate"), "partition");
}

export const strategy: Check<Observation> = {
  id: "L3.8",
  title: "Update strategy is set",
  question: "Do the StatefulSets say how their pods are to be updated?",
  why: "a strategy that was never chosen is chosen by whoever changes a default",
  judge: ({ sets, pods }) =>
    given(both(sets, pods), ([found, running]) => {
      const evidence = found.map((set) => read(set, "spec.updateStrategy.type", strategyOf(set) || undefined));
      if (found.length === 0)
        return running.length > 0
          ? pass(
              "no StatefulSet updates its pods: its operator does",
              running.map((pod) => read(pod, "metadata.ownerReferences", "no StatefulSet")),
            )
          : unknown("a StatefulSet that belongs to it", "there is none yet");
      if (found.every((set) => strategyOf(set) !== "")) return pass("the strategy is set", evidence);
      return fail("a StatefulSet has no update strategy", evidence, "spec.updateStrategy.type");
    }),
};

const sizeNames = /^(?:replicas|instances|members|size|nodes|numberOfInstances)$/u;

export const scaling: Check<Observation> = {
  id: "L3.5",
  title: "Members can be added and removed",
  question: "Can the number of members be changed in the custom resource, and is nothing in the way now?",
  why: "the day on which more members are needed is a bad one to find out that they can't be had",
  judge: (observation) => {
    const { manager } = observation;
    return manager.kind === "operator" ? bySchema(observation) : byState(observation, manager);
  },
};

function bySchema({ definition, subject }: Observation): Finding {
  return given(definition, (found) => {
    const scale = field(field(found && servedVersion(found, subject), "subresources"), "scale");
    const place = found && findField(schemaOf(found, subject, "spec"), "spec", sizeNames);
    if (found !== undefined && scale !== undefined)
      return pass("the kind has a scale subresource", [read(found, "subresources.scale", scale)]);
    if (found !== undefined && place !== undefined)
      return pass("the size is a field of the custom resource", [
        read(found, `schema of ${place.path}`, textField(place.schema, "type")),
      ]);
    return fail(
      "the kind has no field for its size",
      [counted(subject.kind, "spec.replicas and its like", undefined)],
      "a field of the kind for the number of members",
    );
  });
}

function byState(observation: Observation, { engine }: OwnManager): Finding {
  const { subject } = observation;
  const operation = field(subject["status"], "operation");
  const paused = field(subject["spec"], "paused") === true;
  const evidence = [
    read(subject, "spec.replicas", field(subject["spec"], "replicas")),
    read(
      subject,
      "status.operation",
      operation === undefined ? undefined : `${textField(operation, "verb")} at ${textField(operation, "step")}`,
    ),
    read(subject, "spec.paused", paused),
  ];
  return given(engine, ({ ready, message }) => {
    if (paused) return fail("it is paused: no pass changes anything", evidence, "spec.paused: false");
    const fix = remedy(observation, { dbop: "reconcile NAME", operator: "" });
    if (operation !== undefined) return warn("an operation is under way, and another waits for its end", evidence, fix);
    if (!ready) return warn(`members come and go only while it is well: ${message}`, evidence, fix);
    return pass("nothing is in the way of kubectl dbop scale", evidence);
  });
}
