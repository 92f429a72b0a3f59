/** Finding a DatabaseCluster and reading it in its engine's terms. */
import type { DatabaseCluster } from "../api/database-cluster.ts";
import type { Problem } from "../api/problem.ts";
import { readCluster } from "../api/read-cluster.ts";
import type { Engine, Sharding } from "../engines/engine.ts";
import { engines, findEngine, type EngineEntry } from "../engines/index.ts";
import { DbopError, isDbopError } from "../errors.ts";
import type { KubeClient } from "../kube/kube-client.ts";
import { types, type KubeObject } from "../kube/objects.ts";

export interface DatabaseName {
  readonly namespace: string;
  readonly name: string;
}

/** The object as stored; undefined when there is none, or no such kind yet. */
export async function findDatabase(
  kube: KubeClient,
  { namespace, name }: DatabaseName,
): Promise<KubeObject | undefined> {
  try {
    return await kube.get({ type: types.databaseCluster, namespace, name });
  } catch (error) {
    if (isDbopError(error, "NotFound")) return undefined;
    throw error;
  }
}

/** Throws `NotFound` as the API server words it. */
export async function getDatabase(kube: KubeClient, wanted: DatabaseName): Promise<KubeObject> {
  const found = await findDatabase(kube, wanted);
  if (found === undefined) throw noSuchDatabase(wanted);
  return found;
}

export function noSuchDatabase({ namespace, name }: DatabaseName): DbopError {
  return new DbopError("NotFound", `databaseclusters.dbop.dev "${name}" not found in namespace "${namespace}"`, {
    hint: "kubectl dbop list -A shows those that are there",
  });
}

/** Throws `Usage` with every problem, each naming its field, the value and what is allowed. */
export function readDatabase(object: KubeObject): { readonly cluster: DatabaseCluster; readonly entry: EngineEntry } {
  const result = readCluster(object);
  if (!result.ok) throw invalidSpec(object, result.problems);
  const entry = findEngine(result.value.spec.engine);
  if (entry !== undefined) return { cluster: result.value, entry };
  const message = `must be one of ${Object.keys(engines).join(", ")}`;
  throw invalidSpec(object, [{ field: "spec.engine", value: result.value.spec.engine, message }]);
}

/** Throws `Usage` likewise with what the engine finds wrong. */
export function readSpec<Spec, Seen, Command>(
  engine: Engine<Spec, Seen, Command>,
  cluster: DatabaseCluster,
  object: KubeObject,
): Spec {
  const result = engine.parseSpec(cluster);
  const problems = [...shardProblems(engine.sharding, cluster), ...(result.ok ? [] : result.problems)];
  if (!result.ok || problems.length > 0) throw invalidSpec(object, problems);
  return result.value;
}

/** One shard is what an engine without shards has: saying so is no mistake. */
function shardProblems(sharding: Sharding, { spec: { shards = 1 } }: DatabaseCluster): readonly Problem[] {
  if (sharding.kind === "shards" || shards === 1) return [];
  return [{ field: "spec.shards", value: String(shards), message: `must be 1 or be left out: ${sharding.why}` }];
}

function invalidSpec(object: KubeObject, problems: readonly Problem[]): DbopError {
  return new DbopError("Usage", `the spec of ${object.metadata.name} is invalid; nothing was changed`, {
    problems: problems.map(({ field, value, message }) => `${field}: ${JSON.stringify(value)} ${message}`),
  });
}
