/** What is seen of a cluster that has formed and is left alone. */
import { decide } from "../../../src/engines/valkey/plan/index.ts";
import type { ValkeySeen } from "../../../src/engines/valkey/seen.ts";
import type { ValkeySpec } from "../../../src/engines/valkey/spec.ts";
import { SimulatedCluster } from "./simulated-cluster.ts";

export function formed(spec: ValkeySpec): ValkeySeen {
  const cluster = new SimulatedCluster(() => 0);
  for (let turn = 0; turn < 200; turn += 1) {
    const seen = cluster.seen(spec);
    const next = decide({ spec, seen, consents: new Set(), verb: "install", now: new Date(0) });
    if (next === undefined) return seen;
    if ("step" in next) cluster.act(spec, next.step);
    cluster.tick(spec, true);
  }
  throw new Error("it does not form");
}
