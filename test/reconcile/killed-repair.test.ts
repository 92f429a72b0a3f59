import { expect, it } from "vitest";
import { every } from "../support/depth.ts";
import { killEverywhere } from "../support/etcd-model/kill-everywhere.ts";
import { stories } from "../support/etcd-model/whole-runs.ts";

it(`finishes repair as if nothing had happened, killed at ${every("await")}`, { timeout: 600_000 }, async () => {
  const { awaits, killed, takeovers } = await killEverywhere(stories["repair"]);
  expect(awaits).toBeGreaterThan(100);
  // From the lock's making to its release.
  expect(takeovers).toBeGreaterThan(killed / 3);
});
