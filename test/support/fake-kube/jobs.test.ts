import { describe, expect, it } from "vitest";
import { types, type KubeObject } from "../../../src/kube/objects.ts";
import { FakeKube } from "./fake-kube.ts";
import { at, listOf } from "./json.ts";
import type { Process } from "./programs.ts";

const namespace = "default";

const job = (spec: object = {}, container: object = {}, jobSpec: object = {}): KubeObject => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "copy", namespace },
  spec: {
    backoffLimit: 0,
    ...jobSpec,
    template: {
      spec: { restartPolicy: "Never", containers: [{ name: "main", image: "x:1", ...container }], ...spec },
    },
  },
});

const jobStatus = (fake: FakeKube): unknown => fake.peek({ type: types.job, namespace, name: "copy" })?.["status"];
const ended = (fake: FakeKube): unknown =>
  listOf(at(jobStatus(fake), "conditions"))
    .map((one) => at(one, "type"))
    .at(-1);
const podOf = (fake: FakeKube): KubeObject | undefined => fake.all(types.pod, namespace)[0];
const mainOf = (fake: FakeKube): unknown => listOf(at(podOf(fake)?.["status"], "containerStatuses"))[0];

async function deleteJob(fake: FakeKube): Promise<void> {
  const { uid = "" } = fake.peek({ type: types.job, namespace, name: "copy" })?.metadata ?? {};
  await fake.delete({ type: types.job, namespace, name: "copy" }, { uid, propagation: "Background" });
}

describe("a program", () => {
  it("that takes no time has ended when the Job is made", async () => {
    const fake = new FakeKube();
    const seen: unknown[] = [];
    fake.programs(({ argv, image }) => {
      seen.push(image, argv);
      return { code: 0, log: "copied\n", message: "all of it" };
    });
    await fake.apply(job({}, { command: ["rclone"], args: ["copy", "$$5"] }));
    expect(seen).toEqual(["x:1", ["rclone", "copy", "$5"]]);
    expect(ended(fake)).toBe("Complete");
    expect(mainOf(fake)).toMatchObject({ state: { terminated: { exitCode: 0, message: "all of it" } } });
    expect(await fake.log({ namespace, pod: podOf(fake)?.metadata.name ?? "", container: "main" })).toBe("copied\n");
  });

  it("takes its time on the clock, its log in sight", async () => {
    const fake = new FakeKube();
    fake.programs(() => ({ code: 4, log: "at it\n", takesMs: 5000 }));
    await fake.apply(job({}, { terminationMessagePolicy: "FallbackToLogsOnError" }));
    expect(mainOf(fake)).toMatchObject({ ready: true, state: { running: {} } });
    expect(await fake.log({ namespace, pod: podOf(fake)?.metadata.name ?? "", container: "main" })).toBe("at it\n");
    await fake.clock.sleep(6000);
    expect(ended(fake)).toBe("Failed");
    expect(mainOf(fake)).toMatchObject({ state: { terminated: { exitCode: 4, message: "at it\n" } } });
  });

  it("does nothing any more once it is killed", async () => {
    const fake = new FakeKube();
    const done: string[] = [];
    fake.programs(async (process) => {
      done.push("began");
      await process.sleep(60_000);
      done.push("went on");
      return { code: 0 };
    });
    await fake.apply(job({}, {}, { activeDeadlineSeconds: 10 }));
    await fake.clock.sleep(120_000);
    expect(done).toEqual(["began"]);
    expect(ended(fake)).toBe("Failed");
    expect(podOf(fake)).toBeUndefined();
  });

  it("is killed with its Job after the time pods take to stop", async () => {
    const fake = new FakeKube({ terminationMs: 3000 });
    let last: Process | undefined;
    fake.programs((process) => {
      last = process;
      return process.sleep(Infinity).then(() => ({ code: 0 }));
    });
    await fake.apply(job());
    await deleteJob(fake);
    expect(podOf(fake)?.metadata.deletionTimestamp).toBeDefined();
    expect(last?.signal.aborted).toBe(false);
    await fake.clock.sleep(4000);
    expect(last?.signal.aborted).toBe(true);
    expect(podOf(fake)).toBeUndefined();
  });

  it("may never start", async () => {
    const fake = new FakeKube();
    fake.programs(() => ({ waiting: "ErrImagePull", message: "not found" }));
    await fake.apply(job());
    expect(at(podOf(fake)?.["status"], "phase")).toBe("Pending");
    expect(mainOf(fake)).toMatchObject({ state: { waiting: { reason: "ErrImagePull", message: "not found" } } });
    expect(await fake.log({ namespace, pod: podOf(fake)?.metadata.name ?? "", container: "main" })).toBeUndefined();
  });

  it("is ready when it says so, where there is a probe", async () => {
    const fake = new FakeKube();
    let last: Process | undefined;
    fake.programs((process) => {
      last = process;
      return process.sleep(Infinity).then(() => ({ code: 0 }));
    });
    await fake.apply(job({}, { readinessProbe: { tcpSocket: { port: 2379 } } }));
    expect(jobStatus(fake)).toMatchObject({ active: 1, ready: 0 });
    last?.ready();
    expect(jobStatus(fake)).toMatchObject({ active: 1, ready: 1 });
  });

  it("waits for a Secret, and starts when it comes", async () => {
    const fake = new FakeKube();
    fake.programs(({ env }) => ({ code: 0, log: env["KEY"] ?? "" }));
    await fake.apply(job({}, { env: [{ name: "KEY", valueFrom: { secretKeyRef: { name: "keys", key: "a" } } }] }));
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "keys", namespace } };
    await fake.create({ ...secret, ...{ stringData: { b: "2" } } });
    expect(mainOf(fake)).toMatchObject({
      state: { waiting: { message: "couldn't find key a in Secret default/keys" } },
    });
    await fake.apply({ ...secret, ...{ stringData: { a: "1" } } });
    expect(ended(fake)).toBe("Complete");
    expect(await fake.log({ namespace, pod: podOf(fake)?.metadata.name ?? "", container: "main" })).toBe("1");
  });

  it("shares an emptyDir with the next container, and leaves nothing of it to the next pod", async () => {
    const fake = new FakeKube();
    const found: unknown[] = [];
    fake.programs(({ container, files }) => {
      if (container === "write") files.write("/out/a/b", "1");
      else found.push(files.list("/in"), files.read("/in/a/b"));
      return { code: 0 };
    });
    const mount = (mountPath: string): object => ({ volumeMounts: [{ name: "tmp", mountPath }] });
    const spec = {
      initContainers: [{ name: "write", image: "x:1", ...mount("/out") }],
      volumes: [{ name: "tmp", emptyDir: {} }],
    };
    await fake.apply(job(spec, mount("/in")));
    await deleteJob(fake);
    await fake.apply(job({ ...spec, initContainers: [] }, mount("/in")));
    expect(found).toEqual([["/in/a/b"], "1", [], undefined]);
  });

  it("can't write where it may only read", async () => {
    const fake = new FakeKube();
    await fake.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "c", namespace },
      ...{ data: { a: "1" } },
    });
    const refused: string[] = [];
    fake.programs(({ files }) => {
      for (const path of ["/c/a", "/tmp/a"])
        try {
          files.write(path, "2");
        } catch (error) {
          refused.push(String(error));
        }
      return { code: files.read("/c/a") === "1" ? 0 : 1 };
    });
    const volumes = [{ name: "c", configMap: { name: "c" } }];
    await fake.apply(job({ volumes }, { volumeMounts: [{ name: "c", mountPath: "/c" }] }));
    expect(refused).toEqual(["Error: /c/a: read-only file system"]);
    expect(ended(fake)).toBe("Complete");
  });

  it("sees its pod's annotations change", async () => {
    const fake = new FakeKube();
    const notes: unknown[] = [];
    fake.programs(async (process) => {
      const { files } = process;
      notes.push(files.read("/pod/note"));
      await process.sleep(1000);
      notes.push(files.read("/pod/note"));
      return { code: 0 };
    });
    const items = [{ path: "note", fieldRef: { fieldPath: "metadata.annotations['note']" } }];
    const volumes = [{ name: "pod", downwardAPI: { items } }];
    await fake.apply(job({ volumes }, { volumeMounts: [{ name: "pod", mountPath: "/pod" }] }));
    fake.edit({ type: types.pod, namespace, name: podOf(fake)?.metadata.name ?? "" }, ({ metadata }) => {
      metadata.annotations = { note: "go" };
    });
    await fake.clock.sleep(2000);
    expect(notes).toEqual(["", "go"]);
  });

  it("is started again when it is a sidecar", async () => {
    const fake = new FakeKube();
    let starts = 0;
    fake.programs(async (process) => {
      if (process.container === "main") await process.sleep(30_000);
      else starts += 1;
      return { code: process.container === "main" ? 0 : 1 };
    });
    await fake.apply(job({ initContainers: [{ name: "beside", image: "x:1", restartPolicy: "Always" }] }));
    await fake.clock.sleep(15_000);
    expect(starts).toBe(2);
    expect(at(podOf(fake)?.["status"], "initContainerStatuses")).toMatchObject([
      { restartCount: 1, lastState: { terminated: { exitCode: 1 } } },
    ]);
    await fake.clock.sleep(60_000);
    expect(ended(fake)).toBe("Complete");
    expect(starts).toBe(3);
  });
});

describe("the Job controller", () => {
  // Takes thousands of turns of the event loop, which it shares with whatever the thread's other tests have left.
  it("arrives at the same when it is slow, counting each pod once", { timeout: 60_000 }, async () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const fake = new FakeKube({ slowControllers: { seed, maxDelayMs: 500 } });
      let tries = 0;
      fake.programs(() => ({ code: (tries += 1) < 3 ? 1 : 0 }));
      await fake.apply(job({}, {}, { backoffLimit: 4 }));
      await fake.clock.sleep(300_000);
      expect(jobStatus(fake)).toMatchObject({ succeeded: 1, failed: 2 });
      expect(ended(fake)).toBe("Complete");
      expect(fake.all(types.pod)).toHaveLength(3);
    }
  });

  it("makes no pod while it is paused or the Job suspended", async () => {
    const fake = new FakeKube();
    fake.programs(() => ({ code: 0 }));
    await fake.apply(job({}, {}, { suspend: true }));
    expect(fake.all(types.pod)).toEqual([]);
    fake.pause("Job");
    await fake.apply(job({}, {}, { suspend: false }));
    expect(fake.all(types.pod)).toEqual([]);
    fake.resume("Job");
    expect(ended(fake)).toBe("Complete");
  });

  it("takes an old Job away when anything moves after its time", async () => {
    const fake = new FakeKube();
    fake.programs(() => ({ code: 0 }));
    await fake.apply(job({}, {}, { ttlSecondsAfterFinished: 60 }));
    await fake.clock.advance(59_000);
    fake.settle();
    expect(ended(fake)).toBe("Complete");
    await fake.clock.advance(2000);
    fake.settle();
    expect([...fake.all(types.job), ...fake.all(types.pod)]).toEqual([]);
  });
});
