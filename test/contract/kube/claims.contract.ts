/** Claims and disruption budgets. */
import { describe, expect, it } from "vitest";
import { types } from "../../../src/kube/objects.ts";
import { at } from "../../support/fake-kube/json.ts";
import { eventually, fresh, mustBeGone, mustGet, ref, refusal, remove, withSpec, type HarnessOf } from "./harness.ts";
import { claim, pod, statefulSet } from "./workloads.ts";

export function claimsContract(harness: HarnessOf): void {
  describe("claims", () => {
    it("are protected and Pending while nobody uses them", async () => {
      const h = harness();
      const created = await h.kube.create(claim(h, fresh("claim")));
      expect(at(created.metadata, "finalizers")).toEqual(["kubernetes.io/pvc-protection"]);
      expect(created["status"]).toEqual({ phase: "Pending" });
      expect(created["spec"]).toMatchObject({ volumeMode: "Filesystem" });
    });

    it("go at once when no pod uses them", async () => {
      const h = harness();
      const { metadata } = await h.kube.create(claim(h, fresh("claim")));
      await remove(h, ref(h, types.claim, metadata.name));
      await eventually(h, () => mustBeGone(h, ref(h, types.claim, metadata.name)));
    });

    it("cannot change while they are not bound", async () => {
      const h = harness();
      const created = await h.kube.create(claim(h, fresh("claim")));
      const bigger = withSpec(created, { resources: { requests: { storage: "2Gi" } } });
      const error = await refusal(h.kube.update(bigger), "Invalid");
      expect(error.problems.join()).toContain(
        "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
      );
    });
  });

  describe("PodDisruptionBudget", () => {
    it("says how many pods may go", async () => {
      const h = harness();
      const name = fresh("budget");
      await h.kube.create(statefulSet(h, name));
      const budget = {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name, namespace: h.namespace },
        spec: { maxUnavailable: 1, selector: { matchLabels: { set: name } } },
      };
      expect((await h.kube.create(budget)).metadata.generation).toBe(1);
      await eventually(h, async () => {
        const { status } = await mustGet(h, ref(h, types.podDisruptionBudget, name));
        expect(status).toMatchObject({
          observedGeneration: 1,
          expectedPods: 2,
          currentHealthy: 0,
          desiredHealthy: 1,
          disruptionsAllowed: 0,
        });
      });
    });
  });

  describe("pods", () => {
    it("cannot be exec'd into before they run", async () => {
      const h = harness();
      const { metadata } = await h.kube.create(pod(h, fresh("pending")));
      const request = { namespace: h.namespace, container: "main", argv: ["true"], deadlineMs: 5000 };
      const error = await refusal(h.kube.exec({ ...request, pod: metadata.name }), "ServerError");
      expect(error.message).toContain(`pod ${metadata.name} does not have a host assigned`);
      const missing = await refusal(h.kube.exec({ ...request, pod: "nobody" }), "NotFound");
      expect(missing.message).toContain('pods "nobody" not found');
      await refusal(h.kube.exec({ ...request, pod: metadata.name, container: "other" }), "ServerError");
    });

    it("have no log before they run, nor when they are gone", async () => {
      const h = harness();
      const { metadata } = await h.kube.create(pod(h, fresh("pending")));
      const request = { namespace: h.namespace, container: "main" };
      expect(await h.kube.log({ ...request, pod: metadata.name })).toBeUndefined();
      expect(await h.kube.log({ ...request, pod: "nobody" })).toBeUndefined();
      await refusal(h.kube.log({ ...request, pod: metadata.name, container: "other" }), "Invalid");
    });

    it("keep their spec", async () => {
      const h = harness();
      const { metadata } = await h.kube.create(pod(h, fresh("fixed")));
      const error = await eventually(h, async () => {
        const current = await mustGet(h, ref(h, types.pod, metadata.name));
        return refusal(h.kube.update(withSpec(current, { restartPolicy: "Never" })), "Invalid");
      });
      expect(error.problems.join()).toContain("pod updates may not change fields other than");
    });
  });
}
