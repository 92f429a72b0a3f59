/** What must hold before a cluster begins to go to another version (engines.md §1.8). Each refusal names its own flag or cure. Pure. */
import { withoutRecentBackup } from "../../../backup/recent.ts";
import type { Guard, Verdict } from "../../../plan/step.ts";
import { memberName } from "../names.ts";
import { quotaBytes } from "../spec.ts";
import { imageFor } from "../version-in-force.ts";
import { floors, minorsBetween, runningMinor, wayUp, type Minor } from "../versions.ts";
import { adopting, claimsToAdopt } from "./adoption.ts";
import { healthyVoters, identityOf, lag, members, voters } from "./facts.ts";
import type { Situation } from "./rule.ts";
import { inForce } from "./version-state.ts";
import { tolerableLag } from "./well.ts";

/** The versions to go through, the wished one last; just that one when it is older, or when nobody knows the way. */
export function wayOf({ wish, seen }: Situation): readonly string[] {
  return wayUp(inForce(wish, seen), wish.version);
}

/** Why the change may not begin, as far as waiting does not help. */
export function standingVerdicts(situation: Situation): readonly Verdict[] {
  return [...stepVerdicts(situation), ...imageVerdicts(situation), ...backupVerdicts(situation)];
}

function stepVerdicts(situation: Situation): readonly Verdict[] {
  const { wish, seen, consents } = situation;
  const from = inForce(wish, seen);
  const low = runningMinor(from);
  if (low === undefined) return [unknownStart(from)];
  const distance = minorsBetween(low, wish.minor);
  if (distance < -1) return [tooFarDown(situation, { from, low })];
  const way = wayOf(situation);
  if (way.length === 1 || consents.has("through")) return [];
  const [first = ""] = way;
  const next = runningMinor(first) === low ? floorOf(low) : undefined;
  return [
    {
      guard: "version-step-legal",
      message: `etcd goes up one minor at a time${next === undefined ? "" : `, and to ${next.minor} only from ${next.floor} on`}: ${[from, ...way].join(" → ")}. --through goes all the way, each version wholly before the next`,
      observed: `the members run ${from}, spec.version is ${wish.version}`,
      lift: flag(situation, "--through"),
    },
  ];
}

function unknownStart(from: string): Verdict {
  return {
    guard: "version-step-legal",
    message: `nothing is known of the way from etcd ${from}: take a backup and restore it into a new cluster`,
    observed: `the members run ${from}`,
  };
}

function floorOf(low: Minor): { readonly minor: Minor; readonly floor: string } {
  const minor: Minor = low === "3.5" ? "3.6" : "3.7";
  return { minor, floor: floors[minor] };
}

function tooFarDown({ wish }: Situation, { from, low }: { readonly from: string; readonly low: Minor }): Verdict {
  const [between = ""] = wayUp(`${wish.minor}.99`, `${low}.0`);
  return {
    guard: "version-step-legal",
    message: `etcd goes down one minor at a time: first to ${between}. Or restore a backup that ${wish.version} has taken: kubectl dbop restore NEW --from BACKUP`,
    observed: `the members run ${from}, spec.version is ${wish.version}`,
    lift: `--version ${between}`,
  };
}

/** On the way there must be an image of every version. */
function imageVerdicts(situation: Situation): readonly Verdict[] {
  const { wish } = situation;
  const unknown = wayOf(situation).filter((version) => imageFor(wish, version) === undefined);
  if (unknown.length === 0) return [];
  return [
    {
      guard: "version-step-legal",
      message: `nobody can tell the image of ${unknown.join(", ")}, which the way leads through: go there one by one, with --version and --image`,
      observed: `spec.image is ${wish.image}, without ${wish.version} in its name`,
      lift: `--version ${unknown[0] ?? ""} --image …`,
    },
  ];
}

function backupVerdicts(situation: Situation): readonly Verdict[] {
  const { seen, consents, wish, now } = situation;
  if (consents.has("without-recent-backup")) return [];
  const lift = flag(situation, "--without-recent-backup");
  const identity = identityOf(wish, seen);
  const verdict = withoutRecentBackup({ backups: seen.backups, database: wish, identity, now, lift });
  return verdict === undefined ? [] : [verdict];
}

/** The flag as it is given to this verb, or the command that takes it: first another where claims are yet to be taken over. */
function flag({ verb, wish, seen }: Situation, name: string): string {
  if (claimsToAdopt(wish, seen).length > 0) return adopting(wish, inForce(wish, seen));
  return verb === "upgrade"
    ? name
    : `kubectl dbop upgrade ${wish.name} -n ${wish.namespace} --version ${wish.version} ${name}`;
}

/** Why the cluster is not well enough to begin now. */
export function healthVerdicts(situation: Situation): readonly Verdict[] {
  return [...membershipVerdicts(situation), ...memberVerdicts(situation), ...spaceVerdicts(situation)];
}

const unwell = (guard: Guard, message: string, observed: string): Verdict => ({ guard, message, observed });

function membershipVerdicts({ spec, seen }: Situation): readonly Verdict[] {
  const { membership } = seen;
  if (!membership.known)
    return [unwell("healthy-before-change", "no quorum answers: the version stays until it does", membership.why)];
  const joining = members(seen).filter((member) => member.learner || !member.started);
  const count = members(seen).length;
  if (joining.length === 0 && count === spec.replicas) return [];
  const observed = `${String(count)} members, ${String(joining.length)} of them joining; spec.replicas is ${String(spec.replicas)}`;
  return [unwell("one-change-in-flight", "members come or go: the version changes when that has ended", observed)];
}

function memberVerdicts({ spec, seen }: Situation): readonly Verdict[] {
  if (!seen.membership.known) return [];
  const silent = voters(seen).filter((member) => !healthyVoters(seen).includes(member));
  const unready = seen.pods.filter((pod) => !pod.ready);
  const alarms = seen.endpoints.flatMap((endpoint) => endpoint.alarms.map((alarm) => alarm.type));
  const behind = lag(seen);
  const name = (ordinal: number | undefined): string => (ordinal === undefined ? "?" : memberName(spec, ordinal));
  const names = [...new Set([...silent.map(({ ordinal }) => name(ordinal)), ...unready.map((pod) => pod.name)])];
  return [
    ...(names.length === 0
      ? []
      : [unwell("healthy-before-change", "every member must be healthy first", `not healthy: ${names.join(", ")}`)]),
    ...(alarms.length === 0
      ? []
      : [
          unwell(
            "healthy-before-change",
            "an alarm is raised: kubectl dbop reconcile first",
            `alarm ${alarms.join(", ")}`,
          ),
        ]),
    ...(behind <= tolerableLag
      ? []
      : [
          unwell(
            "lag-within-bound",
            "a member lags behind",
            `${String(behind)} raft entries, ${String(tolerableLag)} are allowed`,
          ),
        ]),
  ];
}

function spaceVerdicts({ spec, seen }: Situation): readonly Verdict[] {
  const largest = Math.max(0, ...seen.endpoints.map((endpoint) => endpoint.dbSize));
  const quota = quotaBytes(spec);
  if (largest < quota) return [];
  const observed = `largest database ${String(largest)} bytes, quota ${String(quota)}`;
  return [unwell("space-within-quota", "the database has reached its quota: free space first", observed)];
}
