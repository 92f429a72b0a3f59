import { expect, it } from "vitest";
import { killEverywhere } from "../support/etcd-model/kill-everywhere.ts";
import { stories } from "../support/etcd-model/whole-runs.ts";

/** Evenly spread over the run: each of them tells the whole story once more. */
const awaitsKilled = 40;

it(
  `finishes an upgrade over two minors as if nothing had happened, killed at ${String(awaitsKilled)} awaits or fewer`,
  { timeout: 400_000 },
  async () => {
    const { awaits, killed, takeovers } = await killEverywhere(stories.upgrade, awaitsKilled);
    expect(awaits).toBeGreaterThan(100);
    expect(takeovers).toBeGreaterThan(killed / 3);
  },
);

it(
  `finishes a downgrade as if nothing had happened, killed at ${String(awaitsKilled)} awaits or fewer`,
  { timeout: 400_000 },
  async () => {
    const { awaits, killed, takeovers } = await killEverywhere(stories.downgrade, awaitsKilled);
    expect(awaits).toBeGreaterThan(100);
    expect(takeovers).toBeGreaterThan(killed / 3);
  },
);
