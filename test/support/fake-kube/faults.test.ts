import { describe, expect, it } from "vitest";
import { isDbopError, type Reason } from "../../../src/errors.ts";
import type { WatchEvent } from "../../../src/kube/kube-client.ts";
import { types, type KubeObject } from "../../../src/kube/objects.ts";
import { turn } from "./fake-clock.ts";
import { FakeKube } from "./fake-kube.ts";
import { noFaults, randomFaults, scriptedFaults, type Fault } from "./faults.ts";

const named = (name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
});
const target = { type: types.configMap, namespace: "default", name: "a" };
const reasonOf = (work: Promise<unknown>): Promise<Reason | "none"> =>
  work.then(
    () => "none",
    (error: unknown) => (isDbopError(error) ? error.reason : "Internal"),
  );
const failing = (fault: Fault): FakeKube =>
  new FakeKube({ faults: scriptedFaults([{ when: { kind: "ConfigMap" }, fault }]) });

describe("faults", () => {
  it.each<[Fault, Reason | "none", boolean]>([
    [{ kind: "drop", applied: true }, "Unknown", true],
    [{ kind: "drop", applied: false }, "Unknown", false],
    [{ kind: "refused" }, "Unreachable", false],
    [{ kind: "status", code: 409 }, "Conflict", false],
    [{ kind: "status", code: 500 }, "ServerError", false],
    [{ kind: "status", code: 500, applied: true }, "ServerError", true],
    [{ kind: "torn" }, "Unknown", true],
    [{ kind: "status", code: 504 }, "Unknown", false],
    [{ kind: "status", code: 429 }, "none", true],
    [{ kind: "slow", ms: 5000 }, "none", true],
  ])("strike a write with %j", async (fault, reason, done) => {
    const fake = failing(fault);
    expect(await reasonOf(fake.create(named("a")))).toBe(reason);
    expect(fake.peek(target) !== undefined).toBe(done);
  });

  it("take the time they say", async () => {
    const fake = failing({ kind: "slow", ms: 5000 });
    const before = fake.clock.now().getTime();
    await fake.get(target);
    expect(fake.clock.now().getTime() - before).toBe(5000);
  });

  it("make a dropped read Unreachable", async () => {
    expect(await reasonOf(failing({ kind: "drop", applied: true }).get(target))).toBe("Unreachable");
  });

  it("strike the call that is meant, as often as is meant", async () => {
    const fake = new FakeKube();
    fake.inject(
      scriptedFaults([
        { when: { verb: "get", name: "a", nth: 2 }, fault: { kind: "refused" } },
        { when: ({ verb }) => verb === "list", fault: { kind: "status", code: 503 }, times: 2 },
      ]),
    );
    const gets = [await reasonOf(fake.get(target)), await reasonOf(fake.get(target)), await reasonOf(fake.get(target))];
    expect(gets).toEqual(["none", "Unreachable", "none"]);
    const lists = [
      await reasonOf(fake.list(types.configMap)),
      await reasonOf(fake.list(types.configMap)),
      await reasonOf(fake.list(types.configMap)),
    ];
    expect(lists).toEqual(["ServerError", "ServerError", "none"]);
  });

  it("repeat themselves for the same seed, and differ for another", async () => {
    const run = async (seed: number): Promise<readonly string[]> => {
      const fake = new FakeKube({ faults: randomFaults({ seed, rate: 0.5 }) });
      const reasons: string[] = [];
      for (let i = 0; i < 40; i += 1) reasons.push(await reasonOf(fake.apply(named("a"))));
      return reasons;
    };
    expect(await run(1)).toEqual(await run(1));
    expect(await run(1)).not.toEqual(await run(2));
  });

  it("leave an exec unknown, done or not", async () => {
    const started: string[] = [];
    const fake = new FakeKube();
    fake.onExec((_pod, { argv }) => {
      started.push(argv.join(" "));
      return { outcome: "exited", code: 0, stdout: "", stderr: "" };
    });
    await fake.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", namespace: "default" },
      spec: { containers: [{ name: "main", image: "x:1" }] },
    });
    const exec = (word: string) =>
      fake.exec({ namespace: "default", pod: "p", container: "main", argv: [word], deadlineMs: 1000 });
    fake.inject(
      scriptedFaults([
        { when: { verb: "exec", nth: 1 }, fault: { kind: "drop", applied: true } },
        { when: { verb: "exec", nth: 2 }, fault: { kind: "drop", applied: false } },
      ]),
    );
    expect([await exec("one"), await exec("two"), await exec("three")].map(({ outcome }) => outcome)).toEqual([
      "unknown",
      "unknown",
      "exited",
    ]);
    expect(started).toEqual(["one", "three"]);
  });

  it("cut watches: what was lost comes again after RESYNC", async () => {
    const fake = new FakeKube();
    const told: string[] = [];
    const onEvent = (event: WatchEvent): number =>
      told.push(event.type === "RESYNC" ? "RESYNC" : `${event.type} ${event.object.metadata.name}`);
    const stop = new AbortController();
    await fake.create(named("a"));
    await fake.create(named("b"));
    const done = fake.watch(types.configMap, { namespace: "default" }, onEvent, stop.signal);
    for (let i = 0; i < 5; i += 1) await turn();
    told.length = 0;
    const found = fake.peek(target);
    if (found !== undefined) fake.remove(types.configMap, found);
    fake.cutWatches();
    for (let i = 0; i < 5; i += 1) await turn();
    expect(told).toEqual(["RESYNC", "DELETED a", "ADDED b"]);
    fake.inject(randomFaults({ seed: 1, rate: 1, kinds: [{ kind: "cut" }] }));
    fake.edit({ ...target, name: "b" }, (draft) => {
      draft["data"] = { x: "1" };
    });
    for (let i = 0; i < 5; i += 1) await turn();
    expect(told.slice(3)).toEqual(["RESYNC", "ADDED b"]);
    fake.inject(noFaults);
    stop.abort();
    await done;
  });
});
