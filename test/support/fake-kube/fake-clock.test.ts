import { describe, expect, it } from "vitest";
import { isDbopError } from "../../../src/errors.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeKube } from "./fake-kube.ts";

const seconds = (clock: FakeClock): number => (clock.now().getTime() - Date.parse("2026-01-01T00:00:00Z")) / 1000;

describe("FakeClock", () => {
  it("lets an hour pass in no time", async () => {
    const clock = new FakeClock();
    await clock.sleep(3_600_000);
    expect(seconds(clock)).toBe(3600);
  });

  it("wakes sleepers in the order they fall due", async () => {
    const clock = new FakeClock();
    const woken: string[] = [];
    const sleep = async (name: string, ms: number): Promise<void> => {
      await clock.sleep(ms);
      woken.push(`${name} at ${seconds(clock)}`);
    };
    await Promise.all([sleep("late", 9000), sleep("early", 2000), sleep("too", 2000)]);
    expect(woken).toEqual(["early at 2", "too at 2", "late at 9"]);
  });

  it("rejects with Interrupted when it is aborted, before or while sleeping", async () => {
    const clock = new FakeClock({ autoAdvance: false });
    const stop = new AbortController();
    const sleeping = clock.sleep(1000, stop.signal);
    stop.abort();
    await expect(sleeping).rejects.toSatisfy((error: unknown) => isDbopError(error, "Interrupted"));
    await expect(clock.sleep(1000, stop.signal)).rejects.toSatisfy((error: unknown) =>
      isDbopError(error, "Interrupted"),
    );
  });

  it("stands still until it is told to, when it does not advance by itself", async () => {
    const clock = new FakeClock({ autoAdvance: false });
    let woken = false;
    const sleeping = clock.sleep(1000).then(() => {
      woken = true;
    });
    await clock.advance(999);
    expect(woken).toBe(false);
    await clock.advance(1);
    await sleeping;
    expect(seconds(clock)).toBe(1);
  });

  it("stands still while something real is waited for", async () => {
    const clock = new FakeClock();
    const sleeping = clock.sleep(1000);
    await clock.hold(new Promise((resolve) => setTimeout(resolve, 20)));
    expect(seconds(clock)).toBe(0);
    await sleeping;
    expect(seconds(clock)).toBe(1);
  });

  it("waits for calls of the cluster before it jumps", async () => {
    const fake = new FakeKube();
    let calls = 0;
    const busy = async (): Promise<void> => {
      for (; calls < 50; calls += 1) await fake.raw("/version");
    };
    await Promise.all([
      busy(),
      fake.clock.sleep(1000).then(() => {
        expect(calls).toBe(50);
      }),
    ]);
  });
});
