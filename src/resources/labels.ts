/** The marks on every object this program makes, and how it knows its own again. */
import type { KubeObject, ObjectMeta } from "../kube/objects.ts";

/** The uid of the DatabaseCluster an object belongs to: a namesake made later has another. */
export const clusterUidLabel = "dbop.dev/cluster-uid";

export interface Owner {
  readonly engine: string;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
}

/** Stable labels: they find the objects of one database and may be used in selectors. */
export function selectorLabels(owner: Owner): Readonly<Record<string, string>> {
  return {
    "app.kubernetes.io/name": owner.engine,
    "app.kubernetes.io/instance": owner.name,
    "app.kubernetes.io/managed-by": "kubectl-dbop",
  };
}

/** {@link selectorLabels} as the API's query text. */
export function selectorText(owner: Owner): string {
  return Object.entries(selectorLabels(owner))
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

/** Metadata of a child that goes when its DatabaseCluster goes. */
export function ownedMeta(owner: Owner, name: string): ObjectMeta {
  return {
    ...keptMeta(owner, name),
    ownerReferences: [
      {
        apiVersion: "dbop.dev/v1alpha1",
        kind: "DatabaseCluster",
        name: owner.name,
        uid: owner.uid,
        controller: true,
        blockOwnerDeletion: false,
      },
    ],
  };
}

/** Metadata of what outlives its DatabaseCluster: claims and credentials never carry an ownerReference. */
export function keptMeta(owner: Owner, name: string): ObjectMeta {
  return { name, namespace: owner.namespace, labels: { ...selectorLabels(owner), [clusterUidLabel]: owner.uid } };
}

/** Whether `object` was made for exactly this database. */
export function isOurs(owner: Owner, object: KubeObject): boolean {
  return object.metadata.labels?.[clusterUidLabel] === owner.uid;
}
