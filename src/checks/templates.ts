/** What the pods of a database are made from: the templates of its StatefulSets, and pods that no StatefulSet made. Pure. */
import { field, listField, textField } from "../kube/fields.ts";
import type { KubeObject } from "../kube/objects.ts";
import type { Evidence, Finding } from "./finding.ts";
import type { Observation, Read } from "./observation.ts";
import type { Labels } from "./selector.ts";
import { both, given, read, unknown } from "./verdicts.ts";

export interface PodTemplate {
  readonly object: KubeObject;
  /** Where its pod spec is: `spec.template.spec`, or `spec` of a pod. */
  readonly path: string;
  readonly spec: unknown;
  readonly labels: Labels;
}

function templatesOf({ sets, pods }: Pick<Observation, "sets" | "pods">): Read<readonly PodTemplate[]> {
  const reading = both(sets, pods);
  if (reading.state !== "read")
    return sets.state === "read" ? { state: "read", value: sets.value.map(ofSet) } : reading;
  const [found, running] = reading.value;
  const loose = running.filter((pod) => !isOfSet(pod));
  return { state: "read", value: [...found.map(ofSet), ...loose.map(ofPod)] };
}

function ofSet(set: KubeObject): PodTemplate {
  const template = field(set["spec"], "template");
  return { object: set, path: "spec.template.spec", spec: field(template, "spec"), labels: labelsOf(template) };
}

function ofPod(pod: KubeObject): PodTemplate {
  return { object: pod, path: "spec", spec: pod["spec"], labels: pod.metadata.labels ?? {} };
}

function labelsOf(template: unknown): Labels {
  const labels = field(field(template, "metadata"), "labels");
  const entries = Object.entries(typeof labels === "object" && labels !== null ? labels : {});
  return Object.fromEntries(entries.map(([key, value]) => [key, String(value)]));
}

function isOfSet(pod: KubeObject): boolean {
  return (pod.metadata.ownerReferences ?? []).some((owner) => textField(owner, "kind") === "StatefulSet");
}

/** Judges them; where there are none nothing can be said of how they are made. */
export function givenTemplates(
  observation: Pick<Observation, "sets" | "pods">,
  judge: (templates: readonly PodTemplate[]) => Finding,
): Finding {
  return given(templatesOf(observation), (templates) =>
    templates.length === 0
      ? unknown("a StatefulSet or pod that belongs to it", "nothing runs that could be looked at")
      : judge(templates),
  );
}

export interface Container {
  readonly template: PodTemplate;
  readonly name: string;
  readonly fields: unknown;
}

export function containersOf(templates: readonly PodTemplate[]): readonly Container[] {
  return templates.flatMap((template) =>
    listField(template.spec, "containers").map((fields) => ({ template, name: textField(fields, "name"), fields })),
  );
}

/** A field of a container as evidence. */
export function readContainer({ template, name }: Container, path: string, value: unknown): Evidence {
  return read(template.object, `${template.path}.containers[${name}].${path}`, value);
}
