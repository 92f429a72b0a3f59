import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { end, identify, isAlive } from "./process-id.ts";

// What it reads, /proc, is Linux' alone.
describe.runIf(process.platform === "linux")("a recorded process", () => {
  it("is alive while it runs, and not after its end", async () => {
    const child = spawn("sleep", ["60"]);
    const recorded = identify(child.pid ?? 0);
    if (recorded === undefined) throw new Error("sleep did not start");
    expect(isAlive(recorded)).toBe(true);
    await end(recorded);
    expect(isAlive(recorded)).toBe(false);
  });

  it("is not mistaken for a later one with the same number", async () => {
    const own = identify(process.pid);
    if (own === undefined) throw new Error("this process has no identity");
    const earlier = { ...own, startTime: "1" };
    expect(isAlive(earlier)).toBe(false);
    await end(earlier); // does not end this process
    expect(isAlive(own)).toBe(true);
  });

  it("is not mistaken for one of an earlier boot", () => {
    const own = identify(process.pid);
    expect(own !== undefined && isAlive({ ...own, bootId: "another" })).toBe(false);
  });
});
