import type { KubeObject } from "../../../kube/objects.ts";
import { keptMeta } from "../../../resources/labels.ts";
import { owner } from "../names.ts";
import type { ClaimSeen } from "../seen.ts";
import type { ValkeySpec } from "../spec.ts";
import { clusterIdAnnotation } from "./config-map.ts";
import { withShard } from "./stateful-set.ts";

const nodeIdAnnotation = "dbop.dev/node-id";
const versionAnnotation = "dbop.dev/version";

/** What a claim says of the data on it. */
export type Marks = Pick<ClaimSeen, "clusterId" | "nodeId" | "server">;

export type ClaimWish = Partial<Marks> & { readonly size?: string };

/**
 * What this program wants of a claim the StatefulSet made: whose data it holds, and its size. What `wish` does not name stays as it is.
 * Applies to this very claim (uid) or none.
 */
export function claimIntent(spec: ValkeySpec, claim: ClaimSeen, { size, ...wish }: ClaimWish): KubeObject {
  const { clusterId, nodeId, server } = { ...claim, ...wish };
  const annotations = {
    ...(clusterId === undefined ? {} : { [clusterIdAnnotation]: clusterId }),
    ...(nodeId === undefined ? {} : { [nodeIdAnnotation]: nodeId }),
    ...(server === undefined ? {} : { [versionAnnotation]: server }),
  };
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      ...withShard(keptMeta(owner(spec), claim.name), claim.place.shard),
      uid: claim.uid,
      annotations,
    },
    spec: { resources: { requests: { storage: size ?? claim.requested } } },
  };
}

/** The reverse. */
export function marksIn(annotations: Readonly<Record<string, string>> = {}): Marks {
  return {
    clusterId: annotations[clusterIdAnnotation],
    nodeId: annotations[nodeIdAnnotation],
    server: annotations[versionAnnotation],
  };
}
