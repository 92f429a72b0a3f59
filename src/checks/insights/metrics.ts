/** L4.1 and L4.7: what the server tells of itself in numbers, and who collects that. */
import { field, listField, textField } from "../../kube/fields.ts";
import type { KubeObject } from "../../kube/objects.ts";
import type { MetricsFacts } from "../engine-facts.ts";
import type { Check, Evidence, Finding } from "../finding.ts";
import type { Metrics, Observation } from "../observation.ts";
import { selects } from "../selector.ts";
import { containersOf, givenTemplates, readContainer, type PodTemplate } from "../templates.ts";
import { counted, fail, given, notApplicable, pass, read, unknown } from "../verdicts.ts";

const portNames = /metrics|prom|exporter/u;

export const endpoint: Check<Observation> = {
  id: "L4.1",
  title: "Metrics are collected",
  question: "Does the server give metrics, and does a ServiceMonitor or PodMonitor have them collected?",
  why: "a disk that fills is a line in a graph a week before it is an outage",
  judge: (observation) =>
    givenTemplates(observation, (templates) => {
      const ports = portsOf(templates);
      if (ports.length === 0)
        return fail(
          "no container has a port for metrics",
          [counted("containers", "ports called metrics", 0)],
          "a container port called metrics: an exporter beside the server where it has none",
        );
      return given(observation.metrics, (metrics) => {
        const scraped = counted(metrics?.source ?? "metrics", "families of metrics", metrics?.families.size);
        if (metrics === undefined || metrics.families.size === 0)
          return fail(
            "the endpoint gives no metrics",
            [...ports, scraped],
            "see what the port answers to GET /metrics",
          );
        return collected(observation, templates, [...ports, scraped]);
      });
    }),
};

function portsOf(templates: readonly PodTemplate[]): readonly Evidence[] {
  return containersOf(templates).flatMap((container) =>
    listField(container.fields, "ports")
      .filter((port) => portNames.test(textField(port, "name")))
      .map((port) =>
        readContainer(container, `ports[${textField(port, "name")}].containerPort`, field(port, "containerPort")),
      ),
  );
}

function collected(
  { monitors, services, subject }: Observation,
  templates: readonly PodTemplate[],
  evidence: readonly Evidence[],
): Finding {
  if (monitors.state !== "read")
    return unknown(monitors.missing, `it gives metrics; who collects them is not seen: ${monitors.why}`, evidence);
  const labels = [
    ...templates.map((template) => template.labels),
    ...(services.state === "read" ? services.value.map(({ metadata }) => metadata.labels ?? {}) : []),
  ];
  const own = monitors.value.filter((monitor) =>
    labels.some((one) => selects(field(monitor["spec"], "selector"), one)),
  );
  const all = [
    ...evidence,
    ...own.map((monitor) => read(monitor, "spec.selector", field(monitor["spec"], "selector"))),
  ];
  if (own.length > 0) return pass("its metrics are collected", all);
  return fail(
    "no ServiceMonitor or PodMonitor selects it",
    all,
    `a PodMonitor in ${subject.metadata.namespace ?? "its namespace"} that selects its pods and scrapes the port for metrics`,
  );
}

export const performance: Check<Observation> = {
  id: "L4.7",
  title: "Rate, errors and duration",
  question: "Do the metrics tell how much is asked, how much of it fails, and how long it takes?",
  why: "these three tell a slow database from a busy one",
  judge: ({ manager, metrics }) => {
    if (manager.kind === "operator") return notApplicable("which metrics its engine has is not known here");
    return given(manager.engine, ({ title, operand }) => {
      const wanted = operand?.metrics;
      if (wanted === undefined)
        return fail(
          `${title} gives no metrics itself`,
          [counted(title, "metrics endpoint", undefined)],
          "an exporter beside the server",
        );
      return given(metrics, (found) => judgeFamilies(wanted, found));
    });
  },
};

function judgeFamilies({ rate, errors, duration }: MetricsFacts, found: Metrics | undefined): Finding {
  const has = (name: string): boolean => found?.families.has(name) ?? false;
  const wanted = [
    ["rate", rate],
    ["errors", errors],
    ["duration", duration],
  ] as const;
  const evidence = wanted.map(([what, name]) =>
    counted(found?.source ?? "metrics", `${what}: ${name}`, has(name) ? "there" : undefined),
  );
  const lacking = wanted.filter(([, name]) => !has(name)).map(([what]) => what);
  if (lacking.length === 0) return pass("all three are there", evidence);
  return fail(
    `nothing tells of ${lacking.join(", ")}`,
    evidence,
    "see what the port for metrics answers to GET /metrics",
  );
}

export function isAbout(
  rule: KubeObject,
  { namespace, name }: { readonly namespace?: string; readonly name: string },
): boolean {
  const text = JSON.stringify(rule["spec"] ?? {});
  const words = [`namespace=\\"${namespace ?? ""}\\"`, `namespace=~\\"${namespace ?? ""}\\"`, name];
  return words.some((word) => text.includes(word));
}
