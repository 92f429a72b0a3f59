/** Deletion: preconditions, dependents, finalizers, namespaces. */
import { describe, expect, it } from "vitest";
import { types, type KubeObject } from "../../../src/kube/objects.ts";
import {
  configMap,
  eventually,
  fresh,
  mustBeGone,
  mustGet,
  ref,
  refusal,
  remove,
  type Harness,
  type HarnessOf,
} from "./harness.ts";

const wrong = "00000000-0000-0000-0000-000000000000";

async function ownerAndChild(h: Harness): Promise<{ readonly owner: KubeObject; readonly child: KubeObject }> {
  const owner = await h.kube.create(configMap(h, fresh("owner")));
  const { name, uid = "" } = owner.metadata;
  const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name, uid, blockOwnerDeletion: true }];
  return { owner, child: await h.kube.create(configMap(h, fresh("child"), {}, { ownerReferences })) };
}

export function deleteContract(harness: HarnessOf): void {
  describe("delete", () => {
    it("has no quarrel with an object that is gone", async () => {
      const h = harness();
      await h.kube.delete(ref(h, types.configMap, "nobody"), { uid: wrong, propagation: "Background" });
    });

    it("deletes the object of the uid it names, and no namesake", async () => {
      const h = harness();
      const { metadata } = await h.kube.create(configMap(h, fresh("delete")));
      const target = ref(h, types.configMap, metadata.name);
      const error = await refusal(h.kube.delete(target, { uid: wrong, propagation: "Background" }), "Conflict");
      expect(error.message).toContain(
        `the UID in the precondition (${wrong}) does not match the UID in record (${metadata.uid ?? ""})`,
      );
      await mustGet(h, target);
      await h.kube.delete(target, { uid: metadata.uid ?? "", propagation: "Background" });
      await mustBeGone(h, target);
    });

    it("refuses a stale resourceVersion", async () => {
      const h = harness();
      const { metadata } = await h.kube.create(configMap(h, fresh("delete")));
      const target = ref(h, types.configMap, metadata.name);
      const fresher = await h.kube.apply(configMap(h, metadata.name, { b: "1" }));
      const options = { uid: metadata.uid ?? "", propagation: "Background" } as const;
      await refusal(h.kube.delete(target, { ...options, resourceVersion: metadata.resourceVersion ?? "" }), "Conflict");
      await h.kube.delete(target, { ...options, resourceVersion: fresher.metadata.resourceVersion ?? "" });
      await mustBeGone(h, target);
    });

    it("takes dependents along in the background", async () => {
      const h = harness();
      const { owner, child } = await ownerAndChild(h);
      await remove(h, ref(h, types.configMap, owner.metadata.name), "Background");
      await mustBeGone(h, ref(h, types.configMap, owner.metadata.name));
      await eventually(h, () => mustBeGone(h, ref(h, types.configMap, child.metadata.name)));
    });

    it("takes dependents along first in the foreground", async () => {
      const h = harness();
      const { owner, child } = await ownerAndChild(h);
      await remove(h, ref(h, types.configMap, owner.metadata.name), "Foreground");
      await eventually(h, () => mustBeGone(h, ref(h, types.configMap, owner.metadata.name)));
      await mustBeGone(h, ref(h, types.configMap, child.metadata.name));
    });

    it("leaves dependents behind as orphans", async () => {
      const h = harness();
      const { owner, child } = await ownerAndChild(h);
      await remove(h, ref(h, types.configMap, owner.metadata.name), "Orphan");
      await eventually(h, () => mustBeGone(h, ref(h, types.configMap, owner.metadata.name)));
      expect((await mustGet(h, ref(h, types.configMap, child.metadata.name))).metadata.ownerReferences).toBeUndefined();
    });

    it("collects an object whose owner never was", async () => {
      const h = harness();
      const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "nobody", uid: wrong }];
      const { metadata } = await h.kube.create(configMap(h, fresh("orphan"), {}, { ownerReferences }));
      await eventually(h, () => mustBeGone(h, ref(h, types.configMap, metadata.name)));
    });

    it("keeps an object with a finalizer until that is removed", async () => {
      const h = harness();
      const { metadata } = await h.kube.create(configMap(h, fresh("final"), {}, { finalizers: ["dbop.dev/contract"] }));
      const target = ref(h, types.configMap, metadata.name);
      await remove(h, target);
      await remove(h, target);
      const dying = await mustGet(h, target);
      expect(dying.metadata.deletionTimestamp).toMatch(/Z$/);
      expect(dying.metadata.uid).toBe(metadata.uid);
      await h.kube.update({ ...dying, metadata: { ...dying.metadata, ...{ finalizers: [] } } });
      await mustBeGone(h, target);
    });

    it("lets nothing new into a namespace that is going", async () => {
      const h = harness();
      const name = `${h.namespace}-going`;
      await h.kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
      const held = await h.kube.create({
        ...configMap(h, "held"),
        metadata: { name: "held", namespace: name, ...{ finalizers: ["dbop.dev/contract"] } },
      });
      await remove(h, { type: types.namespace, name });
      const error = await refusal(
        h.kube.create({ ...configMap(h, "late"), metadata: { name: "late", namespace: name } }),
        "Forbidden",
      );
      expect(error.message).toContain(
        `unable to create new content in namespace ${name} because it is being terminated`,
      );
      await eventually(h, async () => {
        const current = await mustGet(h, { type: types.configMap, namespace: name, name: held.metadata.name });
        expect(current.metadata.deletionTimestamp).toBeDefined();
        await h.kube.update({ ...current, metadata: { ...current.metadata, ...{ finalizers: [] } } });
      });
      await eventually(h, () => mustBeGone(h, { type: types.namespace, name }));
    });
  });
}
