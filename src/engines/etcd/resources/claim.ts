import type { KubeObject } from "../../../kube/objects.ts";
import { keptMeta } from "../../../resources/labels.ts";
import { claimName, owner } from "../names.ts";
import type { ClaimSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";

export const claimClusterAnnotation = "dbop.dev/cluster-id";
export const claimMemberAnnotation = "dbop.dev/member-id";
/** The folder of the backup that a claim was filled from: from then on it is never filled again. */
export const restoredFromAnnotation = "dbop.dev/restored-from";

/** The claim of the first member, made before there is a StatefulSet that would make it: with the same marks, so that it is taken for its own. */
export function firstClaim(spec: EtcdSpec): KubeObject {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: keptMeta(owner(spec), claimName(spec, 0)),
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: spec.storage.size } },
      ...(spec.storage.className === undefined ? {} : { storageClassName: spec.storage.className }),
    },
  };
}

/** What this program wants of a claim the StatefulSet made: whose data it holds, and its size. Applies to this very claim (uid) or none. */
export function claimIntent(
  spec: EtcdSpec,
  claim: ClaimSeen,
  wish: { clusterId?: string; memberId?: string; size?: string; restoredFrom?: string },
): KubeObject {
  const clusterId = wish.clusterId ?? claim.clusterId;
  const memberId = wish.memberId ?? claim.memberId;
  const restoredFrom = wish.restoredFrom ?? claim.restoredFrom;
  const annotations = {
    ...(clusterId === undefined ? {} : { [claimClusterAnnotation]: clusterId }),
    ...(memberId === undefined ? {} : { [claimMemberAnnotation]: memberId }),
    ...(restoredFrom === undefined ? {} : { [restoredFromAnnotation]: restoredFrom }),
  };
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { ...keptMeta(owner(spec), claim.name), uid: claim.uid, annotations },
    spec: { resources: { requests: { storage: wish.size ?? claim.requested } } },
  };
}
