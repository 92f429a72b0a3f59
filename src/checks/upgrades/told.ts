/** L2.4: whether the status says that versions are mixed, and whether they are. */
import { field, listField, textField } from "../../kube/fields.ts";
import type { Check, Finding } from "../finding.ts";
import type { Observation, OwnManager } from "../observation.ts";
import { remedy } from "../remedy.ts";
import { findField, schemaOf } from "../schema.ts";
import { counted, fail, given, pass, read, unknown, warn } from "../verdicts.ts";

const phaseNames = /^(?:phase|conditions|state|targetVersion|currentVersion|upgrad\w+)$/iu;

export const told: Check<Observation> = {
  id: "L2.4",
  title: "Status tells of an upgrade",
  question: "Does the status show an upgrade under way, and do all members run one version otherwise?",
  why: "two versions side by side are fine for an hour, and a trap when they were forgotten",
  judge: (observation) => {
    const { manager } = observation;
    return manager.kind === "operator" ? bySchema(observation) : byMembers(observation, manager);
  },
};

function bySchema({ definition, subject }: Observation): Finding {
  return given(definition, (found) => {
    const place = found && findField(schemaOf(found, subject, "status"), "status", phaseNames);
    if (found === undefined || place === undefined)
      return fail(
        "the kind has no status that could tell of an upgrade",
        [counted(subject.kind, "status.phase, status.conditions and their like", undefined)],
        "conditions or a phase in the status of the kind",
      );
    const said = field(subject["status"], place.path.split(".")[1] ?? "");
    const evidence = [
      read(found, `schema of ${place.path}`, textField(place.schema, "type")),
      read(subject, place.path, said),
    ];
    if (said === undefined)
      return fail("the status could tell, and nobody has written it", evidence, "an operator that runs");
    return pass("the status tells of what goes on", evidence);
  });
}

function byMembers(observation: Observation, { engine }: OwnManager): Finding {
  const { subject } = observation;
  const operation = textField(field(subject["status"], "operation"), "verb");
  const target = textField(subject["status"], "targetVersion");
  return given(engine, ({ members }) => {
    const versions = [...new Set(members.flatMap(({ version }) => version ?? []))];
    const silent = members.filter(({ version }) => version === undefined).map(({ name }) => name);
    const evidence = [
      ...members.map(({ name, version }) => counted(`pod/${name}`, "version it says it runs", version)),
      read(subject, "status.currentVersion", textField(subject["status"], "currentVersion") || undefined),
      read(subject, "status.targetVersion", target || undefined),
      read(subject, "status.operation.verb", operation || undefined),
      read(subject, "status.history", `${String(listField(subject["status"], "history").length)} operations`),
    ];
    if (silent.length > 0)
      return unknown(`an answer of ${silent.join(", ")}`, "not every member says which version it runs", evidence);
    if (versions.length === 1) return pass("all members run one version, and the status names it", evidence);
    const fix = remedy(observation, { dbop: "reconcile NAME", operator: "" });
    if (target !== "" || operation === "upgrade")
      return warn(`an upgrade is under way: ${versions.join(", ")}`, evidence, fix);
    return fail(`members run ${versions.join(", ")}, and no upgrade is recorded`, evidence, fix);
  });
}
