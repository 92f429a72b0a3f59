/** L2.1 and L2.5: whether there is a way to the next version, and what stands against taking it now. */
import { textField } from "../../kube/fields.ts";
import type { Check, Finding } from "../finding.ts";
import type { Observation, OwnManager } from "../observation.ts";
import { remedy } from "../remedy.ts";
import { findField, schemaOf } from "../schema.ts";
import { counted, fail, given, notApplicable, pass, read, unknown, warn } from "../verdicts.ts";

const versionNames = /^(?:version|image|imageName|serverVersion|\w+Version)$/u;

export const path: Check<Observation> = {
  id: "L2.1",
  title: "A way to the next version",
  question: "Is there a legal step from the version that runs to a newer one, or is it the newest?",
  why: "a version without a way on is left only by a dump and a new cluster",
  judge: (observation) => {
    const { manager } = observation;
    return manager.kind === "operator" ? bySchema(observation) : byEngine(observation, manager);
  },
};

function bySchema({ definition, subject }: Observation): Finding {
  return given(definition, (found) => {
    const place = found && findField(schemaOf(found, subject, "spec"), "spec", versionNames);
    if (found === undefined || place === undefined)
      return fail(
        "the kind has no field for a version or an image",
        [counted(subject.kind, "spec.version and its like", undefined)],
        "a field of the kind for the version",
      );
    return pass("the version is a field of the custom resource", [
      read(found, `schema of ${place.path}`, textField(place.schema, "type")),
    ]);
  });
}

function byEngine(observation: Observation, { engine }: OwnManager): Finding {
  return given(engine, ({ title, currentVersion, newestVersions, operand }) => {
    const object = `${title} of ${observation.subject.metadata.name}`;
    if (currentVersion === undefined) return unknown("a member that answers", "nobody says which version it runs");
    const evidence = [
      counted(object, "version", currentVersion),
      counted("kubectl-dbop", `newest versions of ${title}`, newestVersions.join(", ")),
    ];
    if (operand?.nextVersion !== undefined)
      return pass(`${operand.nextVersion} may follow`, [
        ...evidence,
        counted("kubectl-dbop", "next legal version", operand.nextVersion),
      ]);
    const minor = (version: string): string => version.split(".").slice(0, 2).join(".");
    if (newestVersions.some((version) => minor(version) === minor(currentVersion)))
      return pass("nothing newer is known", evidence);
    const fix = "a newer kubectl-dbop that knows this version";
    return fail(`no way on is known from ${currentVersion}`, evidence, fix);
  });
}

export const gates: Check<Observation> = {
  id: "L2.5",
  title: "Ready to be upgraded now",
  question: "Does everything hold that the engine demands before its version changes?",
  why: "a patch for a hole that is being used is wanted today, and not after a week of putting things in order",
  judge: (observation) => {
    const { manager, subject } = observation;
    if (manager.kind === "operator")
      return notApplicable("the conditions of an upgrade are known to its operator only");
    return given(manager.engine, ({ title, operand }) => {
      const object = `${title} of ${subject.metadata.name}`;
      if (operand === undefined) return notApplicable(`${title} has no conditions of an upgrade that are known here`);
      const [first, ...others] = operand.gates;
      const target = operand.nextVersion;
      if (first === undefined)
        return pass(
          target === undefined ? "it is well, and nothing newer is known" : `nothing stands against ${target}`,
          [counted(object, "conditions of an upgrade that do not hold", 0)],
        );
      const evidence = [first, ...others].map(({ guard, observed }) => counted(object, guard, observed));
      const fix = first.lift?.startsWith("kubectl") === true ? first.lift : remedy(observation, fixOf(first.guard));
      return warn([first, ...others].map(({ message }) => message).join("; "), evidence, fix);
    });
  },
};

/** By the name of the guard: what has to be done first. */
function fixOf(guard: string): Parameters<typeof remedy>[1] {
  const backup = guard === "verified-backup-before-irreversible";
  return { dbop: backup ? "backup NAME --to LOCATION" : "reconcile NAME", operator: "" };
}
