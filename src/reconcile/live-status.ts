/** Databases as they are now: the record of the last pass, and a fresh look by the engine. */
import type { EngineStatus } from "../engines/engine.ts";
import { isDbopError } from "../errors.ts";
import type { KubeClient } from "../kube/kube-client.ts";
import type { KubeObject } from "../kube/objects.ts";
import type { Clock } from "./clock.ts";
import { readDatabase, readSpec } from "./database.ts";

export type LiveStatus = EngineStatus | { readonly unknown: string };

/** What the engine says now; `unknown` when it could not be asked, which is not a failure of the question. */
export async function liveStatus(kube: KubeClient, clock: Clock, object: KubeObject): Promise<LiveStatus> {
  try {
    const { cluster, entry } = readDatabase(object);
    return await entry.use(async (engine) => {
      const spec = readSpec(engine, cluster, object);
      return engine.status(spec, await engine.observe(kube, spec, clock.now()), clock.now());
    });
  } catch (error) {
    if (isDbopError(error, "Interrupted") || !isDbopError(error)) throw error;
    return { unknown: [error.message, ...error.problems].join("; ") };
  }
}
