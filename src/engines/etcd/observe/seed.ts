/** How far a cluster has come that is made from a backup. Only asked while it has not formed. */
import { findLocation } from "../../../backup/find-location.ts";
import { parseManifest } from "../../../backup/manifest.ts";
import { readJobs } from "../../../backup/read-jobs.ts";
import { printed } from "../../../backup/words.ts";
import type { Reader } from "../../engine.ts";
import { fillJobName, manifestJobName } from "../names.ts";
import type { SeedSeen } from "../seen.ts";
import type { EtcdSpec } from "../spec.ts";

export async function observeSeed(read: Reader, spec: EtcdSpec): Promise<SeedSeen | undefined> {
  if (spec.bootstrap === undefined) return undefined;
  const [location, jobs] = await Promise.all([
    findLocation(read, spec.namespace, spec.bootstrap.locationName),
    readJobs(read, spec),
  ]);
  const ours = jobs.filter((job) => job.clusterUid === spec.uid);
  const look = ours.find((job) => job.name === manifestJobName(spec));
  return {
    location,
    look,
    manifest: look?.state === "complete" ? parseManifest(printed(look.logs["manifest"] ?? "")) : undefined,
    fill: ours.find((job) => job.name === fillJobName(spec)),
  };
}
