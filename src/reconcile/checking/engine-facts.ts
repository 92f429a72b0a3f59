/** What the engine of a database says of it, and what only that engine is asked. */
import type { DatabaseCluster } from "../../api/database-cluster.ts";
import type { EngineFacts } from "../../checks/engine-facts.ts";
import { ask, type Answer, type Check } from "../../checks/finding.ts";
import type { Read } from "../../checks/observation.ts";
import { unknown } from "../../checks/verdicts.ts";
import type { Engine } from "../../engines/engine.ts";
import type { EngineEntry } from "../../engines/index.ts";
import type { KubeObject } from "../../kube/objects.ts";
import { readSpec } from "../database.ts";
import { reading } from "./reading.ts";
import type { Reads } from "./shared-reads.ts";

export interface EngineView {
  readonly facts: Read<EngineFacts>;
  readonly own: readonly Answer[];
}

interface Looking {
  readonly entry: EngineEntry;
  readonly cluster: DatabaseCluster;
  readonly object: KubeObject;
  readonly now: Date;
}

export function lookThroughEngine(reads: Reads, { entry, ...looking }: Looking): Promise<EngineView> {
  return entry.use((engine) => look(engine, reads, looking));
}

async function look<Spec, Seen, Command>(
  engine: Engine<Spec, Seen, Command>,
  reads: Reads,
  { cluster, object, now }: Omit<Looking, "entry">,
): Promise<EngineView> {
  const { name, namespace } = cluster.metadata;
  const missing = `what 'kubectl dbop status ${name} -n ${namespace}' needs`;
  const looked = await reading(missing, async () => {
    const spec = readSpec(engine, cluster, object);
    return { spec, seen: await engine.observe(reads, spec, now), now };
  });
  const { checks } = engine;
  if (looked.state !== "read") return { facts: looked, own: (checks?.own ?? []).map((check) => unseen(check, looked)) };
  const { spec, seen } = looked.value;
  const { title, versions } = engine;
  const facts: EngineFacts = {
    ...engine.status(spec, seen, now),
    title,
    newestVersions: versions.newest,
    takesBackups: engine.backup !== undefined,
    ...(checks === undefined ? {} : { operand: checks.operand(looked.value) }),
  };
  return { facts: { state: "read", value: facts }, own: (checks?.own ?? []).map((check) => ask(check, looked.value)) };
}

function unseen<Looked>(
  check: Check<Looked>,
  { missing, why }: Exclude<Read<never>, { readonly state: "read" }>,
): Answer {
  return ask({ ...check, judge: () => unknown(missing, why) }, undefined);
}
