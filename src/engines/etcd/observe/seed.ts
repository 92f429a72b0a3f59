/** How far a cluster has come that is made from a backup, or is being given the data of one. Only asked until that is done. */
import { readJobs } from "../../../backup/read-jobs.ts";
import { observeSource } from "../../../backup/restoring.ts";
import type { JobSeen } from "../../../backup/take.ts";
import { isDbopError } from "../../../errors.ts";
import type { Reader } from "../../engine.ts";
import { discardJobName, fillJobName, manifestJobName, owner } from "../names.ts";
import type { ClaimSeen, SeedSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";

export async function observeSeed(read: Reader, spec: EtcdSpec): Promise<SeedSeen | undefined> {
  const source = spec.replacement ?? spec.bootstrap;
  if (source === undefined) return undefined;
  const seen = await observeSource(read, owner(spec), {
    locationName: source.locationName,
    lookName: manifestJobName(spec),
  });
  return { ...seen, fill: seen.jobs.find((job) => job.name === fillJobName(spec)) };
}

/** The Job that removes what was replaced; only asked while the first claim keeps that. */
export async function observeDiscard(
  read: Reader,
  spec: EtcdSpec,
  claims: readonly ClaimSeen[],
): Promise<JobSeen | undefined> {
  const claim = claims.find(({ ordinal }) => ordinal === 0);
  if (claim?.keepsReplaced !== true || claim.replacedBy === undefined) return undefined;
  const name = discardJobName(spec, claim.replacedBy);
  try {
    return (await readOwnJobs(read, spec)).find((job) => job.name === name);
  } catch (error) {
    if (isDbopError(error, "Forbidden")) return undefined; // Whoever has no right to Jobs makes none.
    throw error;
  }
}

async function readOwnJobs(read: Reader, spec: EtcdSpec): Promise<readonly JobSeen[]> {
  return (await readJobs(read, spec)).filter((job) => job.clusterUid === spec.uid);
}
