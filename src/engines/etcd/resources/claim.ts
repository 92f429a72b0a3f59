import type { KubeObject } from "../../../kube/objects.ts";
import { keptMeta } from "../../../resources/labels.ts";
import { owner } from "../names.ts";
import type { ClaimSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";

export const claimClusterAnnotation = "dbop.dev/cluster-id";
export const claimMemberAnnotation = "dbop.dev/member-id";

/** What this program wants of a claim the StatefulSet made: whose data it holds, and its size. Applies to this very claim (uid) or none. */
export function claimIntent(
  spec: EtcdSpec,
  claim: ClaimSeen,
  wish: { clusterId?: string; memberId?: string; size?: string },
): KubeObject {
  const clusterId = wish.clusterId ?? claim.clusterId;
  const memberId = wish.memberId ?? claim.memberId;
  const annotations = {
    ...(clusterId === undefined ? {} : { [claimClusterAnnotation]: clusterId }),
    ...(memberId === undefined ? {} : { [claimMemberAnnotation]: memberId }),
  };
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { ...keptMeta(owner(spec), claim.name), uid: claim.uid, annotations },
    spec: { resources: { requests: { storage: wish.size ?? claim.requested } } },
  };
}
