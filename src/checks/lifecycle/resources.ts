/** L3.10: what members are given, and what they may not exceed. */
import { field, fieldsOf } from "../../kube/fields.ts";
import type { Check } from "../finding.ts";
import type { Observation } from "../observation.ts";
import { remedy } from "../remedy.ts";
import { containersOf, givenTemplates, readContainer, type Container } from "../templates.ts";
import { fail, pass } from "../verdicts.ts";
import { namesOf } from "./probes.ts";

/**
 * A limit of memory is demanded and one of CPU is not: a member that is throttled in the middle of a heartbeat is taken for dead, whereas one
 * with a request gets at least that.
 */
export const resources: Check<Observation> = {
  id: "L3.10",
  title: "Requests and limits",
  question: "Does every container request CPU and memory, and is its memory bounded?",
  why: "who requests nothing is scheduled anywhere and evicted first",
  judge: (observation) =>
    givenTemplates(observation, (templates) => {
      const containers = containersOf(templates);
      const evidence = containers.map((one) => readContainer(one, "resources", field(one.fields, "resources")));
      const lacking = containers.filter((one) => missingOf(one).length > 0);
      if (lacking.length === 0) return pass("CPU and memory are requested, memory is bounded", evidence);
      const what = [...new Set(lacking.flatMap(missingOf))].join(", ");
      const fix = remedy(observation, {
        dbop: "scale NAME --cpu 500m --memory 2Gi",
        operator: "resources in the custom resource",
      });
      return fail(`${namesOf(lacking)}: no ${what}`, evidence, fix);
    }),
};

function missingOf({ fields }: Container): readonly string[] {
  const wanted = [
    ["requests", "cpu"],
    ["requests", "memory"],
    ["limits", "memory"],
  ] as const;
  return wanted.flatMap(([part, name]) => {
    const given = fieldsOf(field(field(fields, "resources"), part))[name];
    return given === undefined ? [`${part}.${name}`] : [];
  });
}
