/** The way from a backup at its location to data on the first member's claim: read the manifest, judge it, fetch, compare, restore. */
import type { Manifest } from "../../../backup/manifest.ts";
import { fillAgain, readManifest, tellFailure, whyNotRestored } from "../../../backup/restoring.ts";
import { fillJob } from "../backup/fill.ts";
import { refusesBackup } from "../backup/refuses.ts";
import type { DataDirectory } from "../data-directory.ts";
import { manifestJobName, memberName, owner } from "../names.ts";
import type { ClaimSeen, PodSeen, SeedSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";
import { act, waitFor, type Decision } from "./rule.ts";

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
  return readManifest({
    owner: owner(spec),
    source: seed,
    path,
    lookName: manifestJobName(spec),
    why,
    refuses: (manifest) => refusesBackup(spec.version, manifest),
  });
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
  return seed.fill.state === "failed"
    ? tellFailure(seed.fill, whyNotRestored({ path: filling.path, source: seed }, seed.fill.word))
    : undefined;
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
