/** L4.2 to L4.4: whether somebody is called, with what urgency, and what they are told to do. */
import { field, listField, textField } from "../../kube/fields.ts";
import type { KubeObject } from "../../kube/objects.ts";
import type { Check, Finding } from "../finding.ts";
import type { Observation } from "../observation.ts";
import { counted, fail, given, notApplicable, pass, read, warn } from "../verdicts.ts";
import { isAbout } from "./metrics.ts";

interface Alert {
  readonly rule: KubeObject;
  readonly name: string;
  readonly fields: unknown;
}

function overAlerts({ rules, subject }: Observation, judge: (alerts: readonly Alert[]) => Finding): Finding {
  return given(rules, (found) => judge(alertsIn(found.filter((rule) => isAbout(rule, subject.metadata)))));
}

function alertsIn(rules: readonly KubeObject[]): readonly Alert[] {
  return rules.flatMap((rule) =>
    listField(rule["spec"], "groups").flatMap((group) =>
      listField(group, "rules").flatMap((fields) => {
        const name = textField(fields, "alert");
        return name === "" ? [] : [{ rule, name, fields }];
      }),
    ),
  );
}

export const alerts: Check<Observation> = {
  id: "L4.2",
  title: "Alerts",
  question: "Does a PrometheusRule alert somebody when it is unwell?",
  why: "otherwise its users are the alert",
  judge: (observation) =>
    overAlerts(observation, (found) => {
      const { namespace = "", name } = observation.subject.metadata;
      if (found.length === 0)
        return fail(
          "no alert is about it",
          [
            counted(
              `prometheusrules.monitoring.coreos.com in ${namespace}`,
              `alerts that name ${name} or its namespace`,
              0,
            ),
          ],
          `a PrometheusRule whose expressions select namespace="${namespace}"`,
        );
      return pass(
        `${String(found.length)} alerts are about it`,
        found.map((alert) => read(alert.rule, "alert", alert.name)),
      );
    }),
};

/** As said of every alert: those that lack something, by name. */
function every(what: string, holds: (alert: Alert) => string): Pick<Check<Observation>, "judge"> {
  return {
    judge: (observation) =>
      overAlerts(observation, (found) => {
        if (found.length === 0) return notApplicable("there are no alerts about it");
        const lacking = found.filter((alert) => holds(alert) === "");
        const evidence = found.map((alert) => read(alert.rule, `${what} of ${alert.name}`, holds(alert) || undefined));
        if (lacking.length === 0) return pass(`every alert has ${what}`, evidence);
        return warn(
          `${lacking.map(({ name }) => name).join(", ")}: no ${what}`,
          evidence,
          `${what} in the PrometheusRule`,
        );
      }),
  };
}

export const runbooks: Check<Observation> = {
  id: "L4.3",
  title: "Runbook for each alert",
  question: "Does each alert lead to what is to be done about it?",
  why: "whoever is woken has not read the manual lately",
  ...every("annotations.runbook_url", ({ fields }) => textField(field(fields, "annotations"), "runbook_url")),
};

export const severities: Check<Observation> = {
  id: "L4.4",
  title: "Severity of each alert",
  question: "Does each alert say whether somebody must get up (critical) or may look tomorrow (warning, info)?",
  why: "where everything is urgent nothing is",
  ...every(
    "labels.severity (critical, warning or info)",
    ({ fields }) => /^(?:critical|warning|info)$/u.exec(textField(field(fields, "labels"), "severity"))?.[0] ?? "",
  ),
};
