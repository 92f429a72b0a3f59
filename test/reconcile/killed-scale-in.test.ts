import { expect, it } from "vitest";
import { killEverywhere } from "../support/etcd-model/kill-everywhere.ts";
import { stories } from "../support/etcd-model/whole-runs.ts";

it(
  "finishes scale in as if nothing had happened, wherever the first run was killed",
  { timeout: 180_000 },
  async () => {
    const { killed, takeovers } = await killEverywhere(stories["scale in"]);
    expect(killed).toBeGreaterThan(100);
    // From the lock's making to its release.
    expect(takeovers).toBeGreaterThan(killed / 3);
  },
);
