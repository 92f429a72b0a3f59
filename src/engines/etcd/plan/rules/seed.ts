import { manifestJob } from "../../../../backup/fetch.ts";
import type { JobSeen } from "../../../../backup/take.ts";
import type { Verb } from "../../../engine.ts";
import { fillJob } from "../../backup/fill.ts";
import { refusesBackup } from "../../backup/refuses.ts";
import { manifestJobName, owner } from "../../names.ts";
import { claimIntent } from "../../resources/claim.ts";
import type { ClaimSeen, SeedSeen } from "../../seen.ts";
import { claimAt, identityOf } from "../facts.ts";
import { act, block, waitFor, type Decision, type Rule, type Situation } from "../rule.ts";

type Seeding = Situation & { readonly seed: SeedSeen; readonly path: string; readonly bumpRevision: boolean };

/**
 * A cluster that is to be made from a backup: its first member's claim is filled before anything runs, once. The claim bears the record of
 * it, and from then on the cluster is one like any other.
 */
export const restoreFromBackup: Rule = (situation) => {
  const { spec, seen } = situation;
  const { bootstrap } = spec;
  const claim = claimAt(seen, 0);
  if (bootstrap === undefined || identityOf(spec, seen) !== undefined || claim?.restoredFrom !== undefined)
    return undefined;
  const { seed } = seen;
  if (!restoring.has(situation.verb)) return refuseUnrestored(situation);
  if (seed === undefined || seen.statefulSet !== undefined || seen.pods.length > 0) return refuseRunning(situation);
  return readTheManifest({ ...situation, seed, ...bootstrap }) ?? fill({ ...situation, seed, ...bootstrap }, claim);
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
  return block({
    guard: "no-bootstrap-over-data",
    message: `${spec.name} is to be made from a backup, and its members run already without it`,
    observed: `${String(seen.pods.length)} pods; data-${spec.name}-0 has no annotation dbop.dev/restored-from`,
  });
}

function readTheManifest({ spec, seed, path }: Seeding): Decision | undefined {
  const { look, manifest } = seed;
  if (look === undefined) {
    const name = manifestJobName(spec);
    return act({
      kind: "apply",
      id: "restore-manifest",
      title: `Read the manifest of ${path}`,
      why: `${spec.name} is to be made from that backup, at ${seed.location.name}`,
      objects: [manifestJob(owner(spec), { name, location: seed.location, path })],
    });
  }
  if (look.state === "running") return waitFor("the manifest has been read", look.word);
  if (look.state === "failed") return tellFailure(look, `there is no backup at ${path}: ${look.word}`);
  if (manifest === undefined) return tellFailure(look, "what the manifest says is lost: the pod or its log is gone");
  if (!manifest.ok) {
    const [problem] = manifest.problems;
    const said = problem === undefined ? "" : `: ${problem.field}: ${problem.value} ${problem.message}`;
    const message = `${path} can't be restored${said}`;
    return block({ guard: "backup-usable", message, observed: `${path}/manifest.json at ${seed.location.name}` });
  }
  const refused = refusesBackup(spec.version, manifest.value);
  return refused === undefined ? undefined : block(refused);
}

function fill(seeding: Seeding, claim: ClaimSeen | undefined): Decision | undefined {
  const { spec, seed, path, bumpRevision } = seeding;
  if (claim === undefined) {
    return act({
      kind: "command",
      id: "restore-claim",
      title: `Make the claim of ${spec.name}-0`,
      why: "it is filled before anything runs on it",
      command: { name: "makeFirstClaim" },
    });
  }
  if (!claim.ours || seed.manifest?.ok !== true) return undefined;
  if (seed.fill === undefined) {
    const { consistencyPoint } = seed.manifest.value;
    return act({
      kind: "apply",
      id: "restore-fill",
      title: `Restore the backup into ${claim.name}`,
      why: consistencyPoint === "" ? "the claim is empty" : `it holds everything up to ${consistencyPoint}`,
      objects: [fillJob(spec, { location: seed.location, path, manifest: seed.manifest.value, bumpRevision })],
    });
  }
  if (seed.fill.state === "running") return waitFor("the backup is restored", seed.fill.word);
  if (seed.fill.state === "failed")
    return tellFailure(seed.fill, `the backup could not be restored: ${seed.fill.word}`);
  return act({
    kind: "apply",
    id: "restore-record",
    title: `Record that ${claim.name} holds the backup`,
    why: "it is never restored into again",
    objects: [claimIntent(spec, claim, { restoredFrom: path })],
  });
}

function tellFailure({ name, uid }: JobSeen, message: string): Decision {
  return act({
    kind: "command",
    id: `restore-failed/${name}`,
    title: `Delete Job ${name}, which has failed`,
    why: message,
    command: { name: "tellRestoreFailed", job: name, uid, message },
  });
}
