import { describe, expect, it } from "vitest";
import { engines } from "../../src/engines/index.ts";
import type { Verb } from "../../src/engines/engine.ts";
import { isDbopError } from "../../src/errors.ts";
import { types } from "../../src/kube/objects.ts";
import { accessFor, describeRight, rightsOf, type Right } from "../../src/reconcile/access.ts";
import type { PassEvent } from "../../src/reconcile/report.ts";
import { every, points } from "../support/depth.ts";
import { inPlaceStory, restoreStory } from "../support/backup-model/restore-story.ts";
import { backupStory } from "../support/backup-model/story.ts";
import { scriptedFaults, type Fault } from "../support/fake-kube/faults.ts";
import type { RbacRule } from "../support/fake-kube/rbac.ts";
import {
  aPlace,
  demo,
  installing,
  reconciling,
  run,
  scaling,
  stateOf,
  stories,
  type Place,
  type Story,
} from "../support/etcd-model/whole-runs.ts";

/** Those of which every one is to hold what each run promises. */
const everyStory: Readonly<Record<string, Story>> = {
  ...stories,
  backup: backupStory,
  restore: restoreStory,
  "restore in place": inPlaceStory,
};

async function prepared(story: Story): Promise<Place> {
  const place = aPlace();
  await story.prepare(place);
  return place;
}

const told = (): { events: PassEvent[]; stop: AbortController } => ({ events: [], stop: new AbortController() });

/** Everything in the store, as it is. */
const storeOf = ({ fake }: Place): string =>
  JSON.stringify(Object.values(types).map((type) => (type.kind.startsWith("SelfSubject") ? [] : fake.all(type))));

async function reasonOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "none";
  } catch (error) {
    if (isDbopError(error)) return error.reason;
    throw error;
  }
}

describe(`a run that meets a fault at ${every("call")}`, () => {
  const faults: readonly Fault[] = [
    { kind: "status", code: 409 },
    { kind: "status", code: 429 },
    { kind: "status", code: 500 },
    { kind: "drop", applied: false },
    { kind: "drop", applied: true },
  ];

  it.each(["install", "scale out", "scale in"] as const)(
    "ends %s as if nothing had happened, if need be by another run",
    { timeout: 600_000 },
    async (name) => {
      const story = stories[name];
      const whole = await prepared(story);
      const before = whole.fake.calls.length;
      await run(whole, whole.fake.as("first"), story.request());
      const calls = whole.fake.calls.slice(before).filter(({ verb }) => verb !== "watch");
      for (const point of points(calls.length)) {
        const place = await prepared(story);
        const n = calls[point - 1]?.n;
        const fault = faults[point % faults.length] ?? { kind: "refused" };
        place.fake.inject(scriptedFaults([{ when: (call) => call.client === "first" && call.n === n, fault }]));
        const reason = await reasonOf(run(place, place.fake.as("first"), story.request()));
        const again = await run(place, place.fake.as("second"), story.request());
        expect(again.outcome).toBe("Converged");
        // A lock whose release was not seen stands until somebody comes.
        const state = { ...stateOf(place), leases: 0 };
        expect(state, `${fault.kind} at call ${String(point)}, which ended the first run with ${reason}`).toEqual(
          stateOf(whole),
        );
      }
    },
  );
});

describe("two runs at once", () => {
  it("let one through, and tell the other who holds the lock", async () => {
    const place = aPlace();
    // The first has to wait for its pods, and so lives longer than the second looks on.
    place.fake.pause("kubelet");
    const ada = run(place, place.fake.as("ada"), installing(3));
    await place.fake.clock.sleep(1_000);
    const bob = run(place, place.fake.as("bob"), installing(3));
    await expect(bob).rejects.toMatchObject({
      reason: "Locked",
      message: "another run works on this database: ada@laptop install --replicas 3 (run ada-1)",
    });
    place.fake.resume("kubelet");
    expect(await ada).toMatchObject({ outcome: "Converged" });
    expect(stateOf(place)).toMatchObject({
      voters: [0, 1, 2],
      history: ["install Converged"],
      leases: 0,
      violations: [],
    });
  });

  it("follow each other when the second may wait", async () => {
    const place = await prepared(stories["scale out"]);
    const ends = await Promise.all([
      run(place, place.fake.as("ada"), scaling(2)),
      run(place, place.fake.as("bob"), scaling(2, { lockTimeoutMs: 600_000 })),
    ]);
    expect(ends.map(({ outcome }) => outcome)).toEqual(["Converged", "Converged"]);
    expect(place.model.changes).toHaveLength(2);
  });
});

describe("a run without a right", () => {
  const rule = ({ apiGroup, resource, verb }: Right): RbacRule => ({
    apiGroups: [apiGroup],
    resources: [resource],
    verbs: [verb],
    namespace: "shop",
  });
  const rightsFor = (verb: Verb): readonly Right[] =>
    rightsOf(engines.etcd.use((engine) => accessFor(verb, engine.access(verb))));

  it.each(Object.entries(everyStory))("names it and changes nothing, whichever of %s it is", async (_name, story) => {
    const place = await prepared(story);
    const before = storeOf(place);
    const rights = rightsFor(story.verb);
    for (const missing of rights) {
      const others = rights.filter((right) => right !== missing);
      const end = run(place, place.fake.as("starved", others.map(rule)), story.request());
      await expect(end, describeRight(missing)).rejects.toMatchObject({
        reason: "Forbidden",
        problems: expect.arrayContaining([describeRight(missing)]) as unknown,
      });
      expect(storeOf(place) === before, `unchanged without ${describeRight(missing)}`).toBe(true);
    }
  });

  it.each(Object.entries(everyStory))("%s needs no more than it asks for", async (_name, story) => {
    const place = await prepared(story);
    const frugal = place.fake.as("frugal", rightsFor(story.verb).map(rule));
    expect(await run(place, frugal, story.request())).toMatchObject({ outcome: "Converged" });
  });

  it.each([
    ["install", installing(5)],
    ["scale", scaling(5)],
    ["reconcile", reconciling()],
  ] as const)("%s of 3 to 5 over stale claims needs no more than it asks for", async (verb, request) => {
    const place = aPlace();
    for (const replicas of [5, 3]) await run(place, place.fake.as("earlier"), installing(replicas));
    const claims = place.fake.all(types.claim, "shop").map(({ metadata }) => metadata.uid);
    expect(claims).toHaveLength(5);
    const wish = installing(5).edit(undefined);
    if (verb === "reconcile" && wish) await place.fake.apply(wish, { fieldManager: "gitops", force: true });
    const frugal = place.fake.as("frugal", rightsFor(verb).map(rule));
    expect(await run(place, frugal, request)).toMatchObject({ outcome: "Converged" });
    expect(stateOf(place)).toMatchObject({ voters: [0, 1, 2, 3, 4], violations: [] });
    const kept = place.fake.all(types.claim, "shop").filter(({ metadata }) => claims.includes(metadata.uid));
    expect(kept.map(({ metadata }) => metadata.name)).toEqual(["data-demo-0", "data-demo-1", "data-demo-2"]);
  });
});

describe("a dry run", () => {
  it.each(
    Object.entries(everyStory).flatMap(([name, story]) =>
      (["client", "server"] as const).map((dryRun) => [name, dryRun, story] as const),
    ),
  )("of %s by the %s plans and changes nothing", async (_name, dryRun, story) => {
    const place = await prepared(story);
    const before = storeOf(place);
    const result = await run(place, place.fake.as("runner"), story.request({ dryRun }));
    expect(result.outcome).toBe("Planned");
    expect(storeOf(place)).toBe(before);
    expect(place.model.changes).toEqual([]);
  });

  it("gives the hash of the plan that is then run", async () => {
    const place = await prepared(stories["scale out"]);
    const planned = await run(place, place.fake.as("runner"), scaling(2, { dryRun: "server" }));
    if (planned.outcome !== "Planned") throw new Error(planned.outcome);
    const result = await run(place, place.fake.as("runner"), scaling(2, { planHash: planned.plan.hash }));
    expect(result.outcome).toBe("Converged");
  });
});

describe("a run", () => {
  it("refuses another plan than the one agreed to, and changes nothing", async () => {
    const place = await prepared(stories["scale out"]);
    const before = storeOf(place);
    expect(await reasonOf(run(place, place.fake.as("runner"), scaling(2, { planHash: "0000000000000000" })))).toBe(
      "Refused",
    );
    expect(storeOf(place)).toBe(before);
  });

  it("changes nothing when its plan is not approved", async () => {
    const place = await prepared(stories["scale in"]);
    const before = storeOf(place);
    const approve = (): Promise<never> => Promise.reject(new Error("no"));
    await expect(run(place, place.fake.as("runner"), scaling(2, { approve }))).rejects.toThrow("no");
    expect(storeOf(place)).toBe(before);
  });

  it("that goes on with an approved operation does not ask again", async () => {
    const place = await prepared(stories["scale in"]);
    const { stop } = told();
    const approveAndStop = (): Promise<"severe"> => {
      place.fake.onAwait(({ call }) => {
        if (call.verb === "exec" && call.argv?.includes("remove") === true) stop.abort();
      });
      return Promise.resolve("severe");
    };
    const first = run(place, place.fake.as("first"), scaling(2, { approve: approveAndStop }), { events: [], stop });
    await expect(first).rejects.toMatchObject({ reason: "Interrupted" });
    const asked: string[] = [];
    const approve = (): Promise<"severe"> => {
      asked.push("asked");
      return Promise.resolve("severe");
    };
    await run(place, place.fake.as("second"), scaling(2, { approve }));
    expect(asked).toEqual([]);
  });

  it("without time acts once, says what it waits for, and is gone on with", async () => {
    const place = aPlace();
    place.fake.pause("kubelet");
    const result = await run(place, place.fake.as("first"), installing(3, { timeoutMs: 0 }));
    expect(result).toMatchObject({ outcome: "Progressing", until: "all 3 members have joined" });
    expect(stateOf(place)).toMatchObject({ operation: { id: "first-2" }, leases: 0 });
    place.fake.resume("kubelet");
    await run(place, place.fake.as("second"), installing(3));
    expect(stateOf(place)).toMatchObject({ voters: [0, 1, 2], history: ["install Converged"], leases: 0 });
  });

  it("that finds nothing to do takes no lock", async () => {
    const place = await prepared(stories["scale out"]);
    const calls = place.fake.calls.length;
    expect(await run(place, place.fake.as("runner"), reconciling())).toMatchObject({
      outcome: "Converged",
      changed: false,
    });
    expect(place.fake.calls.slice(calls).filter(({ kind }) => kind === "Lease")).toEqual([]);
  });

  it.each(Object.entries(everyStory))(
    `of %s that is interrupted at ${every("step")} releases its lock and is gone on with`,
    { timeout: 600_000 },
    async (_name, story) => {
      const whole = await prepared(story);
      const complete = told();
      await run(whole, whole.fake.as("first"), story.request(), complete);
      const steps = complete.events.filter(({ type }) => type === "step").length;
      for (const step of points(steps)) {
        const place = await prepared(story);
        const { stop } = told();
        let begun = 0;
        const events: PassEvent[] = [];
        events.push = (...more) => {
          begun += more.filter(({ type }) => type === "step").length;
          if (begun === step) stop.abort();
          return more.length;
        };
        expect(await reasonOf(run(place, place.fake.as("first"), story.request(), { events, stop }))).toBe(
          "Interrupted",
        );
        expect(stateOf(place)).toMatchObject({ leases: 0 });
        expect(place.fake.peek(demo)?.["status"]).toMatchObject({ operation: { verb: story.verb } });
        await run(place, place.fake.as("second"), story.request());
        expect((story.stateOf ?? stateOf)(place)).toEqual((story.stateOf ?? stateOf)(whole));
      }
    },
  );

  it("writes no key into any object but Secrets, and none into what it tells", { timeout: 600_000 }, async () => {
    const place = aPlace();
    const { events, stop } = told();
    await run(place, place.fake.as("runner"), installing(1, { tls: "managed" }), { events, stop });
    const secrets = place.fake
      .all(types.secret, "shop")
      .flatMap(({ data }) => Object.entries(Object(data) as Record<string, string>));
    const keys = secrets.filter(([name]) => name.endsWith(".key")).map(([, value]) => value);
    expect(keys.length).toBeGreaterThan(3);
    const others = Object.values(types).filter((type) => type !== types.secret && !type.kind.startsWith("SelfSubject"));
    const text = JSON.stringify([others.map((type) => place.fake.all(type)), events, place.fake.calls]);
    const lines = keys.flatMap((key) => Buffer.from(key, "base64").toString("utf8").split("\n").slice(1, -2));
    for (const canary of [...keys, ...lines]) expect(text.includes(canary)).toBe(false);
    const annotations = place.fake.all(types.secret, "shop").map(({ metadata }) => JSON.stringify(metadata));
    for (const line of lines) expect(annotations.join().includes(line)).toBe(false);
  });
});
