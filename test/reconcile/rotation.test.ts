import { describe, expect, it } from "vitest";
import { types } from "../../src/kube/objects.ts";
import { aPlace, reconciling, run, scaling, stateOf, stories, type Place } from "../support/etcd-model/whole-runs.ts";

async function installed(): Promise<Place> {
  const place = aPlace();
  await stories.rotate.prepare(place);
  return place;
}

/** Begins to rotate and is stopped when that has made members trust both authorities. */
async function halfway(place: Place): Promise<void> {
  const stop = new AbortController();
  const events: never[] = [];
  events.push = (...more: readonly { readonly type: string }[]) => {
    if (more.some((event) => event.type === "step" && JSON.stringify(event).includes("Restart demo"))) stop.abort();
    return more.length;
  };
  const stopped = run(place, place.fake.as("first"), stories.rotate.request(), { events, stop });
  await expect(stopped).rejects.toMatchObject({ reason: "Interrupted" });
  expect(stateOf(place)).toMatchObject({ authorities: ["1-2", "1-2", "1-2"], violations: [] });
}

describe("a rotation of the authorities", () => {
  it("does not begin while something else is in flight, and changes nothing", async () => {
    const place = await installed();
    place.fake.pause("kubelet");
    await run(place, place.fake.as("first"), scaling(4, { timeoutMs: 0 }));
    const before = place.fake.all(types.secret, "shop");
    const rotation = run(place, place.fake.as("second"), stories.rotate.request());
    await expect(rotation).rejects.toMatchObject({
      reason: "Refused",
      message: "one-change-in-flight: scale --replicas 4 has not come to its end, and rotate waits for it",
      hint: "to go on with it: kubectl dbop reconcile demo -n shop",
    });
    expect(place.fake.all(types.secret, "shop")).toEqual(before);
    place.fake.resume("kubelet");
    await run(place, place.fake.as("third"), reconciling());
    await run(place, place.fake.as("fourth"), stories.rotate.request());
    expect(stateOf(place)).toMatchObject({ authorities: ["2", "2", "2"], violations: [] });
  });

  it("is gone on with by reconcile", async () => {
    const place = await installed();
    await halfway(place);
    await run(place, place.fake.as("second"), reconciling());
    expect(stateOf(place)).toMatchObject({
      authorities: ["2", "2", "2"],
      history: ["rotate Converged", "install Converged"],
      violations: [],
    });
  });

  it("stays where it is when a scale takes its place, and is then gone on with, not begun again", async () => {
    const place = await installed();
    await halfway(place);
    await run(place, place.fake.as("second"), scaling(4));
    expect(stateOf(place)).toMatchObject({ voters: [0, 1, 2, 3], authorities: ["1-2", "1-2", "1-2"], violations: [] });
    await run(place, place.fake.as("third"), stories.rotate.request());
    expect(stateOf(place)).toMatchObject({
      authorities: ["2", "2", "2"],
      history: ["rotate Converged", "scale Converged", "rotate Superseded", "install Converged"],
      violations: [],
    });
  });

  it("is begun again when it is asked for again", async () => {
    const place = await installed();
    for (const client of ["first", "second"]) await run(place, place.fake.as(client), stories.rotate.request());
    expect(stateOf(place)).toMatchObject({ authorities: ["3", "3", "3"], violations: [] });
  });

  it.each([stories.rotate, stories.reissue])(
    "has no use for a Secret that is older than the members' certificates",
    async ({ request }) => {
      const place = await installed();
      const ref = { type: types.secret, namespace: "shop", name: "demo-ca" };
      const old = place.fake.peek(ref);
      await run(place, place.fake.as("first"), stories.rotate.request());
      place.fake.edit(ref, (draft) => {
        draft["data"] = old?.["data"];
        draft.metadata.annotations = { ...old?.metadata.annotations };
      });
      await expect(run(place, place.fake.as("second"), request())).rejects.toMatchObject({
        reason: "Refused",
        hint: "it is older than the certificates of the members: put its newest copy back",
      });
      expect(stateOf(place)).toMatchObject({ violations: [] });
    },
  );
});
