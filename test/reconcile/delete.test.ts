import { describe, expect, it } from "vitest";
import { types } from "../../src/kube/objects.ts";
import { describeRight, rightsOf } from "../../src/reconcile/access.ts";
import { deleteDatabase, type DeleteRequest, type DeleteResult } from "../../src/reconcile/delete.ts";
import type { PassEvent } from "../../src/reconcile/report.ts";
import { everyRight } from "../../src/reconcile/preflight.ts";
import { every, points } from "../support/depth.ts";
import { KilledError } from "../support/fake-kube/killed-error.ts";
import { scriptedFaults, type Fault } from "../support/fake-kube/faults.ts";
import { fieldsOf } from "../support/fake-kube/json.ts";
import { aPlace, demo, installing, leave, run, type Place } from "../support/etcd-model/whole-runs.ts";

async function anInstalled(): Promise<Place> {
  const place = aPlace();
  await run(place, place.fake.as("earlier"), installing(3));
  return place;
}

function deleting(
  { fake }: Place,
  wish: Partial<DeleteRequest> = {},
  kube = fake.as("first"),
  notes: string[] = [],
): Promise<DeleteResult> {
  const deps = {
    kube,
    clock: fake.clock,
    signal: new AbortController().signal,
    report: (event: PassEvent) => {
      if (event.type === "note") notes.push(event.text);
    },
    host: "laptop",
    newId: () => "1",
  };
  return deleteDatabase(deps, {
    database: { namespace: "shop", name: "demo" },
    request: "",
    deleteData: false,
    dryRun: "none",
    timeoutMs: 600_000,
    lockTimeoutMs: 0,
    fieldManager: "kubectl-dbop",
    forceConflicts: false,
    planHash: undefined,
    attended: true,
    approve: () => Promise.resolve("severe"),
    ...wish,
  });
}

/** Names of what is left of each kind. */
function leftOf({ fake }: Place): Readonly<Record<string, readonly string[]>> {
  const kinds = [types.databaseCluster, types.statefulSet, types.pod, types.service, types.claim, types.lease];
  return Object.fromEntries(
    kinds.map((type) => [type.kind, fake.all(type, "shop").map(({ metadata }) => metadata.name)]),
  );
}

const notFound = { reason: "NotFound" };

function isAllGone(place: Place): boolean {
  const { PersistentVolumeClaim: _, ...others } = leftOf(place);
  return Object.values(others).every((names) => names.length === 0);
}

async function killed(place: Place, point: number): Promise<void> {
  let passed = 0;
  place.fake.onAwait(({ call }) => {
    if (call.client === "first" && (passed += 1) === point) throw new KilledError();
  });
  await deleting(place).catch((error: unknown) => {
    if (!(error instanceof KilledError)) throw error;
  });
  place.fake.onAwait(undefined);
}

const nothing = { DatabaseCluster: [], StatefulSet: [], Pod: [], Service: [], PersistentVolumeClaim: [], Lease: [] };
const claims = ["data-demo-0", "data-demo-1", "data-demo-2"];

describe("deleting", () => {
  it("keeps the data, and takes it along when told so", async () => {
    const place = await anInstalled();
    expect(await deleting(place)).toMatchObject({ outcome: "Converged", changed: true });
    expect(leftOf(place)).toEqual({ ...nothing, PersistentVolumeClaim: claims });
    await deleting(place, { deleteData: true });
    expect(leftOf(place)).toEqual(nothing);
  });

  it("finds every StatefulSet by its labels, and leaves a namesake's", async () => {
    const place = await anInstalled();
    const ref = { type: types.statefulSet, namespace: "shop" };
    const own = place.fake.peek({ ...ref, name: "demo" });
    const { labels, ownerReferences = [] } = own?.metadata ?? {};
    const further = { ...own, apiVersion: "apps/v1", kind: "StatefulSet" };
    const spec = { ...fieldsOf(own?.["spec"]), replicas: 0 };
    const meta = { namespace: "shop", ownerReferences };
    await place.fake.create({ ...further, metadata: { ...meta, name: "demo-b", ...(labels && { labels }) }, spec });
    const theirs = { ...labels, "app.kubernetes.io/managed-by": "somebody" };
    const metadata = { namespace: "shop", name: "demo-c", labels: theirs };
    await place.fake.create({ ...further, metadata, spec });
    await deleting(place, { deleteData: true });
    expect(leftOf(place)).toEqual({ ...nothing, StatefulSet: ["demo-c"] });
  });

  it.each<Fault>([
    { kind: "drop", applied: true },
    { kind: "drop", applied: false },
    { kind: "torn" },
    { kind: "status", code: 409 },
    { kind: "status", code: 503 },
    { kind: "status", code: 503, applied: true },
  ])("ends as if nothing had happened, whichever of its writes is not answered: %j", async (fault) => {
    const whole = await anInstalled();
    const before = whole.fake.calls.length;
    await deleting(whole, { deleteData: true });
    const writes = whole.fake.calls
      .slice(before)
      .filter(({ verb, kind }) => ["create", "delete"].includes(verb) && kind?.startsWith("SelfSubject") !== true);
    expect(writes.length).toBeGreaterThan(6);
    for (const { n, verb, kind, name } of writes) {
      const place = await anInstalled();
      place.fake.inject(scriptedFaults([{ when: (call) => call.client === "first" && call.n === n, fault }]));
      const context = `${verb} ${kind ?? ""} ${name}`;
      expect(await deleting(place, { deleteData: true }), context).toMatchObject({ outcome: "Converged" });
      expect({ ...leftOf(place), Lease: [] }, context).toEqual(nothing);
      leave(place);
    }
  });

  it("makes use of every right of its Role, and of no other", async () => {
    const place = await anInstalled();
    await place.fake.create({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "dbop-demo", namespace: "shop" },
      spec: { holderIdentity: "a run that died", leaseDurationSeconds: 15 },
    });
    await place.fake.create({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "demo-ca", namespace: "shop", labels: { "app.kubernetes.io/managed-by": "kubectl-dbop" } },
    });
    const client = place.fake.as("first");
    await deleting(place, { deleteData: true }, client);
    const used = client.used
      .filter(({ resource }) => !resource.startsWith("selfsubject"))
      .map(({ group: apiGroup, resource, verb }) => describeRight({ apiGroup, resource, verb }));
    expect([...new Set(used)].toSorted()).toEqual(rightsOf(everyRight("delete")).map(describeRight).toSorted());
  });

  it("gives up when the server refuses again and again", async () => {
    const place = await anInstalled();
    place.fake.inject((call) => (call.verb === "delete" ? { kind: "status", code: 500 } : undefined));
    await expect(deleting(place)).rejects.toMatchObject({ reason: "ServerError" });
    expect(place.fake.peek(demo)).toBeDefined();
  });

  it(`goes on where it was stopped, killed at ${every("await")}`, async () => {
    const whole = await anInstalled();
    let awaits = 0;
    whole.fake.onAwait(({ call }) => void (awaits += call.client === "first" ? 1 : 0));
    await deleting(whole);
    expect(awaits).toBeGreaterThan(20);
    for (const point of points(awaits)) {
      const place = await anInstalled();
      await killed(place, point);
      const context = `killed at await ${String(point)} of ${String(awaits)}`;
      if (isAllGone(place)) await expect(deleting(place, {}, place.fake.as("second"))).rejects.toMatchObject(notFound);
      else expect(await deleting(place, {}, place.fake.as("second")), context).toMatchObject({ outcome: "Converged" });
      expect(leftOf(place), context).toEqual({ ...nothing, PersistentVolumeClaim: claims });
      leave(place);
    }
  });

  it("waits for pods that end when it was stopped, and says so", async () => {
    const place = await anInstalled();
    place.fake.pause("kubelet");
    const stopped = await deleting(place, { timeoutMs: 1000 });
    expect(stopped).toMatchObject({ outcome: "Progressing", until: "the pods of demo are gone" });
    const texts: string[] = [];
    const ending = deleting(place, {}, place.fake.as("second"), texts);
    await place.fake.clock.sleep(5000);
    expect(leftOf(place)).toMatchObject({ DatabaseCluster: [], Pod: ["demo-0", "demo-1", "demo-2"] });
    place.fake.resume("kubelet");
    expect(await ending).toMatchObject({ outcome: "Converged", changed: true });
    expect(texts).toContain("databasecluster.dbop.dev/demo is gone; the rest follows");
    await expect(deleting(place)).rejects.toMatchObject(notFound);
  });

  it("finds nothing where the pods were orphaned on purpose", async () => {
    const place = await anInstalled();
    const uid = place.fake.peek(demo)?.metadata.uid ?? "";
    await place.fake.as("earlier").delete(demo, { uid, propagation: "Orphan" });
    await expect(deleting(place)).rejects.toMatchObject(notFound);
    expect(leftOf(place)["Pod"]).toHaveLength(3);
  });

  it("leaves alone a namesake that somebody makes while it runs", async () => {
    const place = await anInstalled();
    const { fake } = place;
    fake.pause("kubelet");
    const ending = deleting(place);
    const refused = expect(ending).rejects.toMatchObject({ reason: "Refused" });
    while (fake.peek(demo) !== undefined) await fake.clock.sleep(50);
    const intent = installing(1).edit(undefined);
    if (intent === undefined) throw new Error("nothing to install");
    await fake.apply(intent);
    await refused;
    expect(fake.peek(demo)?.metadata.deletionTimestamp).toBeUndefined();
  });
});
