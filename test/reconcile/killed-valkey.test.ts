import { describe, expect, it } from "vitest";
import { killEverywhere, stories } from "../support/valkey-model/whole-runs.ts";

describe("a command on Valkey that is killed at any await", { timeout: 3_600_000 }, () => {
  it.each(Object.entries(stories))("finishes %s as if nothing had happened", async (_, story) => {
    const { awaits, killed } = await killEverywhere(story);
    expect(awaits).toBeGreaterThan(400);
    expect(killed).toBeGreaterThan(6);
  });
});
