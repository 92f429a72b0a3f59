import type { KubeObject } from "../../../kube/objects.ts";
import { keptMeta } from "../../../resources/labels.ts";
import { claimName, owner } from "../names.ts";
import type { ClaimSeen, RestoredShard } from "../seen.ts";
import { parseSlots, slotsText } from "../slots.ts";
import type { ValkeySpec } from "../spec.ts";
import { clusterIdAnnotation } from "./config-map.ts";
import { withShard } from "./stateful-set.ts";

const nodeIdAnnotation = "dbop.dev/node-id";
/** The folder of the backup that a claim was filled from: from then on it is never filled again. */
const restoredFromAnnotation = "dbop.dev/restored-from";
const restoredSlotsAnnotation = "dbop.dev/restored-slots";
const restoredKeysAnnotation = "dbop.dev/restored-keys";
const versionAnnotation = "dbop.dev/version";

/** The claim of a shard's first node, made before there is a StatefulSet that would make it: with the same marks, so that it is taken for its own. */
export function firstClaim(spec: ValkeySpec, shard: number): KubeObject {
  const { size, className } = spec.storage;
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: withShard(keptMeta(owner(spec), claimName(spec, { shard, ordinal: 0 })), shard),
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: size } },
      ...(className === undefined ? {} : { storageClassName: className }),
    },
  };
}

/** What a claim says of the data on it. */
export type Marks = Pick<ClaimSeen, "clusterId" | "nodeId" | "server" | "restored">;

export type ClaimWish = Partial<Marks> & { readonly size?: string };

/**
 * What this program wants of a claim the StatefulSet made: whose data it holds, and its size. What `wish` does not name stays as it is.
 * Applies to this very claim (uid) or none.
 */
export function claimIntent(spec: ValkeySpec, claim: ClaimSeen, { size, ...wish }: ClaimWish): KubeObject {
  const { clusterId, nodeId, server, restored } = { ...claim, ...wish };
  const annotations = {
    ...(clusterId === undefined ? {} : { [clusterIdAnnotation]: clusterId }),
    ...(nodeId === undefined ? {} : { [nodeIdAnnotation]: nodeId }),
    ...(server === undefined ? {} : { [versionAnnotation]: server }),
    ...(restored === undefined ? {} : restoredMarks(restored)),
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
  const marks = {
    clusterId: annotations[clusterIdAnnotation],
    nodeId: annotations[nodeIdAnnotation],
    server: annotations[versionAnnotation],
  };
  const from = annotations[restoredFromAnnotation];
  if (from === undefined) return marks;
  const slots = parseSlots((annotations[restoredSlotsAnnotation] ?? "").split(" "));
  return { ...marks, restored: { from, slots, keys: Number(annotations[restoredKeysAnnotation]) } };
}

function restoredMarks({ from, slots, keys }: RestoredShard): Readonly<Record<string, string>> {
  return {
    [restoredFromAnnotation]: from,
    [restoredSlotsAnnotation]: slotsText(slots),
    [restoredKeysAnnotation]: String(keys),
  };
}
