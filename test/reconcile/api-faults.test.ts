/** What may go wrong between a run and the API server while it works: it goes on. */
import { describe, expect, it } from "vitest";
import { isDbopError } from "../../src/errors.ts";
import { inPlaceStory, restoreStory } from "../support/backup-model/restore-story.ts";
import { scheduleStory } from "../support/backup-model/schedule-story.ts";
import { backupStory } from "../support/backup-model/story.ts";
import { points } from "../support/depth.ts";
import { types } from "../../src/kube/objects.ts";
import { randomFaults, scriptedFaults, type Call, type Fault } from "../support/fake-kube/faults.ts";
import {
  isOver,
  aPlace,
  installing,
  leave,
  run,
  stateOf,
  stories,
  type Place,
  type Story,
} from "../support/etcd-model/whole-runs.ts";

const everyStory: Readonly<Record<string, Story>> = {
  ...stories,
  backup: backupStory,
  restore: restoreStory,
  "restore in place": inPlaceStory,
  schedule: scheduleStory,
};

/** Evenly spread over all that may befall all calls of a story. */
const strikesOfStory = 36;

/** What the story has come to. */
const endState = (place: Place, story: Story): Readonly<Record<string, unknown>> => (story.stateOf ?? stateOf)(place);

async function prepared(story: Story): Promise<Place> {
  const place = aPlace();
  await story.prepare(place);
  return place;
}

/** Reads and dry runs are repeated below the port. */
const mayChange = ({ verb, kind, dryRun }: Call): boolean =>
  !["get", "list", "log", "raw", "watch"].includes(verb) && !dryRun && kind?.startsWith("SelfSubject") !== true;

async function endOf(work: Promise<{ readonly outcome: string }>): Promise<string> {
  try {
    return (await work).outcome;
  } catch (error) {
    if (isDbopError(error)) return `${error.reason}: ${error.message}`;
    throw error;
  }
}

describe("a run whose change or question is not answered", () => {
  const faults: readonly Fault[] = [
    { kind: "drop", applied: true },
    { kind: "drop", applied: false },
    { kind: "torn" },
    { kind: "status", code: 409 },
    { kind: "status", code: 409, applied: true },
    { kind: "status", code: 503 },
    { kind: "status", code: 503, applied: true },
    { kind: "cut" },
  ];

  it.each(Object.entries(everyStory))(
    "ends %s by itself, as if nothing had happened",
    { timeout: 600_000 },
    async (_name, story) => {
      const whole = await prepared(story);
      const before = whole.fake.calls.length;
      await run(whole, whole.fake.as("first"), story.request());
      const calls = whole.fake.calls.slice(before).filter(mayChange);
      const strikes = calls.flatMap((call) =>
        faults.filter(({ kind }) => kind !== "cut" || call.verb === "exec").map((fault) => ({ call, fault })),
      );
      for (const point of points(strikes.length, strikesOfStory)) {
        const { call, fault } = strikes[point - 1] ?? {};
        if (call === undefined || fault === undefined) throw new Error("there is no such point");
        const place = await prepared(story);
        place.fake.inject(scriptedFaults([{ when: ({ client, n }) => client === "first" && n === call.n, fault }]));
        const context = `${JSON.stringify(fault)} at ${call.verb} ${call.kind ?? ""} ${call.name}`;
        expect(await endOf(run(place, place.fake.as("first"), story.request())), context).toBe("Converged");
        expect({ ...endState(place, story), leases: 0 }, context).toEqual(endState(whole, story));
        leave(place);
      }
    },
  );
});

describe("a run whose last word is stored and not answered", () => {
  const unanswered: readonly Fault[] = [
    { kind: "drop", applied: true },
    { kind: "torn" },
    { kind: "status", code: 409, applied: true },
    { kind: "status", code: 503, applied: true },
  ];

  it.each(Object.entries(everyStory))("has ended %s, and does not begin it anew", async (_name, story) => {
    const whole = await prepared(story);
    await run(whole, whole.fake.as("first"), story.request());
    const last = whole.fake.calls.findLast(
      ({ client, verb, kind }) => client === "first" && verb === "apply" && kind === "DatabaseCluster",
    );
    for (const point of points(unanswered.length)) {
      const fault = unanswered[point - 1];
      if (fault === undefined) throw new Error("there is no such fault");
      const place = await prepared(story);
      place.fake.inject(scriptedFaults([{ when: ({ client, n }) => client === "first" && n === last?.n, fault }]));
      expect(await endOf(run(place, place.fake.as("first"), story.request())), fault.kind).toBe("Converged");
      expect({ ...endState(place, story), leases: 0 }, fault.kind).toEqual(endState(whole, story));
      leave(place);
    }
  });
});

describe("a run through a bad day", () => {
  it.each(Object.entries(everyStory))(
    "ends %s, if need be by another run",
    { timeout: 300_000 },
    async (_name, story) => {
      const whole = await prepared(story);
      await run(whole, whole.fake.as("first"), story.request());
      for (const seed of points(40, 12)) {
        const place = await prepared(story);
        place.fake.inject(
          randomFaults({ seed, rate: 0.25, only: (call) => call.client === "first" && mayChange(call) }),
        );
        const end = await endOf(run(place, place.fake.as("first"), story.request()));
        expect(end, `seed ${String(seed)}`).toMatch(
          /^(Converged$|Unknown: |Unreachable: |ServerError: |LockLost: the lock could not be renewed)/u,
        );
        if (!isOver(place)) await run(place, place.fake.as("second"), story.request());
        expect({ ...endState(place, story), leases: 0 }, `seed ${String(seed)}, after ${end}`).toEqual(
          endState(whole, story),
        );
        leave(place);
      }
    },
  );
});

describe("a run", () => {
  it("goes on while each of its writes fails twice, since each time it gets further", async () => {
    const place = aPlace();
    place.fake.inject((call) => (mayChange(call) && call.nth <= 2 ? { kind: "drop", applied: false } : undefined));
    expect(await run(place, place.fake.as("first"), installing(1))).toMatchObject({
      outcome: "Converged",
      changed: true,
    });
  });

  it("has changed something when the answer to its only change was lost", async () => {
    const place = await prepared(stories["install"]);
    await run(place, place.fake.as("earlier"), installing(1));
    const ref = { type: types.podDisruptionBudget, namespace: "shop", name: "demo" };
    const budget = place.fake.peek(ref);
    if (budget !== undefined) place.fake.remove(types.podDisruptionBudget, budget);
    place.fake.inject(
      scriptedFaults([
        {
          when: { verb: "apply", kind: "PodDisruptionBudget", client: "first" },
          fault: { kind: "drop", applied: true },
        },
      ]),
    );
    expect(await run(place, place.fake.as("first"), stories.repair.request())).toMatchObject({ changed: true });
  });

  it("gives up when the same change fails again and again, and says which", async () => {
    const place = aPlace();
    place.fake.inject((call) =>
      call.kind === "StatefulSet" && call.verb === "apply" ? { kind: "status", code: 500 } : undefined,
    );
    await expect(run(place, place.fake.as("first"), installing(1))).rejects.toMatchObject({
      reason: "ServerError",
      message: "apply statefulset.apps/demo: the server answered 500 (injected)",
    });
  });

  it("is out of time, not failed, when its last word can't be written", async () => {
    const place = aPlace();
    place.fake.pause("kubelet");
    let writes = 0;
    place.fake.inject((call) => {
      if (call.subresource !== "status") return undefined;
      writes += 1;
      return writes > 3 ? { kind: "status", code: 503 } : undefined;
    });
    expect(await run(place, place.fake.as("first"), installing(1, { timeoutMs: 0 }))).toMatchObject({
      outcome: "Progressing",
      until: "the member has joined",
    });
  });

  it.each([1, 2])("refuses nothing because %i of its questions got lost", async (lost) => {
    const place = await prepared(stories.repair);
    place.fake.inject(
      scriptedFaults([
        {
          when: ({ client, verb, name }) => client === "first" && verb === "exec" && name !== "demo-1",
          fault: { kind: "cut" },
          times: 2 * lost,
        },
      ]),
    );
    expect(await run(place, place.fake.as("first"), stories.repair.request())).toMatchObject({ outcome: "Converged" });
  });
});

describe("an edit", () => {
  it("is not tried again when a field belongs to somebody else", async () => {
    const place = await prepared(stories["scale out"]);
    const owned = stories["scale out"].request({ forceConflicts: false });
    const intent = installing(5).edit(undefined);
    if (intent !== undefined) await place.fake.apply(intent, { fieldManager: "gitops", force: true });
    const before = place.fake.calls.length;
    await expect(run(place, place.fake.as("first"), owned)).rejects.toMatchObject({ reason: "Conflict" });
    expect(place.fake.calls.slice(before).filter(({ verb }) => verb === "apply")).toHaveLength(1);
  });
});
