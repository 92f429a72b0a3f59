import { expect, it } from "vitest";
import { backupStory } from "../support/backup-model/story.ts";
import { killEverywhere } from "../support/etcd-model/kill-everywhere.ts";

/** Evenly spread over the run: each of them tells the whole story once more. */
const awaitsKilled = 40;

it(
  `finishes backup as if nothing had happened, killed at ${String(awaitsKilled)} awaits or fewer`,
  { timeout: 600_000 },
  async () => {
    const { awaits, killed, takeovers } = await killEverywhere(backupStory, awaitsKilled);
    expect(awaits).toBeGreaterThan(100);
    expect(takeovers).toBeGreaterThan(killed / 3);
  },
);
