/** Kills a run at its await points in turn, lets another finish, and holds what becomes of it against a run that was left alone. */
import { expect } from "vitest";
import { points } from "../depth.ts";
import { KilledError } from "../fake-kube/killed-error.ts";
import { isOver, aPlace, leave, run, stateOf, type Place, type Story } from "./whole-runs.ts";

const leaseMs = 15_000;

/** How many awaits a run that is left alone passes, and where it ends. */
async function undisturbed(
  story: Story,
): Promise<{ readonly points: number; readonly state: unknown; readonly changes: number }> {
  const place = await prepared(story);
  let points = 0;
  place.fake.onAwait(({ call }) => {
    if (call.client === "first") points += 1;
  });
  const result = await run(place, place.fake.as("first"), story.request());
  expect(result.outcome).toBe("Converged");
  return { points, state: (story.stateOf ?? stateOf)(place), changes: place.model.changes.length };
}

async function prepared(story: Story): Promise<Place> {
  const place = aPlace();
  await story.prepare(place);
  place.model.etcd.write();
  return place;
}

export interface Killings {
  /** Awaits of a run that is left alone. */
  readonly awaits: number;
  /** At how many of them a run was killed: see `depth.ts`. */
  readonly killed: number;
  /** How often the lock of the killed had to be taken over. */
  readonly takeovers: number;
}

/** @param atMost so many kills at most, evenly spread: for stories that take long to tell. */
export async function killEverywhere(story: Story, atMost?: number): Promise<Killings> {
  const whole = await undisturbed(story);
  let takeovers = 0;
  const struck = points(whole.points, atMost);
  for (const point of struck) {
    const place = await prepared(story);
    await killAt(place, story, point);
    // What has come to its end and is recorded so is done. Asked once more a verb that edits nothing begins anew, and should.
    if (isOver(place)) break;
    const second = await finish(place, story);
    if (second.tookOver) takeovers += 1;
    const context = `killed at await ${String(point)} of ${String(whole.points)}: ${second.killed}`;
    // A run that finds all done takes no lock: then that of the killed one may stand, for whoever comes next to take over.
    const { leases, ...state } = (story.stateOf ?? stateOf)(place);
    expect({ leases: 0, ...state }, context).toEqual(whole.state);
    expect(second.locked ? leases : 0, context).toBe(0);
    expect(place.model.changes.length, context).toBe(whole.changes);
    expect(second.waitedMs, context).toBeGreaterThanOrEqual(second.tookOver ? leaseMs : 0);
    leave(place);
  }
  return { awaits: whole.points, killed: struck.length, takeovers };
}

async function killAt(place: Place, story: Story, point: number): Promise<void> {
  let passed = 0;
  place.fake.onAwait(({ call }) => {
    if (call.client !== "first") return;
    passed += 1;
    if (passed === point) throw new KilledError(`${call.verb} ${call.kind ?? ""} ${call.name}`);
  });
  const client = place.fake.as("first");
  // What a run does as best it can, such as events and the release of the lock, ends it without an error.
  await run(place, client, story.request()).catch((error: unknown) => {
    if (!(error instanceof KilledError)) throw error;
  });
  expect(client.killed).toBe(true);
}

interface Second {
  readonly killed: string;
  readonly locked: boolean;
  readonly tookOver: boolean;
  /** Between its first attempt at the lock and the takeover. */
  readonly waitedMs: number;
}

async function finish({ fake }: Place, story: Story): Promise<Second> {
  const last = fake.calls.at(-1);
  let triedAt: number | undefined;
  let tookAt: number | undefined;
  fake.onAwait(({ call, phase }) => {
    if (call.client !== "second" || call.kind !== "Lease" || phase !== "before") return;
    const now = fake.clock.now().getTime();
    triedAt ??= now;
    if (
      call.verb === "update" &&
      tookAt === undefined &&
      fake.calls.some((one) => one.client === "second" && one.verb === "get" && one.kind === "Lease")
    )
      tookAt = now;
  });
  const result = await run({ fake }, fake.as("second"), story.request());
  fake.onAwait(undefined);
  expect(result.outcome).toBe("Converged");
  const took = tookAt !== undefined && triedAt !== undefined;
  return {
    killed: `${last?.verb ?? ""} ${last?.kind ?? ""} ${last?.name ?? ""}`,
    locked: triedAt !== undefined,
    tookOver: took,
    waitedMs: tookAt !== undefined && triedAt !== undefined ? tookAt - triedAt : 0,
  };
}
