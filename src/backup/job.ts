/** A Job that runs one container after the other, each a single program with its arguments: no image needs a shell. Pure. */
import { listField } from "../kube/fields.ts";
import type { KubeObject, ObjectMeta } from "../kube/objects.ts";
import { clusterUidLabel, ownedMeta } from "../resources/labels.ts";
import type { Owner } from "../resources/labels.ts";

/** The label by which the Jobs of a database's backups and restores are found; its members' selectors don't match them. */
const jobLabel = "dbop.dev/job-of";

export const claimUidAnnotation = "dbop.dev/claim-uid";

/** Where every container of a Job finds what the one before it left: the scratch volume. */
export const workMount = "/work";

export type Container = Readonly<Record<string, unknown>>;

export interface JobWish {
  readonly name: string;
  /** In the order in which they run; the last one's end is the Job's. A sidecar (`restartPolicy: Always`) runs until then. */
  readonly containers: readonly [Container, ...Container[]];
  readonly volumes: readonly object[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly serviceAccountName?: string | undefined;
  /** Where its pod may run, as a pod's spec has it: what uses the volume of a member must find a place beside it. Absent: anywhere. */
  readonly placement?: object;
  readonly deadlineSeconds: number;
  /** The claim it works on: one of the same name that is made later is another. */
  readonly claimUid?: string;
  /** Goes with its DatabaseCluster. */
  readonly owned?: boolean;
  /** How long it stays when it has ended, unless somebody deletes it; undefined: for ever. */
  readonly keepSeconds?: number;
}

function jobLabels(owner: Owner): Readonly<Record<string, string>> {
  return {
    "app.kubernetes.io/name": "dbop-backup",
    "app.kubernetes.io/managed-by": "kubectl-dbop",
    [jobLabel]: owner.name,
    [clusterUidLabel]: owner.uid,
  };
}

export function jobSelector(owner: Pick<Owner, "name">): string {
  return `${jobLabel}=${owner.name}`;
}

/** The labels that {@link jobSelector} asks for. */
export function jobSelectorLabels(owner: Pick<Owner, "name">): Readonly<Record<string, string>> {
  return { [jobLabel]: owner.name };
}

/** Never tried again by itself: what failed is looked at, told, and begun anew under another name. */
export function job(owner: Owner, wish: JobWish): KubeObject {
  const labels = jobLabels(owner);
  const { ownerReferences = [] } = wish.owned === true ? ownedMeta(owner, wish.name) : {};
  const metadata: ObjectMeta = {
    name: wish.name,
    namespace: owner.namespace,
    labels,
    ...(wish.claimUid === undefined ? {} : { annotations: { [claimUidAnnotation]: wish.claimUid } }),
    ...(ownerReferences.length === 0 ? {} : { ownerReferences }),
  };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata,
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: wish.deadlineSeconds,
      ...(wish.keepSeconds === undefined ? {} : { ttlSecondsAfterFinished: wish.keepSeconds }),
      template: {
        metadata: { labels, ...(wish.annotations === undefined ? {} : { annotations: wish.annotations }) },
        spec: podSpec(wish),
      },
    },
  };
}

function podSpec({ containers, volumes, serviceAccountName, placement = {} }: JobWish): object {
  const hardened = containers.map(harden);
  return {
    ...placement,
    restartPolicy: "Never",
    automountServiceAccountToken: serviceAccountName !== undefined,
    ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 5,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 10001,
      runAsGroup: 10001,
      fsGroup: 10001,
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    },
    initContainers: hardened.slice(0, -1),
    containers: hardened.slice(-1),
    volumes: [{ name: "work", emptyDir: {} }, { name: "tmp", emptyDir: {} }, ...volumes],
  };
}

function harden(container: Container): Container {
  return {
    resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "1Gi" } },
    terminationMessagePolicy: "FallbackToLogsOnError",
    ...container,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [
      { name: "work", mountPath: workMount },
      { name: "tmp", mountPath: "/tmp" },
      ...listField(container, "volumeMounts"),
    ],
  };
}
