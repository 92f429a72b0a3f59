import { expect, it } from "vitest";
import { backupStory } from "../support/backup-model/story.ts";
import { every } from "../support/depth.ts";
import { killEverywhere } from "../support/etcd-model/kill-everywhere.ts";

it(`finishes backup as if nothing had happened, killed at ${every("await")}`, { timeout: 180_000 }, async () => {
  const { awaits, killed, takeovers } = await killEverywhere(backupStory);
  expect(awaits).toBeGreaterThan(100);
  expect(takeovers).toBeGreaterThan(killed / 3);
});
