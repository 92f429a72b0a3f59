import { describe, expect, it } from "vitest";
import { field, fieldsOf } from "../../src/kube/fields.ts";
import { types } from "../../src/kube/objects.ts";
import type { PassRequest } from "../../src/reconcile/request.ts";
import { aPlace, demo, installing, run, stateOf, upgrading, type Place } from "../support/etcd-model/whole-runs.ts";

type Wish = Parameters<typeof installing>[1] & { readonly size?: string };

function sized({ size = "1Gi", ...wish }: Wish = {}): PassRequest {
  const request = installing(3, wish);
  const edit: PassRequest["edit"] = (current) => {
    const intent = request.edit(current);
    return intent && { ...intent, spec: { ...fieldsOf(intent["spec"]), storage: { size } } };
  };
  return { ...request, edit };
}

const adopting = (wish: Wish = {}): PassRequest => sized({ consents: new Set(["adopt"]), ...wish });

/** A database of etcd 3.5.35, in 1Gi volumes whose class lets nothing grow. */
async function running(): Promise<Place> {
  const place = aPlace();
  place.fake.edit({ type: types.storageClass, name: "standard" }, (draft) => {
    draft["allowVolumeExpansion"] = false;
  });
  await run(place, place.fake.as("earlier"), installing(3, { version: "3.5.35" }));
  return place;
}

/** Its claims, when the rest has gone. */
async function left(): Promise<Place> {
  const place = await running();
  const kube = place.fake.as("remover");
  const uid = place.fake.peek(demo)?.metadata.uid ?? "";
  await kube.delete(demo, { uid, propagation: "Background" });
  while (place.fake.all(types.pod, "shop").length > 0) await place.fake.clock.sleep(500);
  return place;
}

describe("an install whose volumes can't be had", () => {
  it.each(["2Gi", "512Mi"])("of %s leaves the spec of what runs as it is", async (size) => {
    const place = await running();
    const before = place.fake.peek(demo)?.["spec"];
    const refused = run(place, place.fake.as("ada"), sized({ size, version: "3.5.35" }));
    if (size === "512Mi") await expect(refused).rejects.toMatchObject({ reason: "Usage" });
    else expect(await refused).toMatchObject({ outcome: "Blocked", by: [{ guard: "volume-expansion-allowed" }] });
    expect(place.fake.peek(demo)?.["spec"]).toEqual(before);
  });

  it.each([
    ["2Gi", "volume-expansion-allowed"],
    ["512Mi", "no-shrink-volume"],
  ])("of %s over kept claims writes nothing, and one of their size starts from them", async (size, guard) => {
    const place = await left();
    const refused = await run(place, place.fake.as("ada"), adopting({ size, version: "3.5.35" }));
    expect(refused).toMatchObject({ outcome: "Blocked", by: [{ guard }] });
    expect(place.fake.peek(demo)).toBeUndefined();
    const taken = await run(place, place.fake.as("ada"), adopting({ version: "3.5.35" }));
    expect(taken).toMatchObject({ outcome: "Converged" });
  });
});

describe("an install over claims that another version has left", () => {
  it("writes nothing where that can't be read, and goes on with the version it names", async () => {
    const place = await left();
    const refused = await run(place, place.fake.as("ada"), adopting({ version: "3.7.3" }));
    const lift = "kubectl dbop install demo -n shop … --version 3.5.35 --adopt";
    expect(refused).toMatchObject({ outcome: "Blocked", by: [{ guard: "version-step-legal", lift }] });
    expect(place.fake.peek(demo)).toBeUndefined();
    expect(await run(place, place.fake.as("ada"), adopting({ version: "3.5.35" }))).toMatchObject({
      outcome: "Converged",
    });
    const state = stateOf(place);
    expect(state).toMatchObject({ violations: [], versions: ["3.5.35", "3.5.35", "3.5.35"] });
    expect(state["ready"]).toContain("Ready=True");
  });

  it("knows the version that the database was upgraded to", async () => {
    const place = await running();
    await run(place, place.fake.as("ada"), upgrading("3.6.16"));
    expect(stateOf(place)).toMatchObject({ recordedOnClaims: ["3.6.16", "3.6.16", "3.6.16"] });
    await run(place, place.fake.as("ada"), upgrading("3.5.35"));
    expect(stateOf(place)).toMatchObject({ recordedOnClaims: ["3.5.35", "3.5.35", "3.5.35"] });
  });
});

describe("claims of an earlier release, without a version", () => {
  it("are given one by the next run, and by no other", async () => {
    const place = await running();
    for (const claim of place.fake.all(types.claim, "shop")) {
      const { "dbop.dev/version": _, ...annotations } = claim.metadata.annotations ?? {};
      await place.fake.as("earlier").update({ ...claim, metadata: { ...claim.metadata, annotations } });
    }
    const again = (): Promise<unknown> => run(place, place.fake.as("ada"), installing(3, { version: "3.5.35" }));
    const pods = place.fake.all(types.pod, "shop").map(({ metadata }) => metadata.uid);
    expect(await again()).toMatchObject({ outcome: "Converged", changed: true });
    expect(stateOf(place)).toMatchObject({ recordedOnClaims: ["3.5.35", "3.5.35", "3.5.35"] });
    expect(await again()).toMatchObject({ outcome: "Converged", changed: false });
    expect(place.fake.all(types.pod, "shop").map(({ metadata }) => metadata.uid)).toEqual(pods);
    expect(field(place.fake.peek(demo)?.["spec"], "version")).toBe("3.5.35");
  });
});
