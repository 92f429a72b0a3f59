/** What the API server refuses to change, or to create, for the built-in kinds this program writes. */
import { jobProblems } from "./job-rules.ts";
import { at, equal, fieldsOf, isFields, listOf, textOf, type Draft, type Fields } from "./json.ts";
import { compareQuantities } from "./quantity.ts";

/** Problems with `object` as a successor of `old` (or as a new object), each `field: message`. */
export function problemsOf(object: Draft, old: Draft | undefined): string[] {
  return [...nameProblems(object), ...(byKind[object.kind]?.(object, old) ?? [])];
}

const dnsName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function nameProblems({ metadata, kind }: Draft): string[] {
  if ((dnsName.test(metadata.name) && metadata.name.length <= 253) || kind.startsWith("Role")) return [];
  return [
    `metadata.name: Invalid value: ${JSON.stringify(metadata.name)}: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
  ];
}

const byKind: Readonly<Record<string, (object: Draft, old: Draft | undefined) => string[]>> = {
  StatefulSet: statefulSetProblems,
  Job: jobProblems,
  PersistentVolumeClaim: claimProblems,
  Service: serviceProblems,
  Secret: (object, old) => [
    ...(old !== undefined && old["type"] !== object["type"]
      ? [`type: Invalid value: ${JSON.stringify(object["type"])}: field is immutable`]
      : []),
    ...frozenProblems(object, old),
  ],
  ConfigMap: frozenProblems,
  Pod: podProblems,
};

/** Fields of a StatefulSet that may change after creation. */
const mutableOfSet = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
] as const;

function statefulSetProblems(object: Draft, old: Draft | undefined): string[] {
  const spec = fieldsOf(object["spec"]);
  const wanted = at(spec, "selector", "matchLabels");
  const labels = fieldsOf(at(spec, "template", "metadata", "labels"));
  if (!isFields(wanted)) return ["spec.selector: Required value"];
  if (Object.entries(wanted).some(([key, value]) => labels[key] !== value))
    return [
      `spec.template.metadata.labels: Invalid value: ${JSON.stringify(labels)}: \`selector\` does not match template \`labels\``,
    ];
  const fixed = (set: Draft): Fields =>
    Object.fromEntries(
      Object.entries(fieldsOf(set["spec"])).filter(([name]) => !mutableOfSet.some((one) => one === name)),
    );
  if (old === undefined || equal(fixed(old), fixed(object))) return [];
  const [first, ...others] = [...mutableOfSet].reverse();
  const list = `${others
    .reverse()
    .map((name) => `'${name}'`)
    .join(", ")} and '${first}'`;
  return [`spec: Forbidden: updates to statefulset spec for fields other than ${list} are forbidden`];
}

function claimProblems(object: Draft, old: Draft | undefined): string[] {
  const request = at(object["spec"], "resources", "requests", "storage");
  if (request === undefined) return ["spec.resources[storage]: Required value"];
  if (listOf(at(object["spec"], "accessModes")).length === 0)
    return ["spec.accessModes: Required value: at least 1 access mode is required"];
  if (old === undefined) return [];
  const bound = at(old["status"], "phase") === "Bound";
  const fixed = ({ spec }: Draft): Fields => {
    const { resources, volumeName, ...rest } = fieldsOf(spec);
    return resources === undefined || !bound ? { ...rest } : { ...rest, volumeName };
  };
  if (!equal(fixed(old), fixed(object)))
    return [
      "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
    ];
  const capacity = at(old["status"], "capacity", "storage");
  const before = at(old["spec"], "resources", "requests", "storage");
  if (!bound && !equal(before, request))
    return [
      "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
    ];
  if (compareQuantities(request, before) < 0 && compareQuantities(request, capacity) <= 0)
    return ["spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"];
  return [];
}

function serviceProblems(object: Draft, old: Draft | undefined): string[] {
  const [before, after] = [textOf(at(old?.["spec"], "clusterIP")), textOf(at(object["spec"], "clusterIP"))];
  if (listOf(at(object["spec"], "ports")).length === 0 && after !== "None") return ["spec.ports: Required value"];
  return old === undefined || before === after
    ? []
    : [`spec.clusterIPs[0]: Invalid value: ${JSON.stringify([after])}: may not change once set`];
}

function frozenProblems(object: Draft, old: Draft | undefined): string[] {
  if (old?.["immutable"] !== true || equal(old["data"], object["data"])) return [];
  return ["data: Forbidden: field is immutable when `immutable` is set"];
}

function podProblems(object: Draft, old: Draft | undefined): string[] {
  if (old === undefined) return [];
  const fixed = ({ spec }: Draft): unknown => ({
    ...fieldsOf(spec),
    tolerations: undefined,
    nodeName: undefined,
    activeDeadlineSeconds: undefined,
    containers: listOf(at(spec, "containers")).map((one) => ({ ...fieldsOf(one), image: undefined })),
  });
  if (equal(fixed(old), fixed(object))) return [];
  return [
    "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
  ];
}
