/** What the API server fills in when an object of a built-in kind is written: what a client reads back is more than it sent. */
import { defaultJob } from "./job-rules.ts";
import { at, fieldsOf, fill, isFields, listOf, put, type Draft, type Fields } from "./json.ts";
import { defaultPodSpec } from "./pod-defaults.ts";
import { canonicalQuantity } from "./quantity.ts";

/** Completes `object` in place. `defaultClass`: the StorageClass for claims that name none. */
export function applyDefaults(object: Draft, defaultClass: string | undefined): void {
  byKind[object.kind]?.(object, defaultClass);
}

const fieldsIn = (object: Fields, field: string): Fields => {
  const inner = fieldsOf(object[field]);
  object[field] = inner;
  return inner;
};

const byKind: Readonly<Record<string, (object: Draft, defaultClass: string | undefined) => void>> = {
  Pod: (pod) => {
    defaultPodSpec(fieldsIn(pod, "spec"));
  },
  StatefulSet: defaultStatefulSet,
  Job: defaultJob,
  PersistentVolumeClaim: (claim, defaultClass) => {
    defaultClaim(claim);
    if (defaultClass !== undefined) fill(fieldsIn(claim, "spec"), { storageClassName: defaultClass });
  },
  Service: defaultService,
  Secret: defaultSecret,
  Namespace: (namespace) => {
    fill(fieldsIn(namespace, "spec"), { finalizers: ["kubernetes"] });
    namespace.metadata.labels = {
      ...namespace.metadata.labels,
      "kubernetes.io/metadata.name": namespace.metadata.name,
    };
  },
  StorageClass: (storage) => {
    fill(storage, { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" });
  },
};

function defaultStatefulSet(set: Draft): void {
  const spec = fieldsIn(set, "spec");
  fill(spec, {
    replicas: 1,
    podManagementPolicy: "OrderedReady",
    revisionHistoryLimit: 10,
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
  });
  const rolling = at(spec, "updateStrategy", "rollingUpdate");
  if (isFields(rolling)) fill(rolling, { partition: 0 });
  const template = fieldsIn(spec, "template");
  defaultPodSpec(fieldsIn(template, "spec"));
  for (const claim of listOf(spec["volumeClaimTemplates"]).filter(isFields)) {
    fill(claim, { apiVersion: "v1", kind: "PersistentVolumeClaim", status: { phase: "Pending" } });
    defaultClaim(claim);
  }
}

function defaultClaim(claim: Fields): void {
  const spec = fieldsIn(claim, "spec");
  fill(spec, { volumeMode: "Filesystem" });
  const storage = at(spec, "resources", "requests", "storage");
  if (storage !== undefined) put(spec, ["resources", "requests", "storage"], canonicalQuantity(storage));
}

function defaultService(service: Draft): void {
  const spec = fieldsIn(service, "spec");
  fill(spec, {
    type: "ClusterIP",
    sessionAffinity: "None",
    internalTrafficPolicy: "Cluster",
    ipFamilies: ["IPv4"],
    ipFamilyPolicy: "SingleStack",
  });
  if (spec["clusterIP"] === undefined)
    spec["clusterIP"] = addressFor(`${service.metadata.namespace ?? ""}/${service.metadata.name}`);
  fill(spec, { clusterIPs: [spec["clusterIP"]] });
  for (const port of listOf(spec["ports"]).filter(isFields)) fill(port, { protocol: "TCP", targetPort: port["port"] });
}

/** The same name gets the same address: enough for a fake. */
function addressFor(name: string): string {
  const sum = [...Buffer.from(name)].reduce((total, byte) => (total * 31 + byte) % 65_000, 7) + 20;
  return `10.96.${Math.floor(sum / 256)}.${sum % 256}`;
}

function defaultSecret(secret: Draft): void {
  fill(secret, { type: "Opaque" });
  for (const [key, text] of Object.entries(fieldsOf(secret["stringData"])))
    fieldsIn(secret, "data")[key] = Buffer.from(String(text)).toString("base64");
  delete secret["stringData"];
}
