/** Jobs: what the API server makes of them, what their controller does, and what their pods leave behind. */
import { describe, expect, it } from "vitest";
import { types, type KubeObject } from "../../../src/kube/objects.ts";
import { at, listOf } from "../../support/fake-kube/json.ts";
import {
  configMap,
  eventually,
  fresh,
  mustBeGone,
  mustGet,
  ref,
  refusal,
  remove,
  withSpec,
  type Harness,
  type HarnessOf,
} from "./harness.ts";
import { claim, job, namesOf } from "./workloads.ts";

const podsOf = async ({ kube, namespace }: Harness, name: string): Promise<readonly KubeObject[]> =>
  (await kube.list(types.pod, { namespace, labelSelector: `batch.kubernetes.io/job-name=${name}` })).items;

async function onlyPod(h: Harness, name: string): Promise<KubeObject> {
  const [pod, ...others] = await podsOf(h, name);
  if (pod === undefined || others.length > 0) throw new Error(`${name} has ${others.length + 1} pods`);
  return pod;
}

/** Waits until the job's status matches. */
const reaches = (h: Harness, name: string, status: object): Promise<KubeObject> =>
  eventually(h, async () => {
    const found = await mustGet(h, ref(h, types.job, name));
    expect(found["status"]).toMatchObject(status);
    return found;
  });

const complete = { conditions: [{ type: "SuccessCriteriaMet" }, { type: "Complete", status: "True" }], succeeded: 1 };
const failed = (reason = "BackoffLimitExceeded"): object => ({
  conditions: [
    { type: "FailureTarget", reason },
    { type: "Failed", status: "True", reason },
  ],
});

const statusesOf = (pod: KubeObject): readonly unknown[] => listOf(at(pod["status"], "containerStatuses"));
const initStatusesOf = (pod: KubeObject): readonly unknown[] => listOf(at(pod["status"], "initContainerStatuses"));

const logOf = ({ kube, namespace }: Harness, pod: KubeObject, container = "main"): Promise<string | undefined> =>
  kube.log({ namespace, pod: pod.metadata.name, container });

const shell = (script: string): readonly string[] => ["sh", "-c", script];

export function jobsContract(harness: HarnessOf): void {
  describe("a Job", () => {
    it("is completed with defaults, and selects its pods by its uid", async () => {
      const h = harness();
      const name = fresh("job");
      const made = await h.kube.apply(job(h, name, { runs: false }));
      const { uid = "" } = made.metadata;
      const labels = { "batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name };
      expect(made.metadata.labels).toMatchObject(labels);
      expect(made["spec"]).toMatchObject({
        backoffLimit: 0,
        completionMode: "NonIndexed",
        completions: 1,
        parallelism: 1,
        podReplacementPolicy: "TerminatingOrFailed",
        suspend: false,
        selector: { matchLabels: { "batch.kubernetes.io/controller-uid": uid } },
        template: { metadata: { labels } },
      });
      const pod = await eventually(h, () => onlyPod(h, name));
      expect(pod.metadata.name).toMatch(new RegExp(`^${name}-\\w{5}$`));
      expect(pod.metadata.labels).toMatchObject(labels);
      expect(pod.metadata.ownerReferences).toEqual([
        { apiVersion: "batch/v1", kind: "Job", name, uid, controller: true, blockOwnerDeletion: true },
      ]);
      await reaches(h, name, { active: 1, ready: 0, terminating: 0 });
    });

    it("stays as it is when the intent is the same", async () => {
      const h = harness();
      const intent = job(h, fresh("job"), { runs: false });
      const first = await h.kube.apply(intent);
      const second = await h.kube.apply(intent);
      expect(second.metadata).toMatchObject({ uid: first.metadata.uid, generation: first.metadata.generation });
      expect(second["spec"]).toEqual(first["spec"]);
    });

    it("takes no other template, but another deadline", async () => {
      const h = harness();
      const name = fresh("job");
      await h.kube.apply(job(h, name, { runs: false }));
      const error = await refusal(h.kube.apply(job(h, name, { runs: false, command: ["false"] })), "Invalid");
      expect(error.problems.join()).toMatch(/^spec\.template: Invalid value: .*: field is immutable$/s);
      const changed = await h.kube.apply(withSpec(job(h, name, { runs: false }), { activeDeadlineSeconds: 60 }));
      expect(at(changed["spec"], "activeDeadlineSeconds")).toBe(60);
    });

    it("must say how its pods restart, and nothing that no schema knows", async () => {
      const h = harness();
      const error = await refusal(h.kube.apply(job(h, fresh("job"), { restartPolicy: undefined })), "Invalid");
      expect(error.problems).toEqual([
        'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
      ]);
      await refusal(h.kube.apply(job(h, fresh("job"), { restartPolicy: "Always" })), "Invalid");
      const unknown = await refusal(h.kube.apply(withSpec(job(h, fresh("job")), { backofflimit: 1 })), "Invalid");
      expect(unknown.message).toContain(".spec.backofflimit: field not declared in schema");
    });
  });
}

export function runningJobsContract(harness: HarnessOf): void {
  // Nearly all of it is waiting for pods.
  describe.concurrent("a running Job", () => {
    it("completes when its pod succeeds", async () => {
      const h = harness();
      const name = fresh("job");
      await h.kube.apply(job(h, name, { command: shell("echo done; sleep 1") }));
      const found = await reaches(h, name, { ...complete, ready: 0, terminating: 0 });
      expect(at(found["status"], "completionTime")).toMatch(/Z$/);
      expect(at(found["status"], "startTime")).toMatch(/Z$/);
      expect(at(found["status"], "active")).toBeUndefined();
      expect(at(found["status"], "failed")).toBeUndefined();
      const pod = await onlyPod(h, name);
      expect(at(pod["status"], "phase")).toBe("Succeeded");
      expect(statusesOf(pod)).toMatchObject([
        { ready: false, restartCount: 0, state: { terminated: { exitCode: 0, reason: "Completed" } } },
      ]);
      expect(await logOf(h, pod)).toBe("done\n");
    });

    it("fails with its pod, whose exit code and last words stay", async () => {
      const h = harness();
      const name = fresh("job");
      await h.kube.apply(job(h, name, { command: shell("echo no space left; exit 3") }));
      const found = await reaches(h, name, { ...failed(), failed: 1, ready: 0 });
      expect(at(found["status"], "completionTime")).toBeUndefined();
      const pod = await onlyPod(h, name);
      expect(at(pod["status"], "phase")).toBe("Failed");
      const terminated = { exitCode: 3, reason: "Error", message: "no space left\n" };
      expect(statusesOf(pod)).toMatchObject([{ state: { terminated } }]);
      expect(await logOf(h, pod)).toBe("no space left\n");
    });

    it("tries again after ten seconds, as often as it may", async () => {
      const h = harness();
      const name = fresh("job");
      await h.kube.apply(withSpec(job(h, name, { command: shell("exit 1") }), { backoffLimit: 1 }));
      await reaches(h, name, { failed: 1 });
      const found = await reaches(h, name, { ...failed(), failed: 2 });
      const began = Date.parse(String(at(found["status"], "startTime")));
      const ended = Date.parse(String(at(listOf(at(found["status"], "conditions"))[1], "lastTransitionTime")));
      expect(ended - began).toBeGreaterThanOrEqual(10_000);
      expect(await podsOf(h, name)).toHaveLength(2);
    });

    it("runs init containers in order, beside its sidecars, until one fails", async () => {
      const h = harness();
      const name = fresh("job");
      const init = { first: shell("echo one"), second: shell("echo two; exit 7"), third: shell("echo three") };
      await h.kube.apply(job(h, name, { init, sidecar: shell("echo beside; sleep 3600") }));
      await reaches(h, name, failed());
      const pod = await onlyPod(h, name);
      expect(at(pod["status"], "phase")).toBe("Failed");
      expect(initStatusesOf(pod)).toMatchObject([
        { name: "sidecar", ready: false, state: { terminated: { exitCode: 137 } } },
        { name: "first", ready: true, state: { terminated: { exitCode: 0 } } },
        { name: "second", ready: false, state: { terminated: { exitCode: 7, message: "two\n" } } },
        { name: "third", state: { waiting: { reason: "PodInitializing" } } },
      ]);
      expect(statusesOf(pod)).toMatchObject([{ state: { waiting: { reason: "PodInitializing" } } }]);
      expect(await logOf(h, pod, "first")).toBe("one\n");
      expect(await logOf(h, pod, "second")).toBe("two\n");
      expect(await logOf(h, pod, "third")).toBeUndefined();
      expect(await logOf(h, pod)).toBeUndefined();
    });

    it("does not wait for its sidecars", async () => {
      const h = harness();
      const name = fresh("job");
      await h.kube.apply(job(h, name, { command: shell("sleep 1"), sidecar: shell("echo beside; sleep 3600") }));
      await reaches(h, name, complete);
      const pod = await onlyPod(h, name);
      expect(at(pod["status"], "phase")).toBe("Succeeded");
      expect(await logOf(h, pod, "sidecar")).toBe("beside\n");
    });

    it("reads Secrets and its pod's own fields, and leaves files on a claim for the next", async () => {
      const h = harness();
      const name = fresh("files");
      await h.kube.create(claim(h, name));
      await h.kube.create({ ...configMap(h, name), kind: "Secret", data: { key: btoa("hidden") } });
      const volumes = { disk: { persistentVolumeClaim: { claimName: name } } };
      const writer = job(h, `${name}-w`, {
        command: shell("cat /secret/key > /data/copy; cat /pod/note > /data/note; echo $KEY $(NAME) '$$(NAME)'"),
        annotations: { note: "kept\n" },
        volumes: {
          ...volumes,
          secret: { secret: { secretName: name } },
          pod: { downwardAPI: { items: [{ path: "note", fieldRef: { fieldPath: "metadata.annotations['note']" } }] } },
        },
        mounts: [
          { name: "disk", mountPath: "/data", subPath: "in/here" },
          { name: "secret", mountPath: "/secret" },
          { name: "pod", mountPath: "/pod", readOnly: true },
        ],
        env: [
          { name: "KEY", valueFrom: { secretKeyRef: { name, key: "key" } } },
          { name: "NAME", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
        ],
      });
      await h.kube.apply(writer);
      await reaches(h, `${name}-w`, complete);
      expect(await logOf(h, await onlyPod(h, `${name}-w`))).toBe(`hidden ${h.namespace} $(NAME)\n`);
      const reader = { volumes, mounts: [{ name: "disk", mountPath: "/all", readOnly: true }] };
      await h.kube.apply(
        job(h, `${name}-r`, { command: shell("cat /all/in/here/copy; cat /all/in/here/note"), ...reader }),
      );
      await reaches(h, `${name}-r`, complete);
      expect(await logOf(h, await onlyPod(h, `${name}-r`))).toBe("hiddenkept\n");
    });

    it("waits for what its pod refers to", async () => {
      const h = harness();
      const [variable, volume, disk] = [fresh("job"), fresh("job"), fresh("job")];
      const env = [{ name: "KEY", valueFrom: { secretKeyRef: { name: "nobody", key: "key" } } }];
      await h.kube.apply(job(h, variable, { env }));
      const secret = { secret: { secretName: "nobody" } };
      await h.kube.apply(job(h, volume, { volumes: { secret }, mounts: [{ name: "secret", mountPath: "/secret" }] }));
      await h.kube.apply(job(h, disk, { volumes: { disk: { persistentVolumeClaim: { claimName: "nobody" } } } }));
      const waits = async (name: string, status: object): Promise<KubeObject> =>
        eventually(h, async () => {
          const pod = await onlyPod(h, name);
          expect(pod["status"]).toMatchObject({ phase: "Pending", ...status });
          return pod;
        });
      const reason = (waiting: object): object => ({ containerStatuses: [{ state: { waiting } }] });
      const pod = await waits(
        variable,
        reason({ reason: "CreateContainerConfigError", message: 'secret "nobody" not found' }),
      );
      expect(await logOf(h, pod)).toBeUndefined();
      await waits(volume, reason({ reason: "ContainerCreating" }));
      const unscheduled = await waits(disk, { conditions: [{ type: "PodScheduled", reason: "Unschedulable" }] });
      expect(at(listOf(at(unscheduled["status"], "conditions"))[0], "message")).toContain(
        'persistentvolumeclaim "nobody" not found',
      );
      await reaches(h, variable, { active: 1, ready: 0 });
    });

    it.each(["Background", "Foreground"] as const)("takes its running pod along when deleted: %s", async (how) => {
      const h = harness();
      const name = fresh("job");
      await h.kube.apply(job(h, name, { command: ["sleep", "3600"] }));
      await reaches(h, name, { active: 1, ready: 1 });
      await remove(h, ref(h, types.job, name), how);
      if (how === "Background") await mustBeGone(h, ref(h, types.job, name));
      await eventually(h, async () => {
        if (how === "Foreground") await mustBeGone(h, ref(h, types.job, name));
        expect(namesOf(await podsOf(h, name))).toEqual([]);
      });
    });

    it("counts a pod that somebody deletes as failed", async () => {
      const h = harness();
      const name = fresh("job");
      await h.kube.apply(job(h, name, { command: ["sleep", "3600"] }));
      await reaches(h, name, { active: 1, ready: 1 });
      const { metadata } = await onlyPod(h, name);
      await remove(h, ref(h, types.pod, metadata.name));
      await reaches(h, name, { ...failed(), failed: 1 });
      await eventually(h, async () => {
        expect(namesOf(await podsOf(h, name))).toEqual([]);
      });
    });

    it("kills its pod, and fails, when its time is over", async () => {
      const h = harness();
      const name = fresh("job");
      await h.kube.apply(withSpec(job(h, name, { command: ["sleep", "3600"] }), { activeDeadlineSeconds: 3 }));
      await reaches(h, name, { ...failed("DeadlineExceeded"), failed: 1 });
      await eventually(h, async () => {
        expect(namesOf(await podsOf(h, name))).toEqual([]);
      });
    });
  });
}
