/** The registry: one line an engine. Flags, validation and help follow from it. */
import type { Engine, Sharding, VersionRange } from "./engine.ts";
import { etcd } from "./etcd/index.ts";
import { valkey } from "./valkey/index.ts";

/** An engine whose own types are known only to itself: `use` hands it to a function that works for any. */
export interface EngineEntry {
  readonly name: string;
  readonly title: string;
  readonly versions: VersionRange;
  readonly sharding: Sharding;
  use<Answer>(body: <Spec, Seen, Command>(engine: Engine<Spec, Seen, Command>) => Answer): Answer;
}

function entry<Spec, Seen, Command>(engine: Engine<Spec, Seen, Command>): EngineEntry {
  const { name, title, versions, sharding } = engine;
  return { name, title, versions, sharding, use: (body) => body(engine) };
}

export const engines = {
  etcd: entry(etcd),
  valkey: entry(valkey),
} as const satisfies Record<string, EngineEntry>;

/** The engine called `name`; undefined when there is none. */
export function findEngine(name: string): EngineEntry | undefined {
  return Object.values(engines).find((candidate) => candidate.name === name);
}
