/** Pods that really run: needs a kubelet. */
import { describe, expect, it } from "vitest";
import type { ExecRequest } from "../../../src/kube/kube-client.ts";
import { types, type KubeObject } from "../../../src/kube/objects.ts";
import { at, listOf } from "../../support/fake-kube/json.ts";
import {
  eventually,
  fresh,
  mustBeGone,
  mustGet,
  ref,
  refusal,
  remove,
  type Harness,
  type HarnessOf,
  withSpec,
} from "./harness.ts";
import { claim, isReady, namesOf, pod, podsOf, statefulSet } from "./workloads.ts";

async function running(h: Harness, name: string): Promise<KubeObject> {
  return eventually(h, async () => {
    const found = await mustGet(h, ref(h, types.pod, name));
    expect(isReady(found)).toBe(true);
    return found;
  });
}

const containerOf = (found: KubeObject): unknown => listOf(at(found["status"], "containerStatuses"))[0];

export function runningContract(harness: HarnessOf): void {
  describe("a running pod", () => {
    it("says that it is ready", async () => {
      const h = harness();
      const name = fresh("pod");
      await h.kube.create(pod(h, name, { runs: true }));
      const found = await running(h, name);
      expect(found["status"]).toMatchObject({ phase: "Running" });
      expect(at(found["status"], "podIP")).toMatch(/^\d/);
      expect(containerOf(found)).toMatchObject({
        name: "main",
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: {} },
      });
    });

    it("runs a process and gives exit code, stdout and stderr", async () => {
      const h = harness();
      const name = fresh("exec");
      await h.kube.create(pod(h, name, { runs: true }));
      await running(h, name);
      const exec = (...argv: readonly string[]) =>
        h.kube.exec({ namespace: h.namespace, pod: name, container: "main", argv, deadlineMs: 20_000 });
      expect(await exec("sh", "-c", "echo out; echo err >&2; exit 3")).toEqual({
        outcome: "exited",
        code: 3,
        stdout: "out\n",
        stderr: "err\n",
      });
      expect(await exec("echo", "two  words", "$HOME")).toEqual({
        outcome: "exited",
        code: 0,
        stdout: "two  words $HOME\n",
        stderr: "",
      });
    });

    it("reads what is given on stdin to its end", async () => {
      const h = harness();
      const name = fresh("stdin");
      await h.kube.create(pod(h, name, { runs: true }));
      await running(h, name);
      const request: ExecRequest = {
        namespace: h.namespace,
        pod: name,
        container: "main",
        argv: ["cat"],
        stdin: "hello\n",
        deadlineMs: 20_000,
      };
      expect(await h.kube.exec(request)).toEqual({ outcome: "exited", code: 0, stdout: "hello\n", stderr: "" });
    });

    it("leaves the outcome unknown when the deadline passes first", async () => {
      const h = harness();
      const name = fresh("slow");
      await h.kube.create(pod(h, name, { runs: true }));
      await running(h, name);
      const result = await h.kube.exec({
        namespace: h.namespace,
        pod: name,
        container: "main",
        argv: ["sleep", "30"],
        deadlineMs: 700,
      });
      expect(result.outcome).toBe("unknown");
    });

    it("starts no program that is not there, and none in a container that is not", async () => {
      const h = harness();
      const name = fresh("missing");
      await h.kube.create(pod(h, name, { runs: true }));
      await running(h, name);
      const request = { namespace: h.namespace, pod: name, argv: ["no-such-program"], deadlineMs: 20_000 };
      await refusal(h.kube.exec({ ...request, container: "main" }), "ServerError");
      const error = await refusal(h.kube.exec({ ...request, container: "other" }), "ServerError");
      expect(error.message).toContain(`container other is not valid for pod ${name}`);
    });

    it("forbids exec without a right to it", async () => {
      const h = harness();
      const kube = await h.as([{ apiGroups: [""], resources: ["pods"], verbs: ["get", "create"] }]);
      const error = await refusal(
        kube.exec({ namespace: h.namespace, pod: "any", container: "main", argv: ["true"], deadlineMs: 5000 }),
        "Forbidden",
      );
      expect(error.message).toMatch(
        /pods "any" is forbidden: User "[^"]+" cannot (get|create) resource "pods\/exec" in API group ""/,
      );
    });

    it("gives its log as far as it goes", async () => {
      const h = harness();
      const name = fresh("log");
      await h.kube.create(pod(h, name, { runs: true, command: ["sh", "-c", "echo one; echo two; sleep 3600"] }));
      await running(h, name);
      const request = { namespace: h.namespace, pod: name, container: "main" };
      await eventually(h, async () => {
        expect(await h.kube.log(request)).toBe("one\ntwo\n");
      });
      expect(await h.kube.log({ ...request, tailLines: 1 })).toBe("two\n");
      const error = await refusal(h.kube.log({ ...request, container: "other" }), "Invalid");
      expect(error.message).toContain(`container other is not valid for pod ${name}`);
    });

    it("is restarted when it fails, and keeps its last words", async () => {
      const h = harness();
      const name = fresh("crash");
      await h.kube.create(
        pod(h, name, { runs: true, command: ["sh", "-c", "echo last words > /dev/termination-log; exit 4"] }),
      );
      const found = await eventually(h, async () => {
        const current = await mustGet(h, ref(h, types.pod, name));
        expect(containerOf(current)).toMatchObject({ state: { waiting: { reason: "CrashLoopBackOff" } } });
        return current;
      });
      expect(containerOf(found)).toMatchObject({
        ready: false,
        lastState: { terminated: { exitCode: 4, reason: "Error", message: "last words\n" } },
      });
      expect(isReady(found)).toBe(false);
      const request = { namespace: h.namespace, pod: name, container: "main", argv: ["true"], deadlineMs: 5000 };
      const error = await refusal(h.kube.exec(request), "ServerError");
      // The kubelet, or the runtime when the container has ended since the kubelet last looked. Either way nothing was started.
      expect(error.message).toMatch(
        /container not found \("main"\)|cannot exec in a stopped state|no running task found/,
      );
    });

    it("ends when it is not to be restarted", async () => {
      const h = harness();
      const [good, bad] = [fresh("good"), fresh("bad")];
      await h.kube.create(pod(h, good, { runs: true, command: ["true"], restartPolicy: "Never" }));
      await h.kube.create(pod(h, bad, { runs: true, command: ["sh", "-c", "exit 4"], restartPolicy: "Never" }));
      for (const [name, phase, exitCode] of [
        [good, "Succeeded", 0],
        [bad, "Failed", 4],
      ] as const)
        await eventually(h, async () => {
          const found = await mustGet(h, ref(h, types.pod, name));
          expect(at(found["status"], "phase")).toBe(phase);
          expect(containerOf(found)).toMatchObject({ state: { terminated: { exitCode } } });
        });
    });
  });

  describe("a running StatefulSet", () => {
    it("becomes ready, pod after pod, and rolls out a new template", async () => {
      const h = harness();
      const name = fresh("rolling");
      const options = { runs: true, policy: "OrderedReady", strategy: "RollingUpdate" } as const;
      await h.kube.apply(statefulSet(h, name, options));
      const status = async (expected: object): Promise<KubeObject> =>
        eventually(h, async () => {
          const set = await mustGet(h, ref(h, types.statefulSet, name));
          expect(set["status"]).toMatchObject(expected);
          return set;
        });
      await status({ observedGeneration: 1, replicas: 2, readyReplicas: 2, currentReplicas: 2, updatedReplicas: 2 });
      await h.kube.apply(statefulSet(h, name, { ...options, command: ["sleep", "7200"] }));
      const done = await status({ observedGeneration: 2, readyReplicas: 2, updatedReplicas: 2, currentReplicas: 2 });
      expect(at(done["status"], "currentRevision")).toBe(at(done["status"], "updateRevision"));
      expect(namesOf(await podsOf(h, name))).toEqual([`${name}-0`, `${name}-1`]);
    });

    it("binds its claims when the pods come", async () => {
      const h = harness();
      const name = fresh("bound");
      await h.kube.apply(statefulSet(h, name, { runs: true, replicas: 1, claims: true }));
      await running(h, `${name}-0`);
      const found = await mustGet(h, ref(h, types.claim, `data-${name}-0`));
      expect(found["status"]).toMatchObject({
        phase: "Bound",
        capacity: { storage: "1Gi" },
        accessModes: ["ReadWriteOnce"],
      });
      expect(at(found["spec"], "volumeName")).toMatch(/^pvc-/);
      const smaller = withSpec(found, { resources: { requests: { storage: "1Mi" } } });
      const error = await refusal(h.kube.update(smaller), "Invalid");
      expect(error.problems.join()).toContain("field can not be less than");
    });

    it("keeps a claim that is in use until its pod has gone", async () => {
      const h = harness();
      const name = fresh("used");
      await h.kube.create(claim(h, name));
      await h.kube.create(pod(h, name, { runs: true, claim: name }));
      await running(h, name);
      await remove(h, ref(h, types.claim, name));
      await h.sleep(500);
      expect((await mustGet(h, ref(h, types.claim, name))).metadata.deletionTimestamp).toBeDefined();
      await remove(h, ref(h, types.pod, name));
      await eventually(h, () => mustBeGone(h, ref(h, types.claim, name)));
    });
  });
}
