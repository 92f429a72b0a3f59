import { expect, it } from "vitest";
import { killEverywhere } from "../support/etcd-model/kill-everywhere.ts";
import { stories } from "../support/etcd-model/whole-runs.ts";

/** 1 takes five minutes, and is for whoever changes how a rotation goes. */
const every = Number(process.env["DBOP_KILL_EVERY"] ?? 5);

it(
  "finishes issuing certificates anew as if nothing had happened, wherever the first run was killed",
  { timeout: 180_000 },
  async () => {
    const { killed } = await killEverywhere(stories.reissue);
    expect(killed).toBeGreaterThan(60);
  },
);

it(
  "finishes a rotation of the authorities as if nothing had happened, wherever the first run was killed",
  { timeout: 900_000 },
  async () => {
    const { killed, takeovers } = await killEverywhere(stories.rotate, every);
    expect(killed).toBeGreaterThan(500 / every);
    expect(takeovers).toBeGreaterThan(killed / 3);
  },
);
