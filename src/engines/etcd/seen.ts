/** One observation of an etcd cluster: what the API server and etcd itself said, as plain data. No opinion in here. */
import type { BackupLocation } from "../../api/backup-location.ts";
import type { Problem } from "../../api/problem.ts";
import type { Result } from "../../api/result.ts";
import type { Manifest } from "../../backup/manifest.ts";
import type { BackupsSeen } from "../../backup/recent.ts";
import type { JobSeen } from "../../backup/take.ts";
import { firstStage, type Stage } from "../../resources/tls/stage.ts";
import type { DataDirectory } from "./data-directory.ts";
import type { Termination } from "./evidence.ts";

export interface EtcdSeen {
  readonly statefulSet: StatefulSetSeen | undefined;
  readonly config: ConfigSeen | undefined;
  readonly pods: readonly PodSeen[];
  readonly claims: readonly ClaimSeen[];
  /** Services and the disruption budget: the names of those that are missing or not as wished. */
  readonly drifted: readonly string[];
  /** Objects that bear our names but not our marks: `statefulset.apps/demo`. */
  readonly foreign: readonly string[];
  readonly certificates: CertificatesSeen;
  readonly membership: Membership;
  /** Of the backup the cluster is to be made from, or whose data it is to get; undefined when there is none, or it has formed. */
  readonly seed?: SeedSeen | undefined;
  /** The Job that removes what was replaced by a backup; undefined when there is none, or nothing to remove. */
  readonly discard?: JobSeen | undefined;
  /** Members that answered when asked for their status; one that is missing here is unknown, not dead. */
  readonly endpoints: readonly EndpointSeen[];
  /** Up to which history is compacted; only asked for when the database is full or history may be what fills it. */
  readonly compactRevision: number | undefined;
  /** Backups of this cluster that succeeded; only asked for when the version is to change. */
  readonly backups: BackupsSeen;
  /** Whether the storage class lets claims grow; undefined when that was not asked or may not be read. */
  readonly expandable: boolean | undefined;
}

export interface StatefulSetSeen {
  readonly uid: string;
  readonly replicas: number;
  /** The pod template and what else may change are as wished. */
  readonly current: boolean;
  /** Its controller has seen the newest change: before that nobody can tell which pods are outdated. */
  readonly observed: boolean;
  /** Size in the volume claim template, which can't be changed in place. */
  readonly claimSize: string;
  /** The version its template is made for, as we marked it; undefined when it bears no mark. */
  readonly version: string | undefined;
  readonly image: string;
}

/** How a member is told to start when its data directory is empty: see `config-mode.ts`. */
export interface ConfigSeen {
  readonly clusterId: string | undefined;
  /** By ordinal. */
  readonly modes: Readonly<Record<number, string>>;
  /** Pods that are to be made anew, by ordinal: their uids. */
  readonly restarts: Readonly<Record<number, string>>;
  /** The version its files are made for; undefined when it bears no mark. */
  readonly version: string | undefined;
  /** The restore in place that the cluster has come from. */
  readonly replacedBy?: string | undefined;
  readonly current: boolean;
}

export interface PodSeen {
  readonly ordinal: number;
  readonly name: string;
  readonly uid: string;
  readonly terminating: boolean;
  /** The etcd container runs now. */
  readonly running: boolean;
  readonly ready: boolean;
  /** Made from an older template than the StatefulSet's. */
  readonly outdated: boolean;
  /** Of the StatefulSet that owns it, which need not be there any more; absent for an orphan. */
  readonly setUid?: string;
  /** Set while the container keeps ending: what its last end tells. */
  readonly crash: { readonly termination: Termination; readonly message: string } | undefined;
  /** It was asked which certificate it shows and did not show the newest: its kubelet has not brought that yet. */
  readonly behind?: true;
  /** Why it does not run, in the cluster's words: Unschedulable, ErrImagePull, … */
  readonly waiting: string | undefined;
  /** No node was found for it. */
  readonly unscheduled?: true;
}

export interface ClaimSeen {
  readonly ordinal: number;
  readonly name: string;
  readonly uid: string;
  /** Bears the uid of our DatabaseCluster. */
  readonly ours: boolean;
  readonly terminating: boolean;
  /** The cluster and member whose data it holds, as we recorded it; undefined for a fresh claim. */
  readonly clusterId: string | undefined;
  readonly memberId: string | undefined;
  /** The newest etcd that may have written its data and the oldest that runs on it; undefined where an earlier release kept no record. */
  readonly version?: string | undefined;
  /** The backup it was filled from before any member used it. */
  readonly restoredFrom?: string | undefined;
  /** Where its data is; undefined: in the first directory. */
  readonly directory?: DataDirectory | undefined;
  /** The operation that has replaced its data by a backup's. */
  readonly replacedBy?: string | undefined;
  /** What was replaced is still there, in the other directory. */
  readonly keepsReplaced?: boolean;
  /** Its data is that of the cluster before a restore in place: see `plan/replacement.ts`. */
  readonly ofBefore?: true;
  /** The size asked for, as written in the claim. */
  readonly requested: string;
  readonly requestedBytes: number;
  readonly capacityBytes: number | undefined;
  /** The volume has grown but its file system waits for the pod to restart. */
  readonly restartToResize: boolean;
}

export interface SeedSeen {
  readonly location: BackupLocation;
  /** The Job that reads the manifest, and what that says. */
  readonly look: JobSeen | undefined;
  readonly manifest: Result<Manifest, readonly Problem[]> | undefined;
  /** The Job that fills the first member's claim. */
  readonly fill: JobSeen | undefined;
}

export type Membership =
  | { readonly known: true; readonly clusterId: string; readonly members: readonly MemberSeen[] }
  | { readonly known: false; readonly why: string };

export interface MemberSeen {
  /** Hexadecimal, as etcdctl wants it. */
  readonly id: string;
  /** Undefined when its peer URL is none of ours. */
  readonly ordinal: number | undefined;
  readonly peerUrl: string;
  /** Has joined at least once. */
  readonly started: boolean;
  readonly learner: boolean;
}

export interface EndpointSeen {
  readonly ordinal: number;
  readonly memberId: string;
  readonly clusterId: string;
  /** "0" while it knows no leader. */
  readonly leaderId: string;
  readonly revision: number;
  readonly raftIndex: number;
  readonly appliedIndex: number;
  readonly dbSize: number;
  readonly dbSizeInUse: number;
  readonly version: string;
  /** The version of its data, `3.6.0`: with a higher one no older etcd starts. Undefined before 3.6, and when asked through a 3.5. */
  readonly storageVersion: string | undefined;
  /** Set while a downgrade is allowed: the version to go down to, `3.5.0`. */
  readonly downgradeTo: string | undefined;
  /** Of its keys and values, at the revision all were asked for; only asked for when there is a CORRUPT alarm. */
  readonly hash: number | undefined;
  readonly alarms: readonly Alarm[];
}

export interface Alarm {
  /** "0" when etcd does not say which: 3.5 tells only that the members differ. */
  readonly memberId: string;
  readonly type: "NOSPACE" | "CORRUPT";
}

export interface CertificatesSeen {
  /** Secrets that should be there and are not. */
  readonly missing: readonly CertificateRole[];
  readonly expiry: readonly { readonly role: CertificateRole; readonly notAfter: string; readonly due: boolean }[];
  /** What is wrong with the user's own Secrets. */
  readonly problems: readonly string[];
  /** Which managed authorities the members' certificates were made from, and are to be trusted. */
  readonly stage: Stage;
  /** The operations that last had the certificates of the members, and that of clients, made anew. */
  readonly rotations: { readonly members?: string; readonly clients?: string };
  /** When the managed authorities end; the newest where there are two. */
  readonly authorities: readonly { readonly name: "client" | "peer"; readonly notAfter: string }[];
  /** The server's certificate, as the Secret holds it: the loopback address that it alone bears, and when it was issued. */
  readonly newest?: { readonly address: string; readonly issuedAt: string };
}

/** What is told of certificates where none are managed by us. */
export const unmanaged: Pick<CertificatesSeen, "stage" | "rotations" | "authorities"> = {
  stage: firstStage,
  rotations: {},
  authorities: [],
};

export type CertificateRole = "server" | "peer" | "client";
