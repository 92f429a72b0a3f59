/** How far a cluster has come that is made from a backup. Only asked until the data is on the claims: from then on those say all. */
import { observeSource } from "../../../backup/restoring.ts";
import { isDbopError } from "../../../errors.ts";
import type { Reader } from "../../engine.ts";
import { fillJobName, manifestJobName, owner } from "../names.ts";
import { identityOf, isFilled, numbers } from "../plan/facts.ts";
import type { SeedSeen, ValkeySeen } from "../seen.ts";
import type { ValkeySpec } from "../spec.ts";

export async function observeSeed(
  read: Reader,
  spec: ValkeySpec,
  marks: Pick<ValkeySeen, "config" | "claims">,
): Promise<SeedSeen | undefined> {
  const { bootstrap, shards } = spec;
  if (bootstrap === undefined || identityOf(spec, marks) !== undefined || isFilled(spec, marks)) return undefined;
  try {
    const lookName = manifestJobName(spec);
    const { jobs, ...source } = await observeSource(read, owner(spec), { ...bootstrap, lookName });
    const fills = numbers(shards).flatMap((shard) => {
      const fill = jobs.find((job) => job.name === fillJobName(spec, shard));
      return fill === undefined ? [] : [[shard, fill] as const];
    });
    return { ...source, fills: Object.fromEntries(fills) };
  } catch (error) {
    if (isDbopError(error, "Forbidden")) return undefined; // Whoever has no right to Jobs makes none.
    throw error;
  }
}
