/**
 * A restore in place (engines.md §1.7, docs/adr/0012). Whatever may fail comes first, beside the members that still serve; then they stop, and one
 * write makes the other data the one that counts. What was replaced is kept until all members serve the new.
 */
import { stopStep } from "../../../engine.ts";
import { firstDirectory, otherDirectory, type DataDirectory } from "../../data-directory.ts";
import { idOf, memberName } from "../../names.ts";
import { discardJob } from "../../backup/fill.ts";
import { restoredRevision } from "../../backup/method.ts";
import { claimIntent } from "../../resources/claim.ts";
import { configMap } from "../../resources/config-map.ts";
import { statefulSet } from "../../resources/stateful-set.ts";
import { sealed } from "../../config-mode.ts";
import type { ClaimSeen, EtcdSeen, PodSeen } from "../../seen.ts";
import type { EtcdSpec } from "../../spec.ts";
import { claimAt, endpointAt, hasLostData, healthyVoters, identityOf, members, podAt } from "../facts.ts";
import { fillAgain, tellFailure } from "../../../../backup/restoring.ts";
import { fill, makeClaim, readTheManifest, type Filling } from "../filling.ts";
import { act, block, waitFor, type Decision, type Rule, type Situation } from "../rule.ts";
import { waitUntilAllAreWell } from "../well.ts";
import { restoring } from "./seed.ts";

/** The backup is fetched, compared and restored into the directory that is not in use. A backup that is not good stops nobody. */
export const prepareReplacement: Rule = ({ spec, seen }) => {
  const { replacement } = spec;
  const { seed } = seen;
  if (replacement === undefined) return undefined;
  if (seed === undefined) return waitFor("the backup has been looked for", "nobody stops for what has not been seen");
  const claim = claimAt(seen, 0);
  const directory = otherThan(claim);
  const why = `it is to take the place of what ${spec.name} holds`;
  const filling: Filling = { spec, seed, ...replacement, directory, beside: podOnNode(seen), why };
  if (claim === undefined) return readTheManifest(filling) ?? makeClaim(spec);
  if (claim.terminating) return awaitItsEnd(seen, claim) ?? refuseDoomedClaim(spec, claim);
  return readTheManifest(filling) ?? refuseWithoutSpace(filling, seen, claim) ?? fill(filling, claim);
};

/** The directory that is not in use. */
function otherThan(claim: ClaimSeen | undefined): DataDirectory {
  return otherDirectory(claim?.directory ?? firstDirectory);
}

/** The first member's pod, when the scheduler has found it a node: its volume can be mounted there and, as a rule, nowhere else. */
function podOnNode(seen: EtcdSeen): PodSeen | undefined {
  const pod = podAt(seen, 0);
  return pod === undefined || pod.terminating || pod.unscheduled === true ? undefined : pod;
}

/** A claim that is marked for deletion stays for as long as a pod on a node uses it (Kubernetes, "Storage Object in Use Protection"). */
function awaitItsEnd(seen: EtcdSeen, claim: ClaimSeen): Decision | undefined {
  if (podOnNode(seen) !== undefined) return undefined;
  return waitFor(
    `${claim.name} has gone`,
    "it is marked for deletion, and the pod that held it has stopped or is stopping",
  );
}

function refuseDoomedClaim(spec: EtcdSpec, claim: ClaimSeen): Decision {
  return block({
    guard: "no-bootstrap-over-data",
    message: `${claim.name} is marked for deletion and goes when its pod stops: what is restored into it would go too. Let its member be replaced first, or delete the pod if nothing serves any more`,
    observed: `metadata.deletionTimestamp of ${claim.name} is set`,
    lift: `kubectl dbop reconcile ${spec.name} -n ${spec.namespace}`,
  });
}

/** etcd preallocates 64 MB of write-ahead log, twice in a member that runs and once in one that was just restored. */
const logBytes = 64_000_000;

/** A volume that runs full under a member that serves would end it. Only where both sizes are known. */
function refuseWithoutSpace({ spec, seed }: Filling, seen: EtcdSeen, claim: ClaimSeen): Decision | undefined {
  const used = endpointAt(seen, 0)?.dbSize;
  if (seed.fill !== undefined || used === undefined || claim.capacityBytes === undefined || seed.manifest?.ok !== true)
    return undefined;
  const { files } = seed.manifest.value;
  const needed = files.reduce((sum, { bytes }) => sum + bytes, 0) + logBytes;
  const free = claim.capacityBytes - used - 2 * logBytes;
  if (needed <= free) return undefined;
  return block({
    guard: "space-for-restore",
    message: `${claim.name} has no room for the backup beside what it holds: grow the volumes first`,
    observed: `about ${String(Math.max(0, free))} of ${String(claim.capacityBytes)} bytes are free, ${String(needed)} are needed`,
    lift: `kubectl dbop scale ${spec.name} -n ${spec.namespace} --storage …`,
  });
}

/** Members that run would go on serving what is replaced, or start on the other data in the midst of the others. */
export const stopMembers: Rule = ({ spec, seen }) => {
  const { statefulSet: set } = seen;
  // Pods whose StatefulSet was deleted go when there is one again that wants none.
  if (set === undefined ? seen.pods.length > 0 : set.replicas > 0) {
    return act({
      kind: "apply",
      id: stopStep,
      title: "Stop all members",
      why: "the data of the backup takes the place of theirs; from here on it must be gone through with",
      danger: "severe",
      objects: [statefulSet(spec, 0, set?.claimSize)],
    });
  }
  const [pod] = seen.pods;
  return pod === undefined ? undefined : waitFor("all members have stopped", `${pod.name} is still there`);
};

/**
 * The claim says which data counts, and is the last to be written: until it is, the members could be started again as they were. The
 * configuration starts the first member alone, and lets it start on nothing but this data.
 */
export const replaceData: Rule = ({ spec, seen }) => {
  const { replacement } = spec;
  const claim = claimAt(seen, 0);
  if (replacement === undefined || claim === undefined) return undefined;
  const directory: DataDirectory = otherDirectory(claim.directory ?? firstDirectory);
  const restored = { ...spec, directories: { ...spec.directories, 0: directory } };
  return act({
    kind: "apply",
    id: "replace/data",
    title: `Let ${memberName(spec, 0)} start on the restored data`,
    why: "it was compared with the manifest and restored; what was there before is kept until all members serve the new",
    danger: "severe",
    objects: [
      configMap(restored, { modes: { 0: sealed(0) }, restarts: {}, clusterId: undefined, replacedBy: undefined }),
      claimIntent(spec, claim, {
        clusterId: undefined,
        memberId: undefined,
        restoredFrom: replacement.path,
        directory,
        replacedBy: idOf(replacement),
        keepsReplaced: true,
      }),
    ],
  });
};

/** Lost before a cluster has formed on it: it is taken back that it counts, and restored once more. What was there before is still there. */
export const restoreAgain: Rule = ({ spec, seen }) => {
  const claim = claimAt(seen, 0);
  if (claim?.restoredFrom === undefined || identityOf(spec, seen) !== undefined || !hasLostData(seen, 0))
    return undefined;
  if (spec.replacement === undefined) return refuseLost(spec, claim);
  const job = seen.seed?.fill;
  if (job !== undefined) return fillAgain(spec, job, "what it has restored is gone");
  const before = otherDirectory(claim.directory ?? firstDirectory);
  const marks = { restoredFrom: undefined, directory: before, replacedBy: undefined, keepsReplaced: false };
  return act({
    kind: "apply",
    id: "restore-again",
    title: `Record that ${claim.name} holds nothing of the backup any more`,
    why: `${memberName(spec, 0)} finds its data gone, and no cluster has formed on it`,
    objects: [claimIntent(spec, claim, marks)],
  });
};

function refuseLost(spec: EtcdSpec, claim: ClaimSeen): Decision {
  return block({
    guard: "data-lost",
    message: `what was restored into ${claim.name} is gone, before a cluster has formed on it: delete ${spec.name} with its data, and restore it again`,
    observed: `${memberName(spec, 0)} does not find its data`,
    lift: `kubectl dbop delete ${spec.name} -n ${spec.namespace} --delete-data --confirm=${spec.name}`,
  });
}

/** A member that was restored holds what the manifest says, before anything else is built on it. */
export const verifyRestored: Rule = ({ spec, seen }) => {
  const { seed } = seen;
  const endpoint = endpointAt(seen, 0);
  if (identityOf(spec, seen) !== undefined || seed?.manifest?.ok !== true || endpoint === undefined) return undefined;
  if (endpoint.revision >= restoredRevision(seen) || healthyVoters(seen).length === 0) return undefined;
  return block({
    guard: "backup-usable",
    message: `${memberName(spec, 0)} holds less than the backup says: nothing more is done on it`,
    observed: `it is at revision ${String(endpoint.revision)}; manifest.json says ${seed.manifest.value.consistencyPoint}`,
  });
};

/** What was replaced goes when nobody will want it back: every member there should be serves the restored data. */
export const discardReplaced: Rule = (situation) => {
  const { spec, seen, verb } = situation;
  const claim = claimAt(seen, 0);
  if (claim?.keepsReplaced !== true || claim.replacedBy === undefined || !restoring.has(verb)) return undefined;
  if (members(seen).length < spec.replicas) return undefined;
  return (
    waitUntilAllAreWell(seen, "the data from before is kept until all serve the restored") ??
    discard(situation, claim, claim.replacedBy)
  );
};

function discard({ spec, seen }: Situation, claim: ClaimSeen, replacedBy: string): Decision {
  const { discard: job } = seen;
  const directory = otherDirectory(claim.directory ?? firstDirectory);
  if (job === undefined) {
    return act({
      kind: "apply",
      id: "replace/discard",
      title: `Remove the data from before from ${claim.name}`,
      why: "all members serve the restored data",
      objects: [discardJob(spec, { replacedBy, directory, beside: podOnNode(seen) })],
    });
  }
  if (job.state === "running") return waitFor("the data from before is removed", job.word);
  if (job.state === "failed") {
    return tellFailure(
      job,
      `the database is restored and serves; the data from before could not be removed: ${job.word}`,
    );
  }
  return act({
    kind: "apply",
    id: "replace/discarded",
    title: `Record that ${claim.name} holds nothing else`,
    why: "the data from before is removed",
    objects: [claimIntent(spec, claim, { keepsReplaced: false })],
  });
}
