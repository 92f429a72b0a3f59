/** Runs the controllers until nothing moves any more, in a fixed order; or a few at a time, at random moments of a seeded clock. */
import type { RandomSource } from "../random.ts";
import type { ControllerName, World } from "../world.ts";
import { tendBudgets } from "./budgets.ts";
import { schedule, tendClaims } from "./claims.ts";
import { collectGarbage, tendCrds } from "./garbage.ts";
import { tendJobs } from "./job.ts";
import { runPods } from "./kubelet.ts";
import { tendStatefulSets } from "./stateful-set.ts";

const controllers: readonly (readonly [ControllerName, (world: World) => void])[] = [
  ["garbage", tendCrds],
  ["garbage", collectGarbage],
  ["StatefulSet", tendStatefulSets],
  ["Job", tendJobs],
  ["scheduler", schedule],
  ["claims", tendClaims],
  ["kubelet", runPods],
  ["budgets", tendBudgets],
];

/** More rounds than any real change needs: beyond it two controllers are undoing each other's work. */
const MOST_ROUNDS = 500;

/** Runs every controller that is not paused until the store stands still. */
export function settle(world: World, paused: ReadonlySet<ControllerName>): void {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const before = world.server.store.revision;
    for (const [name, tend] of controllers) if (!paused.has(name)) tend(world);
    if (world.server.store.revision === before) return;
  }
  throw new Error("the fake's controllers do not come to rest");
}

/** Runs one controller of those not paused, chosen at random. */
export function tendOne(world: World, paused: ReadonlySet<ControllerName>, random: RandomSource): void {
  const awake = controllers.filter(([name]) => !paused.has(name));
  random.pick(awake)?.[1](world);
}
