/** What may happen to a simulated cluster while a run works on it. */
import fc from "fast-check";
import type { Luck, SimulatedCluster, SimulatedPod } from "./simulated-cluster.ts";
import { dataOn, spoil } from "./member-data.ts";

/** Members are chosen by number, modulo how many there are. */
export type Disturbance =
  | { readonly kind: PodTrouble | DiskLoss | ObjectLoss; readonly member: number }
  | { readonly kind: "replicas"; readonly count: number }
  | { readonly kind: "version"; readonly version: string }
  | { readonly kind: "luck"; readonly luck: Luck }
  | { readonly kind: "fragment"; readonly member: number }
  | { readonly kind: "flaky" | "stale" | "template" | "no-space" | "write" | "new-leader" | "pause" | "job-fails" };

type PodTrouble = (typeof podTroubles)[number];
type DiskLoss = (typeof diskLosses)[number];
type ObjectLoss = (typeof objectLosses)[number];

const podTroubles = ["delete-pod", "crash", "partition", "heal"] as const;
/** The data of one member goes: its disk wiped in place, its claim and node gone, its claim deleted while in use, its files spoiled. */
const diskLosses = ["wipe", "lose-claim", "delete-claim", "corrupt", "corrupt-alarm"] as const;
const objectLosses = ["delete-service", "delete-config", "delete-set"] as const;

const ofMember = <Kind extends Disturbance["kind"]>(
  ...kinds: readonly Kind[]
): fc.Arbitrary<{ kind: Kind; member: number }> => fc.record({ kind: fc.constantFrom(...kinds), member: fc.nat(6) });

const sizes = fc.constantFrom(1, 3, 5, 2, 4);

/** Anything but the loss of a disk. */
export const passingTrouble: fc.Arbitrary<Disturbance> = fc.oneof(
  { weight: 4, arbitrary: ofMember(...podTroubles) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("luck" as const), luck: fc.constantFrom<Luck>("half", "silent", "lost") }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("flaky", "stale", "write", "pause") }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("template", "no-space", "new-leader") }) },
  { weight: 1, arbitrary: ofMember(...objectLosses) },
);

export const diskLoss: fc.Arbitrary<Disturbance> = ofMember(...diskLosses);

/** The Job of a restore that is at work ends badly. */
export const jobFailure: fc.Arbitrary<Disturbance> = fc.constant({ kind: "job-fails" } as const);

/** The file of one member comes to be mostly free inside. */
export const fragmentation: fc.Arbitrary<Disturbance> = ofMember("fragment");

export const otherSize: fc.Arbitrary<Disturbance> = fc.record({ kind: fc.constant("replicas" as const), count: sizes });

/** Two of one minor, so that patches are among the ways. */
export const anyVersion = fc.constantFrom("3.5.34", "3.5.35", "3.6.16", "3.7.3");

export const otherVersion: fc.Arbitrary<Disturbance> = fc.record({
  kind: fc.constant("version" as const),
  version: anyVersion,
});

/** Does to `cluster` what a disturbance of its own kind means; those that concern the run itself are the run's. */
export function disturb(
  cluster: SimulatedCluster,
  { kind, member }: { readonly kind: PodTrouble | DiskLoss | ObjectLoss; readonly member: number },
  majority: boolean,
): void {
  const pods = [...cluster.pods.values()];
  const pod = pods[member % Math.max(1, pods.length)];
  switch (kind) {
    case "delete-service":
      cluster.drifted.add("service/demo");
      return;
    case "delete-config":
      if (cluster.etcd.formed) cluster.config = undefined;
      return;
    case "delete-set":
      if (cluster.etcd.formed) cluster.set = undefined;
      return;
    case "delete-pod":
      if (pod !== undefined) pod.terminating = true;
      return;
    case "crash":
      if (pod?.state === "running") cluster.crash(pod, "killed");
      return;
    case "partition":
      if (pod !== undefined) cluster.etcd.partitioned.add(pod.ordinal);
      cluster.etcd.elect();
      return;
    case "heal":
      cluster.etcd.partitioned.clear();
      cluster.etcd.elect();
      return;
    default:
      if (pod !== undefined && (majority || mayLose(cluster, pod.ordinal))) loseDisk(cluster, pod, kind);
  }
}

/** Whether a quorum would still have its data, and is not about to lose it, if this member lost its own. */
function mayLose({ etcd, claims }: SimulatedCluster, ordinal: number): boolean {
  if (!etcd.formed) return false;
  const safe = etcd.votersWithData().filter((voter) => {
    const claim = claims.get(voter.ordinal);
    const accused = etcd.alarms.some(({ memberId }) => memberId === voter.id);
    return (
      voter.ordinal !== ordinal &&
      claim?.terminating === false &&
      !accused &&
      dataOn(claim.disk, claim.directory)?.id === voter.id
    );
  });
  return safe.length > etcd.voters.length / 2;
}

function loseDisk(cluster: SimulatedCluster, pod: SimulatedPod, kind: DiskLoss): void {
  const claim = cluster.claims.get(pod.ordinal);
  if (claim === undefined) return;
  const data = dataOn(claim.disk, claim.directory);
  switch (kind) {
    case "wipe":
      // The kubelet brings a changed configuration into a running pod within about a minute: a disk that is wiped before that, under a
      // member that was given its vote just now, is the one loss that no plan can guard against.
      if (pod.mounted !== cluster.config?.modes[pod.ordinal]) return;
      claim.disk.clear();
      cluster.crash(pod, "killed");
      return;
    case "lose-claim":
      claim.disk.clear();
      cluster.etcd.stop(pod.ordinal);
      cluster.pods.delete(pod.ordinal);
      cluster.claims.delete(pod.ordinal);
      return;
    case "delete-claim":
      claim.terminating = true;
      return;
    case "corrupt":
      if (data === undefined) return;
      spoil(claim.disk, claim.directory);
      cluster.crash(pod, "killed");
      return;
    case "corrupt-alarm":
      if (data !== undefined && cluster.etcd.members.some(({ id, learner }) => id === data.id && !learner))
        cluster.etcd.alarms = [...cluster.etcd.alarms, { memberId: data.id, type: "CORRUPT" }];
  }
}
