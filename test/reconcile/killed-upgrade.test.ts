import { expect, it } from "vitest";
import { every } from "../support/depth.ts";
import { killEverywhere } from "../support/etcd-model/kill-everywhere.ts";
import { stories } from "../support/etcd-model/whole-runs.ts";

it(
  `finishes an upgrade over two minors as if nothing had happened, killed at ${every("await")}`,
  { timeout: 400_000 },
  async () => {
    const { awaits, killed, takeovers } = await killEverywhere(stories.upgrade);
    expect(awaits).toBeGreaterThan(100);
    expect(takeovers).toBeGreaterThan(killed / 3);
  },
);

it(`finishes a downgrade as if nothing had happened, killed at ${every("await")}`, { timeout: 400_000 }, async () => {
  const { awaits, killed, takeovers } = await killEverywhere(stories.downgrade);
  expect(awaits).toBeGreaterThan(100);
  expect(takeovers).toBeGreaterThan(killed / 3);
});
