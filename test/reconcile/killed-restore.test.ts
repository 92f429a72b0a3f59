import { expect, it } from "vitest";
import { inPlaceStory, restoreStory } from "../support/backup-model/restore-story.ts";
import { killEverywhere } from "../support/etcd-model/kill-everywhere.ts";

/** Evenly spread over the run: each of them tells the whole story once more. */
const awaitsKilled = 40;

it(
  `finishes a restore as if nothing had happened, killed at ${String(awaitsKilled)} awaits or fewer`,
  { timeout: 600_000 },
  async () => {
    const { awaits, killed, takeovers } = await killEverywhere(restoreStory, awaitsKilled);
    expect(awaits).toBeGreaterThan(100);
    expect(takeovers).toBeGreaterThan(killed / 3);
  },
);

it(
  `finishes a restore in place as if nothing had happened, killed at ${String(awaitsKilled)} awaits or fewer`,
  { timeout: 600_000 },
  async () => {
    const { awaits, killed, takeovers } = await killEverywhere(inPlaceStory, awaitsKilled);
    expect(awaits).toBeGreaterThan(300);
    expect(takeovers).toBeGreaterThan(killed / 3);
  },
);
