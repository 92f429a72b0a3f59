/** What the API server adds to a Job and refuses of one. */
import { at, equal, fieldsOf, fill, textOf, type Draft, type Fields } from "./json.ts";
import { defaultPodSpec } from "./pod-defaults.ts";

/** Completes a Job in place. A new one has its uid already: its pods are selected by it. */
export function defaultJob(job: Draft): void {
  const spec = fieldsOf(job["spec"]);
  job["spec"] = spec;
  fill(spec, {
    backoffLimit: 6,
    completionMode: "NonIndexed",
    completions: 1,
    manualSelector: false,
    parallelism: 1,
    podReplacementPolicy: "TerminatingOrFailed",
    suspend: false,
  });
  const template = fieldsOf(spec["template"]);
  spec["template"] = template;
  const podSpec = fieldsOf(template["spec"]);
  template["spec"] = podSpec;
  // A pod's own default, Always, is refused here: a Job has to say which of the others it wants.
  const restartPolicy = textOf(podSpec["restartPolicy"]) ?? "";
  defaultPodSpec(podSpec);
  podSpec["restartPolicy"] = restartPolicy;
  if (spec["selector"] === undefined) selectOwnPods(job, spec, template);
}

function selectOwnPods({ metadata }: Draft, spec: Fields, template: Fields): void {
  const { uid = "", name } = metadata;
  spec["selector"] = { matchLabels: { "batch.kubernetes.io/controller-uid": uid } };
  const templateMeta = fieldsOf(template["metadata"]);
  const labels = {
    ...fieldsOf(templateMeta["labels"]),
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
    "controller-uid": uid,
    "job-name": name,
  };
  template["metadata"] = { ...templateMeta, labels };
  if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
}

const fixed = ["completions", "completionMode", "podFailurePolicy", "selector", "successPolicy", "template"] as const;

/** Problems with `job` as a successor of `old`, or as a new one. */
export function jobProblems(job: Draft, old: Draft | undefined): string[] {
  const policy = at(job["spec"], "template", "spec", "restartPolicy");
  const choices = 'valid values: "OnFailure", "Never"';
  const problems =
    policy === "OnFailure" || policy === "Never"
      ? []
      : policy === ""
        ? [`spec.template.spec.restartPolicy: Required value: ${choices}`]
        : [
            `spec.template.spec.restartPolicy: Unsupported value: ${JSON.stringify(policy)}: supported values: "OnFailure", "Never"`,
          ];
  if (old === undefined) return problems;
  const changed = fixed.filter((field) => !equal(at(old["spec"], field), at(job["spec"], field)));
  return [
    ...problems,
    ...changed.map(
      (field) => `spec.${field}: Invalid value: ${JSON.stringify(at(job["spec"], field))}: field is immutable`,
    ),
  ];
}
