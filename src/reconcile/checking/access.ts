/** The rights of `check`. Without one of them it does not end: what that would have told is unknown, and the report names the right. */
import type { AccessRule } from "../../engines/engine.ts";
import type { KubeObject } from "../../kube/objects.ts";
import { roleRules } from "../access.ts";
import { everyRight } from "../preflight.ts";

const list = (apiGroup: string, ...resources: readonly string[]): AccessRule => ({
  apiGroup,
  resources,
  verbs: ["list"],
});

/** Beyond what `status` reads. */
const around: readonly AccessRule[] = [
  list("apps", "statefulsets"),
  list("policy", "poddisruptionbudgets"),
  list("batch", "cronjobs"),
  list("networking.k8s.io", "networkpolicies"),
  list("events.k8s.io", "events"),
  list("autoscaling", "horizontalpodautoscalers"),
  list("autoscaling.k8s.io", "verticalpodautoscalers"),
  list("monitoring.coreos.com", "servicemonitors", "podmonitors", "prometheusrules"),
];

const kind = (apiGroups: string, resources: string, names?: readonly string[]): object => ({
  apiGroups: [apiGroups],
  resources: [resources],
  verbs: ["get"],
  ...(names === undefined ? {} : { resourceNames: names }),
});

/** A Role; a second one with which metrics are read through the API server, which is a way to everything that its pods answer to a GET; and a ClusterRole. */
export function checkRoles(namespace: string): readonly KubeObject[] {
  const apiVersion = "rbac.authorization.k8s.io/v1";
  return [
    {
      apiVersion,
      kind: "Role",
      metadata: { name: "dbop-check", namespace },
      rules: roleRules([...everyRight("status"), ...around]),
    },
    { apiVersion, kind: "Role", metadata: { name: "dbop-check-metrics", namespace }, rules: [kind("", "pods/proxy")] },
    {
      apiVersion,
      kind: "ClusterRole",
      metadata: { name: "dbop-check" },
      rules: [
        kind("apiextensions.k8s.io", "customresourcedefinitions", ["databaseclusters.dbop.dev"]),
        kind("storage.k8s.io", "storageclasses"),
      ],
    },
  ];
}
