import type { Verb } from "../../../engine.ts";
import { firstDirectory } from "../../data-directory.ts";
import { claimIntent } from "../../resources/claim.ts";
import { claimAt, identityOf } from "../facts.ts";
import { fill, makeClaim, readTheManifest, type Filling } from "../filling.ts";
import { act, block, type Decision, type Rule, type Situation } from "../rule.ts";

/**
 * A cluster that is to be made from a backup: its first member's claim is filled before anything runs, once. The claim bears the record of
 * it, and from then on the cluster is one like any other.
 */
export const restoreFromBackup: Rule = (situation) => {
  const { spec, seen } = situation;
  const { bootstrap } = spec;
  const { seed } = seen;
  if (bootstrap === undefined || identityOf(spec, seen) !== undefined || claimAt(seen, 0)?.restoredFrom !== undefined)
    return undefined;
  if (!restoring.has(situation.verb)) return refuseUnrestored(situation);
  if (seed === undefined || seen.statefulSet !== undefined || seen.pods.length > 0) return refuseRunning(situation);
  const why = `${spec.name} is to be made from that backup`;
  return seedClaim(situation, { spec, seed, ...bootstrap, directory: firstDirectory, beside: undefined, why });
};

/** The verbs whose rights suffice for it. */
export const restoring: ReadonlySet<Verb> = new Set<Verb>(["install", "restore", "restore-in-place", "reconcile"]);

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
  return block({
    guard: "no-bootstrap-over-data",
    message: `${spec.name} is to be made from a backup, and its members run already without it`,
    observed: `${String(seen.pods.length)} pods; data-${spec.name}-0 has no annotation dbop.dev/restored-from`,
  });
}

function seedClaim({ spec, seen }: Situation, filling: Filling): Decision | undefined {
  const claim = claimAt(seen, 0);
  if (claim === undefined) return readTheManifest(filling) ?? makeClaim(spec);
  if (!claim.ours) return readTheManifest(filling);
  return (
    fill(filling, claim) ??
    act({
      kind: "apply",
      id: "restore-record",
      title: `Record that ${claim.name} holds the backup`,
      why: "it is never restored into again",
      objects: [claimIntent(spec, claim, { restoredFrom: filling.path })],
    })
  );
}
