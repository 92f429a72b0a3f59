import { expect, it } from "vitest";
import { scheduleStory } from "../support/backup-model/schedule-story.ts";
import { killEverywhere } from "../support/etcd-model/kill-everywhere.ts";

/** Evenly spread over the run: each of them tells the whole story once more. */
const awaitsKilled = 40;

it(
  `finishes to schedule backups as if nothing had happened, killed at ${String(awaitsKilled)} awaits or fewer`,
  { timeout: 600_000 },
  async () => {
    const { awaits, killed, takeovers } = await killEverywhere(scheduleStory, awaitsKilled);
    expect(awaits).toBeGreaterThan(100);
    expect(takeovers).toBeGreaterThan(killed / 3);
  },
);
