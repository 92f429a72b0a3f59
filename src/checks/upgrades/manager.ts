/** L2.2: whether whoever manages it can go on managing it when it is itself replaced by a newer one. */
import { field, listField, textField } from "../../kube/fields.ts";
import type { KubeObject } from "../../kube/objects.ts";
import type { Check, Finding } from "../finding.ts";
import type { Observation } from "../observation.ts";
import { containersOf, type PodTemplate } from "../templates.ts";
import { counted, fail, given, pass, read, unknown } from "../verdicts.ts";

export const manager: Check<Observation> = {
  id: "L2.2",
  title: "Manager can be upgraded",
  question: "Are all versions in which objects are stored still served, and is somebody there who manages them?",
  why: "an object in a version that is not served any more can't be read by anybody",
  judge: (observation) =>
    given(observation.definition, (found) => {
      if (found === undefined)
        return unknown(
          `the CustomResourceDefinition of ${observation.subject.kind}`,
          "no definition of its kind is there",
        );
      const stored = listField(found["status"], "storedVersions").map(String);
      const served = listField(found["spec"], "versions")
        .filter((one) => field(one, "served") === true)
        .map((one) => textField(one, "name"));
      const evidence = [
        read(found, "status.storedVersions", stored.join(", ")),
        read(found, "spec.versions that are served", served.join(", ")),
      ];
      const lost = stored.filter((version) => !served.includes(version));
      if (lost.length > 0)
        return fail(
          `${lost.join(", ")} is stored and not served any more`,
          evidence,
          "store every object anew in a served version, then take the old one out of status.storedVersions",
        );
      return whoIsThere(observation, evidence);
    }),
};

function whoIsThere({ manager: who, subject }: Observation, evidence: Finding["evidence"]): Finding {
  if (who.kind === "kubectl-dbop")
    return pass("what is stored is served, and any newer kubectl-dbop reads it", evidence);
  return given(who.deployments, (deployments) => {
    if (deployments.length === 0)
      return fail(
        "no Deployment was found that looks like its operator",
        [...evidence, counted(subject.kind, "Deployments of an operator for it", 0)],
        "an operator of its kind in this cluster",
      );
    return pass("what is stored is served, and its operator is there", [...evidence, ...deployments.flatMap(imagesOf)]);
  });
}

function imagesOf(deployment: KubeObject): Finding["evidence"] {
  const spec = field(field(deployment["spec"], "template"), "spec");
  const template: PodTemplate = { object: deployment, path: "spec.template.spec", spec, labels: {} };
  return containersOf([template]).map(({ name, fields }) =>
    read(deployment, `spec.template.spec.containers[${name}].image`, textField(fields, "image")),
  );
}
