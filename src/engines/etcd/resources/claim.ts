import type { KubeObject } from "../../../kube/objects.ts";
import { keptMeta } from "../../../resources/labels.ts";
import { firstDirectory, otherDirectory, readDirectory } from "../data-directory.ts";
import { claimName, owner } from "../names.ts";
import { replacedByAnnotation, versionAnnotation } from "./config-map.ts";
import type { ClaimSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";

const claimClusterAnnotation = "dbop.dev/cluster-id";
const claimMemberAnnotation = "dbop.dev/member-id";
/** The folder of the backup that a claim was filled from: from then on it is never filled again. */
const restoredFromAnnotation = "dbop.dev/restored-from";
const directoryAnnotation = "dbop.dev/data-directory";
/** The directory with what was replaced, as long as it is kept. */
const replacedAnnotation = "dbop.dev/replaced-data";

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

/** What a claim says of the data on it. */
export type Marks = Pick<
  ClaimSeen,
  "clusterId" | "memberId" | "version" | "restoredFrom" | "directory" | "replacedBy" | "keepsReplaced"
>;

export type ClaimWish = Partial<Marks> & { readonly size?: string };

/**
 * What this program wants of a claim the StatefulSet made: whose data it holds and where, and its size. What `wish` does not name stays as it
 * is; what it names as undefined goes. Applies to this very claim (uid) or none.
 */
export function claimIntent(spec: EtcdSpec, claim: ClaimSeen, { size, ...wish }: ClaimWish): KubeObject {
  const annotations = annotationsOf({ ...claim, ...wish });
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { ...keptMeta(owner(spec), claim.name), uid: claim.uid, annotations },
    spec: { resources: { requests: { storage: size ?? claim.requested } } },
  };
}

function annotationsOf(marks: Marks): Readonly<Record<string, string>> {
  const { directory = firstDirectory } = marks;
  const texts: readonly (readonly [string, string | undefined])[] = [
    [claimClusterAnnotation, marks.clusterId],
    [claimMemberAnnotation, marks.memberId],
    [versionAnnotation, marks.version],
    [restoredFromAnnotation, marks.restoredFrom],
    [directoryAnnotation, marks.directory],
    [replacedByAnnotation, marks.replacedBy],
    [replacedAnnotation, marks.keepsReplaced === true ? otherDirectory(directory) : undefined],
  ];
  return Object.fromEntries(texts.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** The reverse. */
export function marksIn(annotations: Readonly<Record<string, string>> = {}): Marks {
  return {
    clusterId: annotations[claimClusterAnnotation],
    memberId: annotations[claimMemberAnnotation],
    version: annotations[versionAnnotation],
    restoredFrom: annotations[restoredFromAnnotation],
    directory: readDirectory(annotations[directoryAnnotation]),
    replacedBy: annotations[replacedByAnnotation],
    keepsReplaced: annotations[replacedAnnotation] !== undefined,
  };
}
