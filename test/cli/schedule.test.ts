import { describe, expect, it } from "vitest";
import { runCli } from "../support/cli.ts";

const image = "registry.example.com/kubectl-dbop:0.1.0";

describe("schedule", () => {
  it.each([
    ["--every 1m", "* * * * *"],
    ["--every 5m", "*/5 * * * *"],
    ["--every 30m", "*/30 * * * *"],
    ["--every 1h", "0 * * * *"],
    ["--every 12h", "0 */12 * * *"],
    ["--at @hourly", "@hourly"],
  ])("%s is the CronJob's %s", async (flags, schedule) => {
    const { code, calls } = await runCli(`schedule demo ${flags} --image ${image}`);
    expect(code).toBe(0);
    expect(calls).toEqual([["schedule", { name: "demo", namespace: "default", wish: { schedule, image } }]]);
  });

  it("needs no image when one is scheduled, which is looked for later", async () => {
    const { calls } = await runCli("schedule demo --every 5m");
    expect(calls).toEqual([["schedule", { name: "demo", namespace: "default", wish: { schedule: "*/5 * * * *" } }]]);
  });

  it("stops it", async () => {
    const { calls } = await runCli("schedule demo --off");
    expect(calls).toEqual([["schedule", { name: "demo", namespace: "default", wish: undefined }]]);
  });

  it.each([
    ["schedule demo", "exactly one of --every, --at and --off is needed"],
    ["schedule demo --every 5m --off", "exactly one of --every, --at and --off is needed"],
    ["schedule demo --off --image dbop:1", "--image says nothing with --off"],
    ["schedule demo --every 7m", "--every 7m must be minutes that divide an hour"],
    ["schedule demo --every 60m", "--every 60m must be"],
    ["schedule demo --every 24h", "--every 24h must be"],
    ["schedule demo --every 0m", "--every 0m must be"],
    ["schedule demo --every 5", "--every 5 must be"],
    ["schedule demo --every 30s", "--every 30s must be"],
    ["schedule demo --at noon", "--at noon must be five fields"],
    ["schedule demo --every 5m --image Not/An:Image:1", "--image Not/An:Image:1 must be an image"],
    ["schedule --every 5m", "NAME"],
  ])("%s is refused", async (line, message) => {
    const { code, stderr, calls } = await runCli(line);
    expect([code, calls]).toEqual([2, []]);
    expect(stderr).toContain(message);
  });
});
