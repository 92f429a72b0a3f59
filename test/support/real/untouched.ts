/** Proof that nothing was changed: every object of a namespace and its resourceVersion. */
import { kubectl } from "./cluster.ts";

const kinds = [
  "databaseclusters.dbop.dev",
  "statefulsets.apps",
  "pods",
  "services",
  "configmaps",
  "secrets",
  "persistentvolumeclaims",
  "poddisruptionbudgets.policy",
  "leases.coordination.k8s.io",
  "serviceaccounts",
  "roles.rbac.authorization.k8s.io",
  "rolebindings.rbac.authorization.k8s.io",
];

/** One line an object, and one for each of our own Events: equal before and after exactly when nobody wrote anything. */
export async function versionsIn(namespace: string): Promise<readonly string[]> {
  const columns = "custom-columns=K:.kind,N:.metadata.name,U:.metadata.uid,V:.metadata.resourceVersion";
  const objects = await kubectl(["get", kinds.join(","), "-n", namespace, "--no-headers", "-o", columns]);
  const ours = 'jsonpath={range .items[?(@.reportingController=="dbop.dev/kubectl-dbop")]}{.metadata.name}{"\\n"}{end}';
  const events = await kubectl(["get", "events.events.k8s.io", "-n", namespace, "-o", ours]);
  return [...objects.split("\n"), ...events.split("\n")].filter(Boolean).toSorted();
}
