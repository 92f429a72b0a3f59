import { describe, expect, it } from "vitest";
import { types, type KubeObject } from "../../../src/kube/objects.ts";
import type { FakeClient } from "./fake-client.ts";
import { FakeKube } from "./fake-kube.ts";
import { KilledError } from "./killed-error.ts";

const named = (name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
});

/** Creates a, b and c, skipping what is there: the smallest operation that can be resumed. */
async function run(kube: FakeClient): Promise<void> {
  for (const name of ["a", "b", "c"])
    if ((await kube.get({ type: types.configMap, namespace: "default", name })) === undefined)
      await kube.create(named(name));
}

describe("killing", () => {
  it("can strike at every await point, and a second run finishes the work", async () => {
    const whole = new FakeKube();
    await run(whole.as("whole"));
    expect(whole.points).toBe(12);
    for (let n = 1; n <= whole.points; n += 1) {
      const fake = new FakeKube();
      const victim = fake.as("victim");
      fake.onAwait(({ count }) => {
        if (count === n) throw new KilledError();
      });
      await expect(run(victim)).rejects.toThrow(KilledError);
      expect(victim.killed).toBe(true);
      await expect(victim.list(types.configMap)).rejects.toThrow(KilledError);
      await run(fake.as("second"));
      expect(fake.all(types.configMap).map(({ metadata }) => metadata.name)).toEqual(["a", "b", "c"]);
    }
  });

  it("strikes before the work is done, or after it", async () => {
    for (const phase of ["before", "after"] as const) {
      const fake = new FakeKube();
      fake.onAwait((point) => {
        if (point.phase === phase) throw new KilledError();
      });
      await expect(fake.as("victim").create(named("a"))).rejects.toThrow(KilledError);
      expect(fake.all(types.configMap)).toHaveLength(phase === "before" ? 0 : 1);
    }
  });

  it("ends the watches of the victim, and nobody else's", async () => {
    const fake = new FakeKube();
    const victim = fake.as("victim");
    const stop = new AbortController();
    const watches = [victim, fake].map((kube) => kube.watch(types.configMap, {}, () => undefined, stop.signal));
    fake.onAwait(({ call }) => {
      if (call.client === "victim" && call.verb === "create") throw new KilledError();
    });
    await fake.get({ type: types.configMap, namespace: "default", name: "a" });
    await expect(victim.create(named("a"))).rejects.toThrow(KilledError);
    await expect(watches[0]).rejects.toThrow(KilledError);
    stop.abort();
    await watches[1];
  });
});
