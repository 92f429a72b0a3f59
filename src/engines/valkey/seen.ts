/** One observation of a Valkey cluster: what the API server and each node itself said, as plain data. No opinion in here. */
import type { BackupLocation } from "../../api/backup-location.ts";
import type { Problem } from "../../api/problem.ts";
import type { Result } from "../../api/result.ts";
import type { Manifest } from "../../backup/manifest.ts";
import type { BackupsSeen } from "../../backup/recent.ts";
import type { JobSeen } from "../../backup/take.ts";
import type { Stage } from "../../resources/tls/stage.ts";
import type { Place } from "./names.ts";
import type { Server } from "./server.ts";
import type { Slots } from "./slots.ts";

export interface ValkeySeen {
  /** One a shard that there is, in order. */
  readonly shards: readonly ShardSeen[];
  readonly config: ConfigSeen | undefined;
  readonly pods: readonly PodSeen[];
  readonly claims: readonly ClaimSeen[];
  /** Services and disruption budgets: those that are missing or not as wished. */
  readonly drifted: readonly string[];
  /** Objects that bear our names but not our marks: `statefulset.apps/demo-shard-0`. */
  readonly foreign: readonly string[];
  /** The Secret with the password is there. */
  readonly hasPassword: boolean;
  /** Of the Secret that nodes mount; undefined when there is none, or none that can be used. */
  readonly certificate: CertificateSeen | undefined;
  /** Of the user's own Secrets: why they can't be used. */
  readonly certificateProblems: readonly string[];
  /** Nodes that answered; one that is missing here is unknown, not dead. */
  readonly nodes: readonly NodeSeen[];
  /** Whether the storage class lets claims grow; undefined when that was not asked or may not be read. */
  readonly expandable: boolean | undefined;
  /** Of the backup the cluster is to be made from; undefined when there is none, or its data is on the claims. */
  readonly seed?: SeedSeen | undefined;
  /** Backups of this cluster that succeeded; only asked for when the version is to change. */
  readonly backups?: BackupsSeen;
}

export interface SeedSeen {
  readonly location: BackupLocation;
  /** The Job that reads the manifest, and what that says. */
  readonly look: JobSeen | undefined;
  readonly manifest: Result<Manifest, readonly Problem[]> | undefined;
  /** The Jobs that fill the claims of first nodes, by shard. */
  readonly fills: Readonly<Record<number, JobSeen>>;
}

export interface CertificateSeen {
  /** Tells it from any other. */
  readonly fingerprint: string;
  readonly notAfter: string;
  /** It is time to issue another. */
  readonly due: boolean;
  /** When the newest authority of our own ends, and with it whatever it issues. */
  readonly authorityNotAfter: string | undefined;
  /** Of a change of authorities. */
  readonly stage: Stage;
  /** The operation that last had it made anew. */
  readonly rotation: string | undefined;
}

/** The StatefulSet of a shard. */
export interface ShardSeen {
  readonly shard: number;
  readonly uid: string;
  readonly replicas: number;
  /** The pod template and what else may change are as wished. */
  readonly current: boolean;
  /** Its controller has seen the newest change: before that nobody can tell which pods are outdated. */
  readonly observed: boolean;
  /** Size in the volume claim template, which can't be changed in place. */
  readonly claimSize: string;
  /** Of its disruption budget; undefined when there is none. */
  readonly budgetUid: string | undefined;
}

export interface ConfigSeen {
  /** Set once the cluster has formed, for good: slots are never dealt out again. */
  readonly clusterId: string | undefined;
  readonly current: boolean;
}

export interface PodSeen {
  readonly place: Place;
  readonly name: string;
  readonly uid: string;
  /** Empty until it has one. */
  readonly ip: string;
  readonly terminating: boolean;
  /** The container runs now. */
  readonly running: boolean;
  readonly ready: boolean;
  /** Made from an older template than the StatefulSet's. */
  readonly outdated: boolean;
  /** Why it does not run, in the cluster's words: Unschedulable, ErrImagePull, … */
  readonly waiting: string | undefined;
}

export interface ClaimSeen {
  readonly place: Place;
  readonly name: string;
  readonly uid: string;
  /** Bears the uid of our DatabaseCluster. */
  readonly ours: boolean;
  readonly terminating: boolean;
  /** The cluster and node whose data it holds, as we recorded it; undefined for a fresh claim. */
  readonly clusterId: string | undefined;
  readonly nodeId: string | undefined;
  /** The newest server that may have written to it (`serverText`). */
  readonly server: string | undefined;
  /** What it was filled with before anything ran on it; undefined when it was not. */
  readonly restored?: RestoredShard | undefined;
  /** The size asked for, as written in the claim. */
  readonly requested: string;
  readonly requestedBytes: number;
  readonly capacityBytes: number | undefined;
  /** The volume has grown but its file system waits for the pod to restart. */
  readonly restartToResize: boolean;
}

/** A shard as its backup has it. */
export interface RestoredShard {
  /** The folder of the backup. */
  readonly from: string;
  /** That were its own, and are to be its own again. */
  readonly slots: Slots;
  /** Keys that do not go by themselves: a node that has fewer when it starts has not found its data. */
  readonly keys: number;
}

/** A node as it sees itself, and the others as it sees them. */
export interface NodeSeen {
  readonly place: Place;
  /** Where its pod is now. */
  readonly ip: string;
  readonly id: string;
  /** As it says itself. */
  readonly server: Server;
  readonly role: Role;
  /** Of a replica: whom it follows, and whether it is connected to it. */
  readonly primaryId: string | undefined;
  readonly linked: boolean;
  /** Bytes of the replication stream, sent or received. */
  readonly offset: number;
  /** It reads its data from disk and serves nobody. */
  readonly loading: boolean;
  readonly keys: number;
  readonly usedBytes: number;
  /** 0: no limit. */
  readonly maxBytes: number;
  /** Slots it owns, as it says itself. */
  readonly slots: Slots;
  /** Slots on their way, in the way of Valkey 8: those that are being given to or taken from another node. */
  readonly open: readonly OpenSlot[];
  /** Requests to move slots at once, in the way of Valkey 9, that have not ended; those it gives as well as those it takes. */
  readonly migrating: number;
  /** What the last of them that failed said; undefined when none has. */
  readonly migrationFailed: string | undefined;
  /** Says that the cluster is in order. */
  readonly clusterOk: boolean;
  readonly peers: readonly PeerSeen[];
}

export type Role = "primary" | "replica";

export interface OpenSlot {
  readonly slot: number;
  readonly direction: "to" | "from";
  readonly nodeId: string;
}

/** Another node, as one node knows it. */
export interface PeerSeen {
  readonly id: string;
  readonly ip: string;
  /** As it announced itself; undefined when it did not or that is not ours. */
  readonly place: Place | undefined;
  readonly role: Role;
  readonly primaryId: string | undefined;
  readonly state: PeerState;
  readonly slots: Slots;
  /** Of two that are said to own a slot it is the one with the higher epoch. */
  readonly epoch: number;
}

/**
 * - `suspected`: this node has no answer from it; `failed`: a majority of primaries has none.
 * - `handshake`: it was told of it and has not spoken to it yet: the id is a stand-in.
 */
export type PeerState = "well" | "suspected" | "failed" | "handshake" | "without-address";
