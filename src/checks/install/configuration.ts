/** L1.1 to L1.3: what can be asked for in the custom resource, and whether what runs is that. */
import { field, textField } from "../../kube/fields.ts";
import type { KubeObject } from "../../kube/objects.ts";
import type { Check, Evidence, Finding } from "../finding.ts";
import type { Observation, OwnManager } from "../observation.ts";
import { remedy } from "../remedy.ts";
import { findField, schemaOf } from "../schema.ts";
import { containersOf, givenTemplates, readContainer } from "../templates.ts";
import { counted, fail, given, pass, read, unknown, warn } from "../verdicts.ts";

export const definition: Check<Observation> = {
  id: "L1.1",
  title: "Configured by a custom resource",
  question: "Is the installation described by a custom resource that the API server knows and that can be read?",
  why: "what is not in an object can't be reviewed, versioned or put back",
  judge: (observation) => given(observation.definition, (found) => judgeDefinition(observation, found)),
};

function judgeDefinition({ subject, manager }: Observation, found: KubeObject | undefined): Finding {
  if (found === undefined)
    return unknown(
      `the CustomResourceDefinition of ${subject.kind}`,
      `no definition of ${subject.apiVersion} is there`,
    );
  const established = conditionOf(found, "Established");
  const evidence = [read(found, "status.conditions[Established].status", established)];
  if (established !== "True")
    return fail("the kind is not established", evidence, "kubectl dbop install --print-crds | kubectl apply -f -");
  if (manager.kind === "kubectl-dbop" && manager.cluster === undefined) {
    const problems = manager.problems.map((problem) => read(subject, "spec", problem));
    return fail("the spec can't be read", [...evidence, ...problems], "mend the fields of the spec that are named");
  }
  return pass("its kind is established and its spec can be read", evidence);
}

function conditionOf(object: KubeObject, type: string): string {
  const list = field(object["status"], "conditions");
  const found: unknown = (Array.isArray(list) ? list : []).find((one: unknown) => textField(one, "type") === type);
  return textField(found, "status") || "<none>";
}

const configNames =
  /^(?:config|configuration|parameters|settings|postgresql|mysqld?|mycnf|additional\w*config\w*|extra(?:args|config)|options)$/iu;

export const configuration: Check<Observation> = {
  id: "L1.2",
  title: "Server settings from the resource",
  question: "Can the server's own settings be given in the custom resource, and are those given in force?",
  why: "a setting changed by hand in a pod is gone with the pod",
  judge: (observation) =>
    given(observation.definition, (found) => {
      const schema = found && schemaOf(found, observation.subject, "spec");
      const place = findField(schema, "spec", configNames);
      if (found === undefined || place === undefined)
        return fail(
          "the kind has no field for the server's settings",
          [counted(observation.subject.kind, "spec.config and its like", undefined)],
          "a field of the kind for the server's settings",
        );
      const known = read(found, `schema of ${place.path}`, textField(place.schema, "type"));
      return observation.manager.kind === "operator"
        ? pass("the kind has a field for the server's settings", [known])
        : inForce(observation, observation.manager, known);
    }),
};

function inForce(observation: Observation, { engine }: OwnManager, known: Evidence): Finding {
  return given(engine, ({ operand }) => {
    const facts = operand?.configuration ?? [];
    if (facts.length === 0)
      return unknown("what the engine says of its configuration", "nobody can say what is in force", [known]);
    const evidence = [
      known,
      ...facts.map(({ object, field: path, inForce: is }) => counted(object, path, is ? "as in the spec" : "another")),
    ];
    if (facts.every((fact) => fact.inForce)) return pass("members run with the settings of the spec", evidence);
    const fix = remedy(observation, { dbop: "reconcile NAME", operator: "" });
    return fail("members run with other settings than those of the spec", evidence, fix);
  });
}

const imageNames = /^(?:image|imageName|images?|baseImage|\w+Image|version|tag)$/u;

export const image: Check<Observation> = {
  id: "L1.3",
  title: "Image can be chosen",
  question: "Can the image of the server be given in the custom resource, and do all pods run one?",
  why: "a registry of one's own, and a patched image in a hurry",
  judge: (observation) =>
    given(observation.definition, (found) => {
      const place = found && findField(schemaOf(found, observation.subject, "spec"), "spec", imageNames);
      if (found === undefined || place === undefined)
        return fail(
          "the kind has no field for an image or a version",
          [counted(observation.subject.kind, "spec.image and its like", undefined)],
          "a field of the kind for the image",
        );
      return judgeImages(observation, read(found, `schema of ${place.path}`, textField(place.schema, "type")));
    }),
};

function judgeImages(observation: Observation, known: Evidence): Finding {
  const wished = textField(observation.subject["spec"], "image");
  return givenTemplates(observation, (templates) => {
    const containers = containersOf(templates);
    const images = containers.map((one) => ({ one, image: textField(one.fields, "image") }));
    const evidence = [known, ...images.map(({ one, image: name }) => readContainer(one, "image", name))];
    if (wished === "" || images.some(({ image: name }) => name === wished))
      return pass("the image can be chosen, and that of the spec is the one in use", evidence);
    const fix = remedy(observation, {
      dbop: "reconcile NAME",
      operator: "see why the operator does not apply spec.image",
    });
    return warn(`no container runs the image of the spec, ${wished}`, evidence, fix);
  });
}
