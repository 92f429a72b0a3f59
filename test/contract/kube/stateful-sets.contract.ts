/** The StatefulSet controller, as far as the product depends on it. Its pods never run: see `running.contract.ts` for those. */
import { describe, expect, it } from "vitest";
import { types } from "../../../src/kube/objects.ts";
import { at } from "../../support/fake-kube/json.ts";
import { eventually, fresh, mustBeGone, mustGet, ref, remove, type HarnessOf } from "./harness.ts";
import { namesOf, podsOf, statefulSet } from "./workloads.ts";

export function statefulSetsContract(harness: HarnessOf): void {
  describe("StatefulSet", () => {
    it("makes pods by ordinal, labelled, with claims from the template", async () => {
      const h = harness();
      const name = fresh("set");
      const set = await h.kube.create(statefulSet(h, name, { claims: true }));
      await eventually(h, async () => {
        expect(namesOf(await podsOf(h, name))).toEqual([`${name}-0`, `${name}-1`]);
      });
      const pod = await mustGet(h, ref(h, types.pod, `${name}-1`));
      const { status } = await eventually(h, async () => {
        const current = await mustGet(h, ref(h, types.statefulSet, name));
        expect(current["status"]).toMatchObject({ observedGeneration: 1, replicas: 2 });
        return current;
      });
      expect(pod.metadata.labels).toEqual({
        set: name,
        "apps.kubernetes.io/pod-index": "1",
        "controller-revision-hash": at(status, "updateRevision"),
        "statefulset.kubernetes.io/pod-name": `${name}-1`,
      });
      expect(pod.metadata.ownerReferences).toMatchObject([
        { kind: "StatefulSet", name, uid: set.metadata.uid, controller: true, blockOwnerDeletion: true },
      ]);
      expect(pod["spec"]).toMatchObject({ hostname: `${name}-1`, subdomain: name });
      const claim = await mustGet(h, ref(h, types.claim, `data-${name}-1`));
      expect(claim.metadata.labels).toEqual({ claim: "yes", set: name });
      expect(claim.metadata.annotations).toMatchObject({ note: "kept" });
      expect(claim.metadata.ownerReferences).toBeUndefined();
      expect(at(claim["spec"], "resources", "requests", "storage")).toBe("1Gi");
    });

    it("makes a deleted pod anew with the claim it had", async () => {
      const h = harness();
      const name = fresh("set");
      await h.kube.create(statefulSet(h, name, { replicas: 1, claims: true }));
      const target = ref(h, types.pod, `${name}-0`);
      const first = await eventually(h, () => mustGet(h, target));
      const claim = await mustGet(h, ref(h, types.claim, `data-${name}-0`));
      await remove(h, target);
      const second = await eventually(h, async () => {
        const found = await mustGet(h, target);
        expect(found.metadata.uid).not.toBe(first.metadata.uid);
        return found;
      });
      expect(second.metadata.deletionTimestamp).toBeUndefined();
      expect((await mustGet(h, ref(h, types.claim, `data-${name}-0`))).metadata.uid).toBe(claim.metadata.uid);
    });

    it("scales down by the highest ordinal and keeps the claim", async () => {
      const h = harness();
      const name = fresh("set");
      await h.kube.apply(statefulSet(h, name, { replicas: 2, claims: true }));
      await eventually(h, () => mustGet(h, ref(h, types.pod, `${name}-1`)));
      await h.kube.apply(statefulSet(h, name, { replicas: 1, claims: true }));
      await eventually(h, () => mustBeGone(h, ref(h, types.pod, `${name}-1`)));
      await mustGet(h, ref(h, types.pod, `${name}-0`));
      expect((await mustGet(h, ref(h, types.claim, `data-${name}-1`))).metadata.deletionTimestamp).toBeUndefined();
    });

    it("makes only the first pod while that is not ready, when pods come in order", async () => {
      const h = harness();
      const name = fresh("set");
      await h.kube.create(statefulSet(h, name, { policy: "OrderedReady" }));
      await eventually(h, () => mustGet(h, ref(h, types.pod, `${name}-0`)));
      await h.sleep(500);
      expect(namesOf(await podsOf(h, name))).toEqual([`${name}-0`]);
    });

    it("leaves old pods alone under OnDelete, and makes new ones from the new template", async () => {
      const h = harness();
      const name = fresh("set");
      await h.kube.apply(statefulSet(h, name, { replicas: 2 }));
      const old = await eventually(h, async () => {
        // A template that changes before the controller's first word of the old one leaves no trace of it in the status.
        const { status } = await mustGet(h, ref(h, types.statefulSet, name));
        expect(status).toMatchObject({ observedGeneration: 1, currentReplicas: 2 });
        return mustGet(h, ref(h, types.pod, `${name}-1`));
      });
      await h.kube.apply(statefulSet(h, name, { replicas: 2, command: ["sleep", "7200"] }));
      const set = await eventually(h, async () => {
        const current = await mustGet(h, ref(h, types.statefulSet, name));
        expect(current["status"]).toMatchObject({ observedGeneration: 2, currentReplicas: 2 });
        expect(at(current["status"], "updatedReplicas")).toBeUndefined();
        return current;
      });
      const [before, after] = [at(set["status"], "currentRevision"), at(set["status"], "updateRevision")];
      expect(before).toBe(old.metadata.labels?.["controller-revision-hash"]);
      expect(after).not.toBe(before);
      await remove(h, ref(h, types.pod, `${name}-1`));
      await eventually(h, async () => {
        const pod = await mustGet(h, ref(h, types.pod, `${name}-1`));
        expect(pod.metadata.labels?.["controller-revision-hash"]).toBe(after);
      });
      expect((await mustGet(h, ref(h, types.pod, `${name}-0`))).metadata.labels?.["controller-revision-hash"]).toBe(
        before,
      );
    });

    it("leaves its pods behind as orphans, and a new set adopts them", async () => {
      const h = harness();
      const name = fresh("set");
      await h.kube.create(statefulSet(h, name));
      const pod = await eventually(h, () => mustGet(h, ref(h, types.pod, `${name}-1`)));
      await remove(h, ref(h, types.statefulSet, name), "Orphan");
      await eventually(h, () => mustBeGone(h, ref(h, types.statefulSet, name)));
      expect((await mustGet(h, ref(h, types.pod, `${name}-1`))).metadata.ownerReferences).toBeUndefined();
      const anew = await h.kube.create(statefulSet(h, name));
      await eventually(h, async () => {
        const adopted = await mustGet(h, ref(h, types.pod, `${name}-1`));
        expect(adopted.metadata.uid).toBe(pod.metadata.uid);
        expect(adopted.metadata.ownerReferences).toMatchObject([{ uid: anew.metadata.uid, controller: true }]);
      });
      expect(await podsOf(h, name)).toHaveLength(2);
    });

    it("takes its pods along when it is deleted, and leaves their claims", async () => {
      const h = harness();
      const name = fresh("set");
      await h.kube.create(statefulSet(h, name, { claims: true }));
      await eventually(h, () => mustGet(h, ref(h, types.pod, `${name}-1`)));
      await remove(h, ref(h, types.statefulSet, name), "Background");
      await eventually(h, async () => {
        expect(await podsOf(h, name)).toEqual([]);
      });
      await mustGet(h, ref(h, types.claim, `data-${name}-1`));
    });

    it("makes no pod on a claim that is being deleted", async () => {
      const h = harness();
      const name = fresh("set");
      const claim = ref(h, types.claim, `data-${name}-0`);
      const pod = ref(h, types.pod, `${name}-0`);
      await h.kube.create(statefulSet(h, name, { replicas: 1, claims: true }));
      await eventually(h, () => mustGet(h, pod));
      const held = await mustGet(h, claim);
      const finalizers = { finalizers: ["kubernetes.io/pvc-protection", "dbop.dev/contract"] };
      await h.kube.update({ ...held, metadata: { ...held.metadata, ...finalizers } });
      await remove(h, claim);
      await remove(h, pod);
      await eventually(h, () => mustBeGone(h, pod));
      await h.sleep(500);
      await mustBeGone(h, pod);
      expect((await mustGet(h, claim)).metadata.uid).toBe(held.metadata.uid);
      await eventually(h, async () => {
        const dying = await mustGet(h, claim);
        await h.kube.update({ ...dying, metadata: { ...dying.metadata, ...{ finalizers: [] } } });
      });
      await eventually(h, () => mustGet(h, pod));
      expect((await mustGet(h, claim)).metadata.uid).not.toBe(held.metadata.uid);
    });
  });
}
