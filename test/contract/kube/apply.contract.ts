/** Server-side apply. */
import { describe, expect, it } from "vitest";
import { types, type KubeObject } from "../../../src/kube/objects.ts";
import { at, listOf } from "../../support/fake-kube/json.ts";
import { configMap, database, fresh, installCrds, mustGet, ref, refusal, type HarnessOf } from "./harness.ts";
import { statefulSet } from "./workloads.ts";

const containerOf = (set: KubeObject): unknown => listOf(at(set, "spec", "template", "spec", "containers"))[0];

export function applyContract(harness: HarnessOf): void {
  describe("apply", () => {
    it("creates an object that is absent", async () => {
      const h = harness();
      const name = fresh("apply");
      const applied = await h.kube.apply(configMap(h, name));
      expect(applied.metadata.managedFields).toMatchObject([
        { manager: "kubectl-dbop", operation: "Apply", fieldsV1: { "f:data": { "f:a": {} } } },
      ]);
      expect(await mustGet(h, ref(h, types.configMap, name))).toEqual(applied);
    });

    it("changes nothing when the intent is the same", async () => {
      const h = harness();
      const set = statefulSet(h, fresh("same"), { replicas: 0, claims: true });
      const first = await h.kube.apply(set);
      const second = await h.kube.apply(set);
      expect(second.metadata.generation).toBe(first.metadata.generation);
      expect(second["spec"]).toEqual(first["spec"]);
    });

    it("removes what the manager owned and no longer sends", async () => {
      const h = harness();
      const name = fresh("drop");
      await h.kube.apply(configMap(h, name, { a: "1", b: "2" }, { labels: { keep: "1", drop: "1" } }));
      const applied = await h.kube.apply(configMap(h, name, { b: "2" }, { labels: { keep: "1" } }));
      expect(applied["data"]).toEqual({ b: "2" });
      expect(applied.metadata.labels).toEqual({ keep: "1" });
    });

    it("leaves no empty map behind", async () => {
      const h = harness();
      const name = fresh("empty");
      await h.kube.apply(configMap(h, name, { a: "1" }, { labels: { drop: "1" } }));
      const applied = await h.kube.apply({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name, namespace: h.namespace },
      });
      expect(applied["data"]).toBeUndefined();
      expect(applied.metadata.labels).toBeUndefined();
    });

    it("keeps what other managers own", async () => {
      const h = harness();
      const name = fresh("keep");
      await h.kube.apply(configMap(h, name, { a: "1" }));
      await h.kube.apply(configMap(h, name, { theirs: "2" }), { fieldManager: "other" });
      expect((await h.kube.apply(configMap(h, name, { b: "3" })))["data"]).toEqual({ b: "3", theirs: "2" });
    });

    it("refuses to change a field of another manager, naming field and manager", async () => {
      const h = harness();
      const name = fresh("conflict");
      const first = await h.kube.apply(configMap(h, name, { a: "1" }), { fieldManager: "other" });
      const error = await refusal(h.kube.apply(configMap(h, name, { a: "2" })), "Conflict");
      expect(error.message).toContain('Apply failed with 1 conflict: conflict with "other": .data.a');
      expect(error.problems).toEqual(['.data.a: managed by "other"']);
      expect(await mustGet(h, ref(h, types.configMap, name))).toEqual(first);
    });

    it("names every conflict", async () => {
      const h = harness();
      const name = fresh("conflicts");
      const set = statefulSet(h, name, { replicas: 0 });
      await h.kube.apply(set, { fieldManager: "other" });
      const error = await refusal(h.kube.apply(statefulSet(h, name, { replicas: 1, command: ["true"] })), "Conflict");
      expect([...error.problems].sort()).toEqual([
        '.spec.replicas: managed by "other"',
        '.spec.template.spec.containers[name="main"].command: managed by "other"',
      ]);
    });

    it("takes fields over by force", async () => {
      const h = harness();
      const name = fresh("force");
      await h.kube.apply(configMap(h, name, { a: "1", b: "1" }), { fieldManager: "other" });
      const applied = await h.kube.apply(configMap(h, name, { a: "2" }), { force: true });
      expect(applied["data"]).toEqual({ a: "2", b: "1" });
      const other = applied.metadata.managedFields?.find((entry) => at(entry, "manager") === "other");
      expect(at(other, "fieldsV1")).toEqual({ "f:data": { "f:b": {} } });
    });

    it("shares a field that two managers set to the same value, and drops it with the last", async () => {
      const h = harness();
      const name = fresh("share");
      await h.kube.apply(configMap(h, name, { a: "1" }), { fieldManager: "other" });
      await h.kube.apply(configMap(h, name, { a: "1", b: "2" }));
      const left = await h.kube.apply(configMap(h, name, { b: "2" }));
      expect(left["data"]).toEqual({ a: "1", b: "2" });
      expect((await h.kube.apply(configMap(h, name, {}), { fieldManager: "other" }))["data"]).toEqual({ b: "2" });
    });

    it("conflicts with its own earlier update, which is another manager", async () => {
      const h = harness();
      const created = await h.kube.create(configMap(h, fresh("self")));
      const error = await refusal(h.kube.apply(configMap(h, created.metadata.name, { a: "2" })), "Conflict");
      expect(error.problems.join()).toMatch(/^\.data\.a: managed by "kubectl-dbop" using v1( at \S+Z)?$/);
    });

    it("merges containers, ports and variables by their keys", async () => {
      const h = harness();
      const name = fresh("keys");
      const set = statefulSet(h, name, { replicas: 0 });
      await h.kube.apply(set);
      const partial = (container: object): KubeObject => ({
        apiVersion: "apps/v1",
        kind: "StatefulSet",
        metadata: { name, namespace: h.namespace },
        spec: { template: { spec: { containers: [{ name: "main", ...container }] } } },
      });
      const others = { env: [{ name: "A", value: "1" }], ports: [{ containerPort: 80, name: "web" }] };
      await h.kube.apply(partial(others), { fieldManager: "other" });
      await h.kube.apply(
        partial({ env: [{ name: "B", value: "2" }], ports: [{ containerPort: 80, protocol: "UDP" }] }),
        { fieldManager: "third" },
      );
      const merged = containerOf(await h.kube.apply(set));
      expect(at(merged, "env")).toEqual([
        { name: "A", value: "1" },
        { name: "B", value: "2" },
      ]);
      expect(at(merged, "ports")).toEqual([
        { containerPort: 80, name: "web", protocol: "TCP" },
        { containerPort: 80, protocol: "UDP" },
      ]);
      expect(at(merged, "command")).toEqual(["sleep", "3600"]);
      const without = containerOf(await h.kube.apply(partial({ ports: others.ports }), { fieldManager: "other" }));
      expect(at(without, "env")).toEqual([{ name: "B", value: "2" }]);
    });

    it("merges conditions by type", async () => {
      const h = harness();
      await installCrds(h);
      const name = fresh("conditions");
      const condition = (type: string): object => ({
        type,
        status: "True",
        reason: "Because",
        message: "",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      });
      const status = (type: string): KubeObject => ({
        apiVersion: "dbop.dev/v1alpha1",
        kind: "DatabaseCluster",
        metadata: { name, namespace: h.namespace },
        status: { conditions: [condition(type)] },
      });
      await h.kube.apply(database(h, name));
      await h.kube.apply(status("Ready"), { subresource: "status" });
      const both = await h.kube.apply(status("Stalled"), { subresource: "status", fieldManager: "other" });
      expect(at(both, "status", "conditions")).toEqual([condition("Ready"), condition("Stalled")]);
      const one = await h.kube.apply(status("Reconciling"), { subresource: "status" });
      expect(listOf(at(one, "status", "conditions")).map((each) => at(each, "type"))).toEqual([
        "Stalled",
        "Reconciling",
      ]);
    });
  });

  describe("apply and status", () => {
    it("writes the status through its subresource alone", async () => {
      const h = harness();
      await installCrds(h);
      const name = fresh("status");
      const created = await h.kube.apply({ ...database(h, name), status: { currentVersion: "1.0.0" } });
      expect(created["status"]).toBeUndefined();
      const status = await h.kube.apply(
        { ...database(h, name, { replicas: 7 }), status: { currentVersion: "3.6.16" } },
        { subresource: "status" },
      );
      expect(at(status, "spec", "replicas")).toBe(3);
      expect(at(status, "status")).toEqual({ currentVersion: "3.6.16" });
      const again = await h.kube.apply(database(h, name));
      expect(at(again, "status")).toEqual({ currentVersion: "3.6.16" });
      const cleared = await h.kube.apply(database(h, name), { subresource: "status" });
      expect(cleared["status"]).toBeUndefined();
    });

    it("empties a map of a custom resource when it is left out, but not when it is sent empty", async () => {
      const h = harness();
      await installCrds(h);
      const name = fresh("emptied");
      await h.kube.apply(database(h, name, { config: { a: "1" } }));
      const error = await refusal(h.kube.apply(database(h, name, { config: {} })), "Invalid");
      expect(error.problems.join()).toContain('spec.config: Invalid value: "null"');
      expect(at((await h.kube.apply(database(h, name)))["spec"], "config")).toBeUndefined();
    });

    it("finds no object whose status it could write", async () => {
      const h = harness();
      await installCrds(h);
      await refusal(
        h.kube.apply({ ...database(h, fresh("nobody")), status: {} }, { subresource: "status" }),
        "NotFound",
      );
    });
  });

  describe("apply with preconditions", () => {
    const wrong = "00000000-0000-0000-0000-000000000000";

    it("changes the object of the uid it names, and no namesake", async () => {
      const h = harness();
      const name = fresh("uid");
      const { metadata } = await h.kube.apply(configMap(h, name));
      await refusal(h.kube.apply(configMap(h, name, { a: "2" }, { uid: wrong })), "Conflict");
      expect((await h.kube.apply(configMap(h, name, { a: "3" }, { uid: metadata.uid })))["data"]).toEqual({ a: "3" });
    });

    it("creates nothing when it names a uid", async () => {
      const h = harness();
      const name = fresh("uid");
      await refusal(h.kube.apply(configMap(h, name, {}, { uid: wrong })), "Conflict");
      expect(await h.kube.get(ref(h, types.configMap, name))).toBeUndefined();
    });

    it("refuses a stale resourceVersion, and takes the present one", async () => {
      const h = harness();
      const name = fresh("version");
      const { metadata: old } = await h.kube.apply(configMap(h, name));
      const { metadata } = await h.kube.apply(configMap(h, name, { a: "2" }));
      await refusal(h.kube.apply(configMap(h, name, { a: "3" }, { resourceVersion: old.resourceVersion })), "Conflict");
      await refusal(
        h.kube.apply(configMap(h, name, { a: "3" }, { resourceVersion: old.resourceVersion }), { force: true }),
        "Conflict",
      );
      await h.kube.apply(configMap(h, name, { a: "4" }, { resourceVersion: metadata.resourceVersion }));
    });

    it("creates nothing when it names a resourceVersion", async () => {
      const h = harness();
      const name = fresh("version");
      await refusal(h.kube.apply(configMap(h, name, {}, { resourceVersion: "1" })), "Conflict");
    });

    it("refuses an intent that carries managedFields", async () => {
      const h = harness();
      const { metadata } = await h.kube.apply(configMap(h, fresh("managed")));
      await refusal(
        h.kube.apply(configMap(h, metadata.name, {}, { managedFields: metadata.managedFields })),
        "Invalid",
      );
    });

    it("refuses a namespace that is absent", async () => {
      const h = harness();
      const error = await refusal(
        h.kube.apply({ ...configMap(h, "x"), metadata: { name: "x", namespace: "no-such" } }),
        "NotFound",
      );
      expect(error.message).toContain('namespaces "no-such" not found');
    });
  });
}
