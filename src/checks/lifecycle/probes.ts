/** L3.6 and L3.7: whether the kubelet can tell that a process hangs, and that it does not serve. */
import { field } from "../../kube/fields.ts";
import type { Check, Finding } from "../finding.ts";
import type { Observation } from "../observation.ts";
import { containersOf, givenTemplates, readContainer, type Container } from "../templates.ts";
import { fail, pass, warn } from "../verdicts.ts";

export const liveness: Check<Observation> = {
  id: "L3.6",
  title: "Liveness probes",
  question: "Is a process that hangs found out and restarted?",
  why: "a process that hangs looks like one that is busy until somebody calls",
  judge: (observation) =>
    givenTemplates(observation, (templates) => {
      const containers = containersOf(templates);
      const evidence = containers.map((one) => readContainer(one, "livenessProbe", kindOf(one, "livenessProbe")));
      return without(containers, "livenessProbe") ?? pass("every container has one", evidence);
    }),
};

export const readiness: Check<Observation> = {
  id: "L3.7",
  title: "Readiness asks the server",
  question: "Does a pod that does not serve get no clients?",
  why: "a port that accepts connections is not yet a database that answers",
  judge: (observation) =>
    givenTemplates(observation, (templates) => {
      const containers = containersOf(templates);
      const evidence = containers.map((one) => readContainer(one, "readinessProbe", kindOf(one, "readinessProbe")));
      const bare = without(containers, "readinessProbe");
      if (bare !== undefined) return bare;
      const shallow = containers.filter((one) => kindOf(one, "readinessProbe") === "tcpSocket");
      if (shallow.length === 0) return pass("every container is asked whether it serves", evidence);
      return warn(
        `${namesOf(shallow)} only has its port tried`,
        evidence,
        "an exec or httpGet readinessProbe that asks the server",
      );
    }),
};

type ProbeName = "livenessProbe" | "readinessProbe";

function kindOf({ fields }: Container, name: ProbeName): string | undefined {
  return ["exec", "httpGet", "grpc", "tcpSocket"].find((kind) => field(field(fields, name), kind) !== undefined);
}

/** Of containers that have none; undefined when all have one. */
function without(containers: readonly Container[], name: ProbeName): Finding | undefined {
  const bare = containers.filter((one) => kindOf(one, name) === undefined);
  if (bare.length === 0) return undefined;
  return fail(
    `${namesOf(bare)} has none`,
    bare.map((one) => readContainer(one, name, undefined)),
    `a ${name} in the pod template`,
  );
}

export function namesOf(containers: readonly Container[]): string {
  return [...new Set(containers.map(({ name }) => name))].join(", ");
}
