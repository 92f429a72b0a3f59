/** Databases as they are now: the record of the last pass, and a fresh look by the engine. */
import type { DatabaseCluster } from "../api/database-cluster.ts";
import type { Engine, EngineStatus } from "../engines/engine.ts";
import { isDbopError } from "../errors.ts";
import type { KubeClient } from "../kube/kube-client.ts";
import type { KubeObject } from "../kube/objects.ts";
import { accessFor } from "./access.ts";
import type { Clock } from "./clock.ts";
import { readDatabase, readSpec } from "./database.ts";
import { requireRights } from "./preflight.ts";

export type LiveStatus = EngineStatus | { readonly unknown: string };

/**
 * What the engine says now; `unknown` when it could not be asked, which is not a failure of the question. With `strict` missing rights are:
 * `Forbidden` with all of them.
 */
export async function liveStatus(
  kube: KubeClient,
  clock: Clock,
  { object, strict }: { readonly object: KubeObject; readonly strict: boolean },
): Promise<LiveStatus> {
  try {
    const { cluster, entry } = readDatabase(object);
    return await entry.use((engine) => ask(engine, { kube, clock }, { object, cluster, strict }));
  } catch (error) {
    if (!isDbopError(error) || error.reason === "Interrupted" || (strict && error.reason === "Forbidden")) throw error;
    return { unknown: [error.message, ...error.problems].join("; ") };
  }
}

async function ask<Spec, Seen, Command>(
  engine: Engine<Spec, Seen, Command>,
  { kube, clock }: { readonly kube: KubeClient; readonly clock: Clock },
  {
    object,
    cluster,
    strict,
  }: { readonly object: KubeObject; readonly cluster: DatabaseCluster; readonly strict: boolean },
): Promise<EngineStatus> {
  const spec = readSpec(engine, cluster, object);
  try {
    return engine.status(spec, await engine.observe(kube, spec, clock.now()), clock.now());
  } catch (error) {
    if (strict && isDbopError(error, "Forbidden")) {
      await requireRights(kube, cluster.metadata.namespace, accessFor("status", engine.access("status")));
    }
    throw error;
  }
}
