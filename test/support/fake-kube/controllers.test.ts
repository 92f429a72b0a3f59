import { describe, expect, it } from "vitest";
import { types, type KubeObject } from "../../../src/kube/objects.ts";
import { FakeKube } from "./fake-kube.ts";
import { at, fieldsOf, listOf, put } from "./json.ts";

const set = (replicas: number, size = "1Gi"): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "demo", namespace: "default" },
  spec: {
    replicas,
    podManagementPolicy: "Parallel",
    selector: { matchLabels: { app: "demo" } },
    template: {
      metadata: { labels: { app: "demo" } },
      spec: { containers: [{ name: "main", image: "x:1", volumeMounts: [{ name: "data", mountPath: "/d" }] }] },
    },
    volumeClaimTemplates: [
      {
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: size } } },
      },
    ],
  },
});
const pod = { type: types.pod, namespace: "default", name: "demo-0" };
const claim = { type: types.claim, namespace: "default", name: "data-demo-0" };
const status = (fake: FakeKube): unknown => listOf(at(fake.peek(pod)?.["status"], "containerStatuses"))[0];

describe("the kubelet", () => {
  it("lets the model decide what becomes of a container", async () => {
    const fake = new FakeKube();
    let starts = 0;
    fake.kubelet({
      start: (_pod, _claims, container) => {
        starts += 1;
        if (starts < 3) container.exit(1, "no quorum");
        else container.ready();
      },
    });
    await fake.apply(set(1));
    expect(status(fake)).toMatchObject({
      restartCount: 0,
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { exitCode: 1, message: "no quorum" } },
    });
    await fake.clock.sleep(60_000);
    expect(status(fake)).toMatchObject({ restartCount: 2, ready: true, state: { running: {} } });
    expect(starts).toBe(3);
  });

  it("says when an image cannot be had", async () => {
    const fake = new FakeKube();
    fake.kubelet({
      start: (_pod, _claims, container) => {
        container.waiting("ErrImagePull", "not found");
      },
    });
    await fake.apply(set(1));
    expect(at(fake.peek(pod)?.["status"], "phase")).toBe("Pending");
    expect(status(fake)).toMatchObject({
      ready: false,
      state: { waiting: { reason: "ErrImagePull", message: "not found" } },
    });
  });

  it("keeps a disk as long as its claim, across pods", async () => {
    const fake = new FakeKube();
    const seen: unknown[] = [];
    const stopped: string[] = [];
    fake.kubelet({
      start: (_pod, claims, container) => {
        const disk = claims[0]?.disk;
        seen.push(disk?.get("boots"));
        disk?.set("boots", Number(disk.get("boots") ?? 0) + 1);
        container.ready();
      },
      stop: ({ metadata }) => stopped.push(metadata.name),
    });
    await fake.apply(set(1));
    const first = fake.peek(pod);
    if (first !== undefined) fake.remove(types.pod, first);
    expect(seen).toEqual([undefined, 1]);
    expect(stopped).toEqual(["demo-0"]);
    const { uid = "" } = fake.peek(claim)?.metadata ?? {};
    expect(fake.disk(uid)?.get("boots")).toBe(2);
    await fake.apply(set(0));
    await fake.delete(claim, { uid, propagation: "Background" });
    expect(fake.disk(uid)).toBeUndefined();
    await fake.apply(set(1));
    expect(seen).toEqual([undefined, 1, undefined]);
  });

  it("takes its time to stop a pod, when told so", async () => {
    const fake = new FakeKube({ terminationMs: 5000 });
    await fake.apply(set(1));
    await fake.apply(set(0));
    expect(fake.peek(pod)?.metadata.deletionTimestamp).toBeDefined();
    await fake.clock.sleep(6000);
    expect(fake.peek(pod)).toBeUndefined();
  });

  it("leaves a pod pending that no node may have", async () => {
    const fake = new FakeKube();
    fake.scheduler(({ metadata }) => (metadata.name === "demo-0" ? undefined : "node-1"));
    await fake.apply(set(2));
    expect(at(fake.peek(pod)?.["status"], "conditions")).toMatchObject([
      { type: "PodScheduled", status: "False", reason: "Unschedulable" },
    ]);
    expect(at(fake.peek({ ...pod, name: "demo-1" })?.["status"], "phase")).toBe("Running");
  });
});

describe("the resizer", () => {
  const grow = async (fake: FakeKube): Promise<unknown> => {
    await fake.apply(set(1));
    const found = await fake.get(claim);
    if (found === undefined) throw new Error("no claim");
    const spec = fieldsOf(structuredClone(found["spec"]));
    put(spec, ["resources", "requests", "storage"], "2Gi");
    await fake.update({ ...found, spec });
    return fake.peek(claim)?.["status"];
  };

  it("grows a volume while it is in use", async () => {
    expect(await grow(new FakeKube())).toMatchObject({ capacity: { storage: "2Gi" } });
  });

  it("grows it when its pod restarts", async () => {
    const fake = new FakeKube();
    fake.resizer = "offline";
    expect(await grow(fake)).toMatchObject({
      capacity: { storage: "1Gi" },
      conditions: [{ type: "FileSystemResizePending" }],
    });
    const first = fake.peek(pod);
    if (first !== undefined) fake.remove(types.pod, first);
    expect(fake.peek(claim)?.["status"]).toMatchObject({ capacity: { storage: "2Gi" } });
    expect(at(fake.peek(claim)?.["status"], "conditions")).toBeUndefined();
  });

  it("grows nothing when it is off", async () => {
    const fake = new FakeKube();
    fake.resizer = "off";
    expect(await grow(fake)).toMatchObject({ capacity: { storage: "1Gi" } });
  });

  it("is refused where the class does not allow it", async () => {
    const fake = new FakeKube();
    fake.edit({ type: types.storageClass, name: "standard" }, (draft) => {
      draft["allowVolumeExpansion"] = false;
    });
    await expect(grow(fake)).rejects.toMatchObject({ reason: "Forbidden" });
  });
});

describe("controllers", () => {
  it("stand still while they are paused", async () => {
    const fake = new FakeKube();
    fake.pause("StatefulSet");
    await fake.apply(set(2));
    expect(fake.all(types.pod)).toEqual([]);
    fake.resume("StatefulSet");
    expect(fake.all(types.pod)).toHaveLength(2);
  });

  // Takes thousands of turns of the event loop, which it shares with whatever the thread's other tests have left.
  it("arrive at the same when they are slow and random, later", { timeout: 60_000 }, async () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const fake = new FakeKube({ slowControllers: { seed, maxDelayMs: 500 } });
      await fake.apply(set(3));
      expect(fake.all(types.pod)).toEqual([]);
      await fake.clock.sleep(120_000);
      expect(fake.peek({ type: types.statefulSet, namespace: "default", name: "demo" })?.["status"]).toMatchObject({
        readyReplicas: 3,
        observedGeneration: 1,
      });
    }
  });

  it("delete what a CRD defined together with it", async () => {
    const crd = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "databaseclusters.dbop.dev" },
    };
    const version = { name: "v1alpha1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } };
    const names = { kind: "DatabaseCluster", plural: "databaseclusters" };
    const fake = new FakeKube({
      crds: [{ ...crd, ...{ spec: { group: "dbop.dev", scope: "Namespaced", names, versions: [version] } } }],
    });
    await fake.create({
      apiVersion: "dbop.dev/v1alpha1",
      kind: "DatabaseCluster",
      metadata: { name: "a", namespace: "default" },
    });
    const { uid = "" } = fake.all(types.crd)[0]?.metadata ?? {};
    await fake.delete({ type: types.crd, name: "databaseclusters.dbop.dev" }, { uid, propagation: "Background" });
    expect(fake.all(types.databaseCluster)).toEqual([]);
    await expect(fake.list(types.databaseCluster)).rejects.toMatchObject({ reason: "NotFound" });
  });
});
