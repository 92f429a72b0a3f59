import { expect, it } from "vitest";
import { killEverywhere } from "../support/etcd-model/kill-everywhere.ts";
import { stories } from "../support/etcd-model/whole-runs.ts";

/** Evenly spread over the run: each of them tells the whole story once more. */
const awaitsKilled = 40;

it(
  `finishes issuing certificates anew as if nothing had happened, killed at ${String(awaitsKilled)} awaits or fewer`,
  {
    timeout: 600_000,
  },
  async () => {
    const { awaits } = await killEverywhere(stories.reissue, awaitsKilled);
    expect(awaits).toBeGreaterThan(60);
  },
);

it(
  `finishes a rotation of the authorities as if nothing had happened, killed at ${String(awaitsKilled)} awaits or fewer`,
  {
    timeout: 900_000,
  },
  async () => {
    const { awaits, killed, takeovers } = await killEverywhere(stories.rotate, awaitsKilled);
    expect(awaits).toBeGreaterThan(500);
    expect(takeovers).toBeGreaterThan(killed / 3);
  },
);
