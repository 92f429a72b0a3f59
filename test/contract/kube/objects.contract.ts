/** Creating, reading and updating single objects. */
import { describe, expect, it } from "vitest";
import { types } from "../../../src/kube/objects.ts";
import { at } from "../../support/fake-kube/json.ts";
import { configMap, database, fresh, installCrds, mustGet, ref, refusal, type HarnessOf } from "./harness.ts";
import { statefulSet } from "./workloads.ts";

export function objectsContract(harness: HarnessOf): void {
  describe("get and create", () => {
    it("gives undefined for an object that is absent", async () => {
      const h = harness();
      expect(await h.kube.get(ref(h, types.configMap, "nobody"))).toBeUndefined();
    });

    it("gives back what was created, with what the server adds", async () => {
      const h = harness();
      const name = fresh("made");
      const created = await h.kube.create(configMap(h, name));
      expect(await mustGet(h, ref(h, types.configMap, name))).toEqual(created);
      expect(created).toMatchObject({ kind: "ConfigMap", apiVersion: "v1", data: { a: "1" } });
      expect(created.metadata.uid).toMatch(/^[-0-9a-f]{36}$/);
      expect(created.metadata.resourceVersion).toMatch(/^\d+$/);
      expect(created.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(created.metadata.managedFields).toMatchObject([
        { manager: "kubectl-dbop", operation: "Update", fieldsType: "FieldsV1" },
      ]);
    });

    it("refuses to create a name twice", async () => {
      const h = harness();
      const name = fresh("twice");
      await h.kube.create(configMap(h, name));
      const error = await refusal(h.kube.create(configMap(h, name)), "AlreadyExists");
      expect(error.message).toBe(`create configmap/${name}: configmaps "${name}" already exists`);
    });

    it("refuses to create in a namespace that is absent", async () => {
      const h = harness();
      const error = await refusal(
        h.kube.create({ ...configMap(h, "x"), metadata: { name: "x", namespace: "no-such" } }),
        "NotFound",
      );
      expect(error.message).toContain('namespaces "no-such" not found');
    });

    it("refuses a name that is no DNS name", async () => {
      const h = harness();
      const error = await refusal(h.kube.create(configMap(h, "Not_A_Name")), "Invalid");
      expect(error.problems.join()).toContain("metadata.name");
    });

    it("refuses to create an object that carries a resourceVersion", async () => {
      const h = harness();
      await refusal(h.kube.create(configMap(h, fresh("rv"), {}, { resourceVersion: "1" })), "ServerError");
    });

    it("stores the text of a Secret as base64 data", async () => {
      const h = harness();
      const name = fresh("secret");
      const secret = {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name, namespace: h.namespace },
        stringData: { word: "geheim" },
      };
      const created = await h.kube.create(secret);
      expect(created["data"]).toEqual({ word: "Z2VoZWlt" });
      expect(created["stringData"]).toBeUndefined();
      expect(created["type"]).toBe("Opaque");
    });

    it("finds no type that is not served", async () => {
      const h = harness();
      const nothing = { apiVersion: "contract.dbop.dev/v1", kind: "Nothing", plural: "nothings", namespaced: true };
      const error = await refusal(h.kube.get(ref(h, nothing, "x")), "NotFound");
      expect(error.message).toContain(`the server doesn't have a resource type "nothings" in contract.dbop.dev/v1`);
      await refusal(h.kube.list(nothing, { namespace: h.namespace }), "NotFound");
    });
  });

  describe("update", () => {
    it("replaces the object read before and moves its resourceVersion on", async () => {
      const h = harness();
      const created = await h.kube.create(configMap(h, fresh("update")));
      const updated = await h.kube.update({ ...created, data: { b: "2" } });
      expect(updated["data"]).toEqual({ b: "2" });
      expect(updated.metadata.resourceVersion).not.toBe(created.metadata.resourceVersion);
      expect(updated.metadata.uid).toBe(created.metadata.uid);
    });

    it("refuses a stale resourceVersion", async () => {
      const h = harness();
      const created = await h.kube.create(configMap(h, fresh("stale")));
      await h.kube.update({ ...created, data: { b: "2" } });
      const error = await refusal(h.kube.update({ ...created, data: { c: "3" } }), "Conflict");
      expect(error.message).toContain(
        "the object has been modified; please apply your changes to the latest version and try again",
      );
    });

    it("changes nothing when nothing is different", async () => {
      const h = harness();
      const created = await h.kube.create(configMap(h, fresh("same")));
      expect((await h.kube.update(created)).metadata.resourceVersion).toBe(created.metadata.resourceVersion);
    });

    it("finds no object that is absent, and none of another uid", async () => {
      const h = harness();
      const created = await h.kube.create(configMap(h, fresh("absent")));
      await refusal(
        h.kube.update(configMap(h, fresh("absent"), {}, { resourceVersion: created.metadata.resourceVersion })),
        "NotFound",
      );
      await refusal(
        h.kube.update({ ...created, metadata: { ...created.metadata, uid: "00000000-0000-0000-0000-000000000000" } }),
        "Conflict",
      );
    });

    it("needs the resourceVersion", async () => {
      const h = harness();
      const name = fresh("bare");
      await h.kube.create(configMap(h, name));
      await refusal(h.kube.update(configMap(h, name)), "Internal");
    });

    it("takes the fields it changes from their managers", async () => {
      const h = harness();
      const name = fresh("taken");
      const applied = await h.kube.apply(configMap(h, name, { a: "1", b: "1" }), { fieldManager: "first" });
      const updated = await h.kube.update({ ...applied, data: { a: "2", b: "1" } }, { fieldManager: "second" });
      const fields = (manager: string): unknown =>
        at(
          updated.metadata.managedFields?.find((entry) => at(entry, "manager") === manager),
          "fieldsV1",
          "f:data",
        );
      expect(fields("first")).toEqual({ "f:b": {} });
      expect(fields("second")).toEqual({ "f:a": {} });
    });
  });

  describe("dry run", () => {
    it("creates, changes and deletes nothing", async () => {
      const h = harness();
      const name = fresh("dry");
      const target = ref(h, types.configMap, name);
      expect((await h.kube.create(configMap(h, name), { dryRun: true })).metadata.name).toBe(name);
      expect(await h.kube.get(target)).toBeUndefined();
      const created = await h.kube.create(configMap(h, name));
      const applied = await h.kube.apply(configMap(h, name, { z: "9" }), { dryRun: true });
      expect(applied["data"]).toEqual({ a: "1", z: "9" });
      await h.kube.update({ ...created, data: {} }, { dryRun: true });
      await h.kube.delete(target, { uid: created.metadata.uid ?? "", propagation: "Background", dryRun: true });
      expect(await mustGet(h, target)).toEqual(created);
    });

    it("refuses what a real run would refuse", async () => {
      const h = harness();
      const name = fresh("dry");
      await h.kube.create(configMap(h, name));
      await refusal(h.kube.create(configMap(h, name), { dryRun: true }), "AlreadyExists");
      const wrong = { uid: "00000000-0000-0000-0000-000000000000", propagation: "Background", dryRun: true } as const;
      await refusal(h.kube.delete(ref(h, types.configMap, name), wrong), "Conflict");
    });
  });

  describe("generation and status", () => {
    it("counts changes of the spec, not of labels or status", async () => {
      const h = harness();
      const set = await h.kube.create(statefulSet(h, fresh("gen"), { replicas: 0 }));
      expect(set.metadata.generation).toBe(1);
      const name = set.metadata.name;
      const labelled = await h.kube.apply({
        apiVersion: "apps/v1",
        kind: "StatefulSet",
        metadata: { name, namespace: h.namespace, labels: { a: "b" } },
      });
      expect(labelled.metadata.generation).toBe(1);
      const changed = await h.kube.apply(
        { ...labelled, metadata: { name, namespace: h.namespace }, spec: { minReadySeconds: 3 }, status: undefined },
        { force: true },
      );
      expect(changed.metadata.generation).toBe(2);
    });

    it("keeps the status out of writes of the spec, and the spec out of writes of the status", async () => {
      const h = harness();
      await installCrds(h);
      const created = await h.kube.create({ ...database(h, fresh("db")), status: { currentVersion: "9.9.9" } });
      expect(created["status"]).toBeUndefined();
      const changed = {
        ...created,
        spec: { ...database(h, "x", { replicas: 5 }) }["spec"],
        status: { currentVersion: "3.6.16" },
      };
      const status = await h.kube.update(changed, { subresource: "status" });
      expect(at(status, "spec", "replicas")).toBe(3);
      expect(at(status, "status", "currentVersion")).toBe("3.6.16");
      expect(status.metadata.generation).toBe(1);
      const spec = await h.kube.update({ ...status, spec: changed.spec, status: {} });
      expect(at(spec, "spec", "replicas")).toBe(5);
      expect(at(spec, "status", "currentVersion")).toBe("3.6.16");
      expect(spec.metadata.generation).toBe(2);
    });
  });
}
