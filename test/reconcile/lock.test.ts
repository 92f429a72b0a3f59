import { describe, expect, it } from "vitest";
import { types, type KubeObject } from "../../src/kube/objects.ts";
import { acquireLock, leaseRef, type Lock } from "../../src/reconcile/lock.ts";
import { FakeKube } from "../support/fake-kube/fake-kube.ts";
import { scriptedFaults, type Fault, type ScriptedFault } from "../support/fake-kube/faults.ts";

const ref = leaseRef("shop", "demo");

function aCluster(): FakeKube {
  return new FakeKube({ namespaces: ["shop"] });
}

function acquire(fake: FakeKube, holder = "ada scale (run 1)", notes: string[] = []): Promise<Lock> {
  const deps = { kube: fake.as("ada"), clock: fake.clock, signal: new AbortController().signal };
  return acquireLock(deps, {
    namespace: "shop",
    name: "demo",
    holder,
    waitMs: 0,
    onWait: (text) => notes.push(text),
  });
}

const toLease = (verb: "create" | "update" | "delete", fault: Fault, times = 1): ScriptedFault => ({
  when: { verb, kind: "Lease" },
  fault,
  times,
});

describe("a lock", () => {
  it.each<Fault>([
    { kind: "drop", applied: true },
    { kind: "drop", applied: false },
    { kind: "torn" },
    { kind: "status", code: 503 },
    { kind: "status", code: 503, applied: true },
    { kind: "status", code: 409 },
  ])("is got at once although the answer was lost: %j", async (fault) => {
    const fake = aCluster();
    fake.inject(scriptedFaults([toLease("create", fault)]));
    const notes: string[] = [];
    const began = fake.clock.now().getTime();
    const lock = await acquire(fake, "ada scale (run 1)", notes);
    lock.assertHeld();
    expect(fake.clock.now().getTime() - began).toBeLessThan(2_000);
    expect(notes).toEqual([]);
    await lock.release();
    expect(fake.peek(ref)).toBeUndefined();
  });

  it("is not taken from another run of the same person", async () => {
    const fake = aCluster();
    const first = await acquire(fake);
    await expect(acquire(fake, "ada scale (run 2)")).rejects.toMatchObject({ reason: "Locked" });
    first.assertHeld();
    await first.release();
  });

  it("is refused at once where it may not be made", async () => {
    const fake = aCluster();
    fake.inject(scriptedFaults([toLease("create", { kind: "status", code: 403 }, 9)]));
    await expect(acquire(fake)).rejects.toMatchObject({ reason: "Forbidden" });
    expect(fake.calls).toHaveLength(1);
  });

  it.each<Fault>([
    { kind: "drop", applied: true },
    { kind: "status", code: 500, applied: true },
    { kind: "status", code: 409 },
    // Longer than the lock lasts: the attempt is given up and made anew.
    { kind: "slow", ms: 25_000 },
  ])("outlasts a renewal that got lost: %j", async (fault) => {
    const fake = aCluster();
    const lock = await acquire(fake);
    fake.inject(scriptedFaults([toLease("update", fault)]));
    for (let second = 0; second < 60; second += 1) {
      await fake.clock.sleep(1_000);
      lock.assertHeld();
    }
    await lock.release();
    expect(fake.peek(ref)).toBeUndefined();
  });

  it("is lost as soon as another run is seen to have it, and is left to that one", async () => {
    const fake = aCluster();
    const lock = await acquire(fake);
    fake.edit(ref, (draft) => {
      draft["spec"] = { ...spec(fake.peek(ref)), holderIdentity: "bob delete (run 2)" };
    });
    await fake.clock.sleep(2_500);
    expect(() => {
      lock.assertHeld();
    }).toThrow("another run has taken it over");
    await lock.release();
    expect(spec(fake.peek(ref))).toMatchObject({ holderIdentity: "bob delete (run 2)" });
  });

  it("is lost when nothing can be renewed for too long", async () => {
    const fake = aCluster();
    const lock = await acquire(fake);
    fake.inject(scriptedFaults([toLease("update", { kind: "status", code: 500 }, 99)]));
    await fake.clock.sleep(9_000);
    lock.assertHeld();
    await fake.clock.sleep(2_000);
    expect(() => {
      lock.assertHeld();
    }).toThrow(/could not be renewed for 1\d s/u);
    await lock.release();
  });

  it("is released although the first attempt got lost", async () => {
    const fake = aCluster();
    const lock = await acquire(fake);
    fake.inject(scriptedFaults([toLease("delete", { kind: "drop", applied: false })]));
    await lock.release();
    expect(fake.all(types.lease, "shop")).toEqual([]);
  });
});

function spec(lease: KubeObject | undefined): object {
  const found = lease?.["spec"];
  return typeof found === "object" && found !== null ? found : {};
}
