import { expect, it } from "vitest";
import { every } from "../support/depth.ts";
import { killEverywhere } from "../support/etcd-model/kill-everywhere.ts";
import { stories } from "../support/etcd-model/whole-runs.ts";

it(
  `finishes issuing certificates anew as if nothing had happened, killed at ${every("await")}`,
  {
    timeout: 180_000,
  },
  async () => {
    const { awaits } = await killEverywhere(stories.reissue);
    expect(awaits).toBeGreaterThan(60);
  },
);

it(
  `finishes a rotation of the authorities as if nothing had happened, killed at ${every("await")}`,
  {
    timeout: 900_000,
  },
  async () => {
    const { awaits, killed, takeovers } = await killEverywhere(stories.rotate);
    expect(awaits).toBeGreaterThan(500);
    expect(takeovers).toBeGreaterThan(killed / 3);
  },
);
