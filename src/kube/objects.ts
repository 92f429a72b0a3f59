/** Kubernetes objects as plain JSON. Never decoded into closed types, so that unknown fields survive a round trip. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly Json[];
  readonly managedFields?: readonly Json[];
}

/** Any object of the API. Fields beyond the metadata are read through small typed views where they are used. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

export interface KubeList {
  readonly items: readonly KubeObject[];
  /** Where a watch may go on from. */
  readonly resourceVersion: string;
}

/** What is needed to build a URL of the API without asking for discovery. */
export interface ResourceType {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** One object by name. `namespace` is required exactly for namespaced types. */
export interface ObjectRef {
  readonly type: ResourceType;
  readonly namespace?: string;
  readonly name: string;
}

const namespacedType = (apiVersion: string, kind: string, plural: string): ResourceType => ({
  apiVersion,
  kind,
  plural,
  namespaced: true,
});

const clusterType = (apiVersion: string, kind: string, plural: string): ResourceType => ({
  ...namespacedType(apiVersion, kind, plural),
  namespaced: false,
});

/** Every kind this program reads or writes. */
export const types = {
  pod: namespacedType("v1", "Pod", "pods"),
  service: namespacedType("v1", "Service", "services"),
  configMap: namespacedType("v1", "ConfigMap", "configmaps"),
  secret: namespacedType("v1", "Secret", "secrets"),
  claim: namespacedType("v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
  serviceAccount: namespacedType("v1", "ServiceAccount", "serviceaccounts"),
  role: namespacedType("rbac.authorization.k8s.io/v1", "Role", "roles"),
  roleBinding: namespacedType("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings"),
  namespace: clusterType("v1", "Namespace", "namespaces"),
  event: namespacedType("events.k8s.io/v1", "Event", "events"),
  statefulSet: namespacedType("apps/v1", "StatefulSet", "statefulsets"),
  job: namespacedType("batch/v1", "Job", "jobs"),
  cronJob: namespacedType("batch/v1", "CronJob", "cronjobs"),
  podDisruptionBudget: namespacedType("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
  networkPolicy: namespacedType("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
  horizontalPodAutoscaler: namespacedType("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
  deployment: namespacedType("apps/v1", "Deployment", "deployments"),
  storageClass: clusterType("storage.k8s.io/v1", "StorageClass", "storageclasses"),
  lease: namespacedType("coordination.k8s.io/v1", "Lease", "leases"),
  crd: clusterType("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions"),
  databaseCluster: namespacedType("dbop.dev/v1alpha1", "DatabaseCluster", "databaseclusters"),
  databaseBackup: namespacedType("dbop.dev/v1alpha1", "DatabaseBackup", "databasebackups"),
  backupLocation: namespacedType("dbop.dev/v1alpha1", "BackupLocation", "backuplocations"),
  selfSubjectAccessReview: clusterType(
    "authorization.k8s.io/v1",
    "SelfSubjectAccessReview",
    "selfsubjectaccessreviews",
  ),
  selfSubjectRulesReview: clusterType("authorization.k8s.io/v1", "SelfSubjectRulesReview", "selfsubjectrulesreviews"),
  selfSubjectReview: clusterType("authentication.k8s.io/v1", "SelfSubjectReview", "selfsubjectreviews"),
} as const satisfies Record<string, ResourceType>;

/** The type of an object this program knows; undefined for any other kind. */
export function typeOf(object: Pick<KubeObject, "apiVersion" | "kind">): ResourceType | undefined {
  return Object.values(types).find((known) => known.apiVersion === object.apiVersion && known.kind === object.kind);
}

/** `statefulsets.apps/demo`, as kubectl writes it: lower-case singular kind with its group, a slash, the name. */
export function describeObject(
  object: Pick<KubeObject, "apiVersion" | "kind"> & { readonly metadata: { readonly name: string } },
): string {
  const group = object.apiVersion.includes("/") ? `.${object.apiVersion.split("/")[0] ?? ""}` : "";
  return `${object.kind.toLowerCase()}${group}/${object.metadata.name}`;
}
