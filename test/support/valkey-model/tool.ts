/** `valkey-cli --cluster reshard` and `--cluster fix`, as they are called. */
import type { Place } from "../../../src/engines/valkey/names.ts";
import { runCommand } from "./simulated-commands.ts";
import type { SimulatedCluster } from "./simulated-cluster.ts";

export interface Tool {
  /** What follows `--cluster`. */
  readonly words: readonly string[];
  /** It ends before it is done. */
  readonly interrupted: boolean;
}

export function runTool(cluster: SimulatedCluster, place: Place, { words, interrupted }: Tool): void {
  const [verb, address = ""] = words;
  const ip = address.split(":")[0] ?? "";
  const flag = (name: string): string => words[words.indexOf(name) + 1] ?? "";
  if (!cluster.running().some(({ pod }) => pod.ip === ip)) throw new Error(`nobody answers at ${address}`);
  if (verb === "fix") runCommand(cluster, { name: "finishOpenSlots", via: place, ip }, false);
  else if (verb === "reshard") {
    const [fromId, toId] = [flag("--cluster-from"), flag("--cluster-to")];
    const [count, keysAtOnce] = [Number(flag("--cluster-slots")), Number(flag("--cluster-pipeline"))];
    runCommand(cluster, { name: "reshardSlots", from: place, ip, fromId, toId, count, keysAtOnce }, interrupted);
  } else throw new Error(`unexpected: --cluster ${words.join(" ")}`);
}
