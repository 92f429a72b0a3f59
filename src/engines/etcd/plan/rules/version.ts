/**
 * From one version to another (engines.md §1.8). The members' version is that of their StatefulSet; these rules move it, one safe step at a
 * time, towards the spec's. Everything else a pass does, repair above all, goes on meanwhile at the version in force.
 */
import type { Danger } from "../../../../plan/step.ts";
import type { EndpointSeen, EtcdSeen } from "../../seen.ts";
import type { EtcdSpec } from "../../spec.ts";
import { atVersion, lowestVersion } from "../../version-in-force.ts";
import { compareVersions, minorsBetween, newestAbove, runningMinor, sameVersion, type Minor } from "../../versions.ts";
import { adopting, claimsToAdopt } from "../adoption.ts";
import { healthyVoters, identityOf, lastWords, podAt, voters } from "../facts.ts";
import { act, block, waitFor, type Decision, type Rule, type Situation } from "../rule.ts";
import { allObjects } from "../all-objects.ts";
import { raisedClaims } from "./claim-version.ts";
import { healthVerdicts, standingVerdicts, wayOf } from "../version-gates.ts";
import {
  admits,
  answering,
  downgradeMinor,
  hasSettledAt,
  inForce,
  isToBegin,
  isUnderWay,
  minorsInPlay,
  tooOld,
} from "../version-state.ts";

/** Who asks for another version is refused before anything changes; a spec that asks for it is healed as far as possible first. */
export const refuseVersionChange: Rule = (situation) => {
  const { verb, begun, wish, seen } = situation;
  if (begun || (verb !== "upgrade" && verb !== "install") || !isToBegin(wish, seen)) return undefined;
  const [first, ...rest] = [...standingVerdicts(situation), ...healthVerdicts(situation)];
  return first === undefined ? undefined : block(first, ...rest);
};

/** etcd was told to go down, and the wish is above that: it is told that it need not. */
export const cancelDowngrade: Rule = ({ wish, seen }) => {
  const target = downgradeMinor(seen);
  const via = newestMember(seen.endpoints)?.ordinal;
  if (target === undefined || via === undefined || !seen.membership.known) return undefined;
  if (minorsBetween(target, wish.minor) <= 0 || isRenewing(wish, seen)) return undefined;
  return act({
    kind: "command",
    id: "downgrade/cancel",
    title: `Cancel the downgrade to ${target}`,
    why: `spec.version is ${wish.version}`,
    command: { name: "downgradeCancel", via },
  });
};

/**
 * The wish may change while members of two versions run. Back to the version of any of them, or to another patch of it, needs nothing
 * but etcd's consent: it must work while an upgraded member does not come up at all. Further on is for when this step has ended.
 */
export const turnRound: Rule = (situation) => {
  const { wish, seen } = situation;
  const present = inForce(wish, seen);
  if (identityOf(wish, seen) === undefined || present === wish.version || !isUnderWay(wish, seen)) return undefined;
  const minors = minorsInPlay(wish, seen);
  if (!minors.includes(wish.minor)) return finishFirst(situation, minors);
  return admits(seen, wish.minor)
    ? move(situation, wish.version, "spec.version was changed on the way")
    : goDown(situation, wish.minor);
};

/** On in the direction of the step under way: that one ends first. The other way round it is turned first. */
function finishFirst({ wish, seen }: Situation, minors: readonly Minor[]): Decision | undefined {
  const present = inForce(wish, seen);
  const minor = runningMinor(present) ?? wish.minor;
  const upward = minors.every((other) => minorsBetween(other, wish.minor) > 0);
  const ahead = minors.every((other) => minorsBetween(other, minor) * (upward ? 1 : -1) >= 0);
  if (ahead) return undefined;
  const back = answering(seen).find((endpoint) => runningMinor(endpoint.version) !== minor)?.version ?? present;
  return block({
    guard: "version-step-legal",
    message: `members of two versions run, on their way to ${present}: go back first, with --version ${back}`,
    observed: `versions ${versionsOf(seen.endpoints)}; spec.version is ${wish.version}`,
    lift: `--version ${back}`,
  });
}

function versionsOf(endpoints: readonly EndpointSeen[]): string {
  return [...new Set(endpoints.map(({ version }) => version))].toSorted(compareVersions).join(", ");
}

/** Nobody is left to tell how far the cluster has gone: only that the version in force is too old for what its members hold. */
export const refuseOlderThanData: Rule = ({ spec, seen }) => {
  const [pod] = tooOld(seen);
  if (pod === undefined || seen.membership.known || seen.statefulSet?.version !== spec.version) return undefined;
  const above = newestMember(seen.endpoints)?.version ?? newestAbove(spec.version) ?? spec.version;
  const upgrade = `kubectl dbop upgrade ${spec.name} -n ${spec.namespace} --version ${above}`;
  return block({
    guard: "version-step-legal",
    message: `${pod.name} refuses to start with etcd ${spec.version}: the cluster has taken up a higher version. Bring it back to that one, with --version ${above}, and then down`,
    observed: lastWords(pod) ?? "",
    lift: claimsToAdopt(spec, seen).length > 0 ? adopting(spec, above) : upgrade,
  });
};

/** The image is what runs, whatever the spec says: members that were made from it and run another version stop everything. */
export const refuseOtherImage: Rule = ({ spec, seen }) => {
  const other = seen.endpoints.find(
    (endpoint) => podAt(seen, endpoint.ordinal)?.outdated === false && !sameVersion(endpoint.version, spec.version),
  );
  if (other === undefined || identityOf(spec, seen) === undefined || seen.statefulSet?.observed !== true)
    return undefined;
  return block({
    guard: "version-step-legal",
    message: `the image ${spec.image} runs etcd ${other.version}, and not ${spec.version}: name the version it runs, or another image`,
    observed: `etcdctl endpoint status of ordinal ${String(other.ordinal)}: ${other.version}`,
    lift: "--version … --image …",
  });
};

/** Before the next step, and before the whole counts as done: the cluster itself has taken up the version of its members. */
export const settleVersion: Rule = ({ spec, seen, wish, verb }) => {
  const asked = verb === "upgrade" || verb === "reconcile" || spec.version !== wish.version;
  if (!asked || !seen.membership.known || downgradeMinor(seen) !== undefined || hasSettledAt(seen, spec.minor))
    return undefined;
  return waitFor(`the cluster has taken up etcd ${spec.minor}`, `all members run ${spec.version}; their data is older`);
};

/** The next step of the way, when everything else is done and every gate is open. */
export const changeVersion: Rule = (situation) => {
  const { wish, seen } = situation;
  if (!isToBegin(wish, seen)) return undefined;
  const [first, ...rest] = standingVerdicts(situation);
  if (first !== undefined) return block(first, ...rest);
  const [unwell] = healthVerdicts(situation);
  if (unwell?.guard === "space-within-quota") return block(unwell);
  if (unwell !== undefined) return waitFor("the cluster is well enough to change its version", unwell.observed);
  const [next = wish.version] = wayOf(situation);
  const from = inForce(wish, seen);
  if (!admits(seen, wish.minor)) return goDown(situation, wish.minor);
  const renewal = isOutOf35(wish, seen) ? renewLogs(situation) : undefined;
  return renewal ?? move(situation, next, `the members run ${from}; spec.version is ${wish.version}`);
};

/**
 * etcd 3.7 panics over entries that 3.5 wrote into the log and no snapshot has taken in since (measured with 3.7.3: "unmarshal should never
 * fail"), and a member makes a snapshot by itself every 10 000 entries only. When a cluster is told to go down every member makes one at
 * once (apply/backend.go, ClusterVersionSet): so before 3.7 it is told to go down to 3.5, and that it need not as soon as all have done so.
 * Nobody can see from outside what is in a log: it is done each time.
 */
function renewLogs({ seen }: Situation): Decision | undefined {
  const via = newestMember(seen.endpoints)?.ordinal;
  if (via === undefined) return undefined;
  if (downgradeMinor(seen) === undefined)
    return act({
      kind: "command",
      id: "logs/renew",
      title: "Let every member begin its log anew",
      why: "etcd 3.7 can't read what 3.5 has left in it; a downgrade that is allowed and taken back makes each take a snapshot",
      danger: "moderate",
      command: { name: "downgradeEnable", via, minor: "3.5" },
    });
  return hasSettledAt(seen, "3.5")
    ? undefined
    : waitFor("every member has begun its log anew", "the cluster has not taken up the lower version yet");
}

/** Out of the reach of 3.5, to 3.7: nothing else needs it. */
function isOutOf35(wish: EtcdSpec, seen: EtcdSeen): boolean {
  return runningMinor(inForce(wish, seen)) === "3.6" && wish.minor === "3.7";
}

/** The downgrade that etcd was told of is that of {@link renewLogs}: it is taken back when the members' version has been moved. */
function isRenewing(wish: EtcdSpec, seen: EtcdSeen): boolean {
  return isOutOf35(wish, seen) && isToBegin(wish, seen) && downgradeMinor(seen) === "3.5";
}

/** No member restarts into a higher version while the cluster is below what all of them run: a downgrade was just taken back. */
export const recoverVersion: Rule = ({ spec, seen }) => {
  const lowest = runningMinor(lowestVersion(answering(seen)) ?? "");
  if (lowest === undefined || lowest === "3.5" || minorsBetween(lowest, spec.minor) <= 0) return undefined;
  if (downgradeMinor(seen) !== undefined || hasSettledAt(seen, lowest)) return undefined;
  const known = answering(seen).every(({ storageVersion }) => storageVersion !== undefined);
  return known ? waitFor(`the cluster is back at etcd ${lowest}`, "a downgrade was taken back") : undefined;
};

/**
 * From 3.6 on etcd itself must be told, and take the data back, before any member runs an older minor. It does so only with every member
 * there: one that can't start because the others went ahead is brought to their version first.
 */
function goDown(situation: Situation, minor: Minor): Decision | undefined {
  const { wish, seen } = situation;
  const newest = newestMember(seen.endpoints);
  if (newest === undefined) return undefined;
  if (healthyVoters(seen).length < voters(seen).length) return catchUp(situation, newest.version);
  if (downgradeMinor(seen) === minor)
    return waitFor(`the data of all members is that of etcd ${minor}`, `etcd was told to go down to ${minor}`);
  return act({
    kind: "command",
    id: `downgrade/${minor}`,
    title: `Tell etcd to go down to ${minor}`,
    why: `spec.version is ${wish.version}, and no older etcd starts before the data is taken back`,
    danger: "severe",
    command: { name: "downgradeEnable", via: newest.ordinal, minor },
  });
}

function catchUp(situation: Situation, version: string): Decision | undefined {
  const present = inForce(situation.wish, situation.seen);
  if (compareVersions(present, version) >= 0) return undefined;
  return move(situation, version, `the cluster has taken up etcd ${version}, and starts no member that is older`);
}

/** Whoever leads, unless others are newer: etcdctl can be told of a downgrade from 3.6 on. */
function newestMember(endpoints: readonly EndpointSeen[]): EndpointSeen | undefined {
  return endpoints
    .filter(({ leaderId }) => leaderId !== "0")
    .toSorted((a, b) => compareVersions(b.version, a.version) || Number(leads(b)) - Number(leads(a)))[0];
}

const leads = ({ memberId, leaderId }: EndpointSeen): boolean => memberId === leaderId;

/** From here on new pods are of `version`, and those that are there restart one after the other (`roll.ts`). */
function move(situation: Situation, version: string, why: string): Decision {
  const { wish, seen } = situation;
  const spec = atVersion(wish, version);
  return act({
    kind: "apply",
    id: `version/${version}`,
    title: `Let the members run etcd ${version}`,
    why,
    danger: dangerOf(situation, version),
    objects: [...raisedClaims(spec, seen, version), ...allObjects(spec, seen)],
  });
}

/** etcd goes down one minor at a time: a version two below, asked for while the cluster formed, is gone to from the one it formed with. */
function backToData(situation: Situation): Decision | undefined {
  const { spec, seen } = situation;
  const newest = newestMember(seen.endpoints);
  const minor = newest && runningMinor(newest.version);
  if (newest === undefined || minor === undefined || minorsBetween(spec.minor, minor) < 2) return undefined;
  return catchUp(situation, newest.version);
}

/** Turned back while the last member was on its way up: the cluster has taken up the higher version all the same. */
export const goDownFirst: Rule = (situation) => {
  const { spec, wish, seen } = situation;
  if (identityOf(wish, seen) === undefined || !seen.membership.known || admits(seen, spec.minor)) return undefined;
  return backToData(situation) ?? goDown(situation, spec.minor);
};

/** Members of one cluster may be one minor apart. A spec that was changed while the cluster formed can ask for more. */
export const refuseFarApart: Rule = ({ spec, seen }) => {
  const far = answering(seen).find(
    (endpoint) => Math.abs(minorsBetween(spec.minor, runningMinor(endpoint.version) ?? spec.minor)) > 1,
  );
  if (far === undefined) return undefined;
  return block({
    guard: "version-step-legal",
    message: `members run etcd ${far.version}, and are to run ${spec.version}: they may be one minor apart`,
    observed: `versions ${versionsOf(seen.endpoints)}`,
    lift: `--version ${far.version}`,
  });
};

/** Back to what some member still runs gives up nothing; down from what all of them run does. */
function dangerOf({ wish, seen }: Situation, version: string): Danger {
  const lower = answering(seen).every((endpoint) => compareVersions(version, endpoint.version) < 0);
  return lower && !isUnderWay(wish, seen) ? "severe" : "moderate";
}
