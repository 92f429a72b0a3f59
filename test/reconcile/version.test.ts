import { describe, expect, it } from "vitest";
import { isDbopError } from "../../src/errors.ts";
import { types } from "../../src/kube/objects.ts";
import { recordedConsents } from "../../src/reconcile/operation.ts";
import {
  installing,
  aPlace,
  reconciling,
  run,
  stateOf,
  upgrading,
  type Place,
} from "../support/etcd-model/whole-runs.ts";

async function running(version: string): Promise<Place> {
  const place = aPlace();
  await run(place, place.fake.as("earlier"), installing(3, { version }));
  return place;
}

const all = (version: string): readonly string[] => [version, version, version];

describe("an upgrade", () => {
  it("whose image can't be had is taken back with a member down", async () => {
    const place = await running("3.6.16");
    place.model.unpullable.add("3.7.99");
    const stuck = await run(place, place.fake.as("ada"), upgrading("3.7.99", { timeoutMs: 60_000 }));
    expect(stuck).toMatchObject({ outcome: "Progressing", until: "demo-2 is healthy" });
    expect(stuck.outcome === "Progressing" && stuck.seen).toContain("ErrImagePull");
    const back = upgrading("3.6.16", { consents: new Set(), request: "--version 3.6.16" });
    expect(await run(place, place.fake.as("ada"), back)).toMatchObject({ outcome: "Converged" });
    expect(stateOf(place)).toMatchObject({
      versions: all("3.6.16"),
      recordedVersion: ["3.6.16", undefined],
      history: ["upgrade Converged", "upgrade Superseded", "install Converged"],
      violations: [],
    });
  });

  it("over several minors is gone on with by a reconcile that has what was agreed to", async () => {
    const place = await running("3.5.35");
    const stop = new AbortController();
    place.fake.onAwait(({ call }) => {
      if (call.verb === "delete" && call.kind === "Pod") stop.abort();
    });
    const first = run(place, place.fake.as("ada"), upgrading("3.7.3"), { events: [], stop });
    await expect(first).rejects.toMatchObject({ reason: "Interrupted" });
    place.fake.onAwait(undefined);
    expect(await run(place, place.fake.as("bob"), reconciling())).toMatchObject({ outcome: "Converged" });
    expect(stateOf(place)).toMatchObject({
      versions: all("3.7.3"),
      cluster: "3.7",
      history: ["upgrade Converged", "install Converged"],
      violations: [],
    });
  });

  it("is refused before anything changes where its gates are shut", async () => {
    const place = await running("3.6.16");
    const refused = await run(place, place.fake.as("ada"), upgrading("3.7.3", { consents: new Set() }));
    expect(refused).toMatchObject({ outcome: "Blocked", by: [{ guard: "verified-backup-before-irreversible" }] });
    expect(stateOf(place)).toMatchObject({ history: ["install Converged"], operation: undefined });
    const object = place.fake.all(types.databaseCluster, "shop")[0];
    expect(object?.["spec"]).toMatchObject({ version: "3.6.16" });
  });

  it("in a spec that somebody else edits is gated in the same way, and blocks no repair", async () => {
    const place = await running("3.6.16");
    const edit = upgrading("3.7.3").edit;
    const intent = edit(place.fake.all(types.databaseCluster, "shop")[0]);
    if (intent === undefined) throw new Error("no intent");
    await place.fake.as("git").apply(intent, { fieldManager: "kubectl-dbop", force: true });
    place.model.loseDisk(1);
    const end = await run(place, place.fake.as("cron"), reconciling());
    expect(end).toMatchObject({ outcome: "Blocked", by: [{ guard: "verified-backup-before-irreversible" }] });
    expect(stateOf(place)).toMatchObject({ voters: [0, 1, 2], versions: all("3.6.16"), violations: [] });
  });

  it("to a version that is none is wrong usage", async () => {
    const place = await running("3.6.16");
    const reason = await run(place, place.fake.as("ada"), upgrading("3.4.20")).catch((error: unknown) =>
      isDbopError(error) ? error.reason : String(error),
    );
    expect(reason).toBe("Usage");
  });
});

describe("recordedConsents", () => {
  const spec = (version: string) => ({ spec: { version } }) as Parameters<typeof recordedConsents>[0];
  const operation = (verb: string, request: string) =>
    ({ verb, request }) as unknown as Parameters<typeof recordedConsents>[1];

  it("are those of the upgrade in flight, for the version it asked for", () => {
    const through = operation("upgrade", "--version 3.7.3 --through --without-recent-backup");
    expect(recordedConsents(spec("3.7.3"), through)).toEqual(["through", "without-recent-backup"]);
    expect(recordedConsents(spec("3.7.4"), through)).toEqual([]);
    expect(recordedConsents(spec("3.7.3"), operation("upgrade", "--version 3.7.3"))).toEqual([]);
    expect(recordedConsents(spec("3.7.3"), operation("scale", "--version 3.7.3 --through"))).toEqual([]);
  });
});
