/** The way from a backup at its location to data on the first member's claim: read the manifest, judge it, fetch, compare, restore. */
import { manifestJob } from "../../../backup/fetch.ts";
import type { Manifest } from "../../../backup/manifest.ts";
import type { JobSeen } from "../../../backup/take.ts";
import { fillJob } from "../backup/fill.ts";
import { refusesBackup } from "../backup/refuses.ts";
import type { DataDirectory } from "../data-directory.ts";
import { types } from "../../../kube/objects.ts";
import { manifestJobName, memberName, owner } from "../names.ts";
import type { ClaimSeen, PodSeen, SeedSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";
import { act, block, waitFor, type Decision } from "./rule.ts";

export interface Filling {
  readonly spec: EtcdSpec;
  readonly seed: SeedSeen;
  /** The folder of the backup. */
  readonly path: string;
  readonly bumpRevision: boolean;
  readonly directory: DataDirectory;
  /** The pod that has the claim mounted, if it is on a node. */
  readonly beside: PodSeen | undefined;
  /** That the claim may be filled, for people. */
  readonly why: string;
}

/** What is left to do until the claim is filled; undefined when it is. Nobody may use its `directory`. */
export function fill(filling: Filling, claim: ClaimSeen): Decision | undefined {
  const manifest = manifestOf(filling);
  return "files" in manifest ? restore(filling, { claim, manifest }) : manifest;
}

/** What is left to do before it is known that the backup can be restored; undefined when it can. */
export function readTheManifest(filling: Filling): Decision | undefined {
  const manifest = manifestOf(filling);
  return "files" in manifest ? undefined : manifest;
}

function manifestOf({ spec, seed, path, why }: Filling): Manifest | Decision {
  const { look, manifest } = seed;
  if (look === undefined) {
    return act({
      kind: "apply",
      id: "restore-manifest",
      title: `Read the manifest of ${path}`,
      why: `${why}, at ${seed.location.name}`,
      objects: [manifestJob(owner(spec), { name: manifestJobName(spec), location: seed.location, path })],
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
  return refused === undefined ? manifest.value : block(refused);
}

function restore(
  filling: Filling,
  { claim, manifest }: { readonly claim: ClaimSeen; readonly manifest: Manifest },
): Decision | undefined {
  const { spec, seed } = filling;
  if (seed.fill !== undefined && seed.fill.claimUid !== claim.uid) {
    return fillAgain(spec, seed.fill, "the claim it has filled is gone, and another is in its place");
  }
  if (seed.fill === undefined) {
    const { consistencyPoint } = manifest;
    return act({
      kind: "apply",
      id: "restore-fill",
      title: `Restore the backup into ${claim.name}`,
      why: consistencyPoint === "" ? "nobody uses that place" : `it holds everything up to ${consistencyPoint}`,
      objects: [fillJob(spec, { ...filling, location: seed.location, manifest, claimUid: claim.uid })],
    });
  }
  if (seed.fill.state === "running") return waitFor("the backup is restored", seed.fill.word);
  return seed.fill.state === "failed" ? tellFailure(seed.fill, whyNotRestored(filling, seed.fill)) : undefined;
}

/** The container `check` compares what was fetched with the manifest, before anything is restored. */
function whyNotRestored({ path, seed: { location } }: Filling, { word }: JobSeen): string {
  return word.startsWith("check: Failed to checksum")
    ? `what is stored at ${path} of ${location.name} is not what its manifest says: files are missing or altered, and nothing was restored from them (${word})`
    : `the backup could not be restored: ${word}`;
}

export function fillAgain(spec: EtcdSpec, { name, uid }: JobSeen, why: string): Decision {
  return act({
    kind: "delete",
    id: `restore-again/${name}`,
    title: `Delete Job ${name}`,
    why,
    target: { type: types.job, namespace: spec.namespace, name },
    uid,
    propagation: "Background",
  });
}

export function makeClaim(spec: EtcdSpec): Decision {
  return act({
    kind: "command",
    id: "restore-claim",
    title: `Make the claim of ${memberName(spec, 0)}`,
    why: "it is filled before anything runs on it",
    command: { name: "makeFirstClaim" },
  });
}

export function tellFailure({ name, uid }: JobSeen, message: string): Decision {
  return act({
    kind: "command",
    id: `restore-failed/${name}`,
    title: `Delete Job ${name}, which has failed`,
    why: message,
    command: { name: "tellRestoreFailed", job: name, uid, message },
  });
}
