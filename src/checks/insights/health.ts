/** L4.8: whether the engine's own questions of health can be answered. */
import type { Check } from "../finding.ts";
import type { Observation } from "../observation.ts";
import { counted, given, notApplicable, pass, unknown } from "../verdicts.ts";

export const health: Check<Observation> = {
  id: "L4.8",
  title: "Health can be asked",
  question: "Does the engine answer every question by which its health is known?",
  why: "who can't ask for the lag learns of it when a failover loses data",
  judge: ({ manager }) => {
    if (manager.kind === "operator") return notApplicable("how its engine is asked is not known here");
    return given(manager.engine, ({ title, operand }) => {
      if (operand === undefined) return notApplicable(`${title} is asked nothing beyond its status`);
      const evidence = operand.health.map(({ name, answer }) => counted(title, name, answer));
      const silent = operand.health.filter(({ answer }) => answer === undefined).map(({ name }) => name);
      if (silent.length === 0) return pass("every question is answered", evidence);
      return unknown(`an answer to: ${silent.join(", ")}`, "not every question is answered", evidence);
    });
  },
};
