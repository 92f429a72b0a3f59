/**
 * A cluster that is to be made from a backup: the claim of each shard's first node is filled before anything runs, once. The claims bear the record of it,
 * with the slots that are to be theirs, and from then on the cluster forms like any other.
 */
import type { BackupShard, Manifest } from "../../../../backup/manifest.ts";
import { fillAgain, readManifest, tellFailure, whyNotRestored } from "../../../../backup/restoring.ts";
import type { JobSeen } from "../../../../backup/take.ts";
import type { Verb } from "../../../engine.ts";
import { fillJob } from "../../backup/fill.ts";
import { refusesBackup } from "../../backup/refuses.ts";
import { manifestJobName, owner } from "../../names.ts";
import { claimIntent } from "../../resources/claim.ts";
import type { ClaimSeen, SeedSeen } from "../../seen.ts";
import { parseSlots } from "../../slots.ts";
import type { ValkeySpec } from "../../spec.ts";
import { claimAt, firstClaimOf, identityOf, isFilled, numbers } from "../facts.ts";
import { act, block, waitFor, type Decision, type Rule, type Situation } from "../rule.ts";

export const restoreFromBackup: Rule = (situation) => {
  const { spec, seen, verb } = situation;
  const { bootstrap } = spec;
  if (bootstrap === undefined || identityOf(spec, seen) !== undefined || isFilled(spec, seen)) return undefined;
  if (!restoring.has(verb)) return refuseUnrestored(situation);
  if (seen.seed === undefined || seen.shards.length > 0 || seen.pods.length > 0) return refuseRunning(situation);
  const { path } = bootstrap;
  const manifest = readManifest({
    owner: owner(spec),
    source: seen.seed,
    path,
    lookName: manifestJobName(spec),
    why: `${spec.name} is to be made from that backup`,
    refuses: (told) => refusesBackup({ ...spec, version: spec.server.version }, told),
  });
  return "files" in manifest ? fillShards(situation, { seed: seen.seed, path, manifest }) : manifest;
};

/** The verbs whose rights suffice for it. */
const restoring: ReadonlySet<Verb> = new Set<Verb>(["install", "restore", "reconcile"]);

function refuseUnrestored({ spec }: Situation): Decision {
  return block({
    guard: "one-change-in-flight",
    message: `${spec.name} has not been restored yet`,
    observed: "spec.bootstrap is set and the cluster has not formed",
    lift: `kubectl dbop reconcile ${spec.name} -n ${spec.namespace}`,
  });
}

/** Something runs on claims that were never filled: whatever it holds, a restore would go over it. */
function refuseRunning({ spec, seen }: Situation): Decision {
  const unfilled = numbers(spec.shards).flatMap((shard) =>
    firstClaimOf(seen, shard)?.restored === undefined ? [`shard ${String(shard)}`] : [],
  );
  return block({
    guard: "no-bootstrap-over-data",
    message: `${spec.name} is to be made from a backup, and its nodes run although not all of it is on their volumes. It has never been ready: delete it with its data, and restore again`,
    observed: `${String(seen.pods.length)} pods; the claim of ${unfilled.join(", ")} has no annotation dbop.dev/restored-from`,
    lift: `kubectl dbop delete ${spec.name} -n ${spec.namespace} --delete-data --confirm=${spec.name}`,
  });
}

interface Filling {
  readonly seed: SeedSeen;
  readonly path: string;
  readonly manifest: Manifest;
}

/** A shard whose claim is still to be filled. */
interface Empty {
  readonly shard: number;
  readonly part: BackupShard;
  readonly claim: ClaimSeen;
  readonly fill: JobSeen | undefined;
}

function fillShards({ spec, seen }: Situation, filling: Filling): Decision {
  const { seed, manifest } = filling;
  const missing = numbers(spec.shards).filter((shard) => firstClaimOf(seen, shard) === undefined);
  if (missing.length > 0) return makeClaims(missing);
  const empty = (manifest.shards ?? []).flatMap((part, shard): readonly Empty[] => {
    const claim = claimAt(seen, { shard, ordinal: 0 });
    return claim === undefined || claim.restored !== undefined ? [] : [{ shard, part, claim, fill: seed.fills[shard] }];
  });
  return unfinished(spec, filling, empty) ?? recordFilled(spec, filling, empty);
}

/** All at the same time: the longest takes as long as all. */
function unfinished(spec: ValkeySpec, filling: Filling, empty: readonly Empty[]): Decision | undefined {
  const { seed, path, manifest } = filling;
  const stale = empty.find(({ fill, claim }) => fill !== undefined && fill.claimUid !== claim.uid);
  if (stale?.fill !== undefined)
    return fillAgain(spec, stale.fill, "the claim it has filled is gone, and another is in its place");
  const unbegun = empty.filter(({ fill }) => fill === undefined);
  if (unbegun.length > 0)
    return act({
      kind: "apply",
      id: "restore-fill",
      title: `Restore the backup into ${unbegun.map(({ claim }) => claim.name).join(", ")}`,
      why: `it holds everything up to ${manifest.consistencyPoint}`,
      objects: unbegun.map(({ shard, part, claim }) =>
        fillJob(spec, { location: seed.location, path, manifest, part, shard, claimUid: claim.uid }),
      ),
    });
  const jobs = empty.flatMap(({ fill }) => fill ?? []);
  const failed = jobs.find(({ state }) => state === "failed");
  if (failed !== undefined) return tellFailure(failed, whyNotRestored({ path, source: seed }, failed.word));
  const running = jobs.find(({ state }) => state === "running");
  return running && waitFor("the backup is restored", running.word);
}

function makeClaims(shards: readonly number[]): Decision {
  return act({
    kind: "command",
    id: "restore-claims",
    title: "Make the claims of the first nodes of all shards",
    why: "they are filled before anything runs on them",
    command: { name: "makeFirstClaims", shards },
  });
}

function recordFilled(spec: ValkeySpec, { path }: Filling, empty: readonly Empty[]): Decision {
  return act({
    kind: "apply",
    id: "restore-record",
    title: `Record that ${empty.map(({ claim }) => claim.name).join(", ")} hold the backup`,
    why: "they are never restored into again",
    objects: empty.map(({ claim, part: { slots, keys, expiring } }) =>
      claimIntent(spec, claim, {
        restored: { from: path, slots: parseSlots(slots.split(" ")), keys: keys - expiring },
      }),
    ),
  });
}
