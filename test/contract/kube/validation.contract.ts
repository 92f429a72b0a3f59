/** What the API server refuses, and the words for it. */
import { describe, expect, it } from "vitest";
import { types, type KubeObject } from "../../../src/kube/objects.ts";
import { at, fieldsOf, listOf } from "../../support/fake-kube/json.ts";
import {
  configMap,
  database,
  fresh,
  installCrds,
  mustBeGone,
  ref,
  refusal,
  withSpec,
  type Harness,
  type HarnessOf,
} from "./harness.ts";
import { statefulSet } from "./workloads.ts";

const container = { account: "a", container: "c" };

const location = ({ namespace }: Harness, spec: object): KubeObject => ({
  apiVersion: "dbop.dev/v1alpha1",
  kind: "BackupLocation",
  metadata: { name: fresh("location"), namespace },
  spec,
});

export function validationContract(harness: HarnessOf): void {
  describe("validation", () => {
    it("refuses a field that no schema knows, on create", async () => {
      const h = harness();
      await installCrds(h);
      const name = fresh("strict");
      const error = await refusal(h.kube.create(database(h, name, { sise: "1Gi" })), "Invalid");
      expect(error.problems).toEqual(['unknown field "spec.sise"']);
      await mustBeGone(h, ref(h, types.databaseCluster, name));
      const builtIn = statefulSet(h, name);
      const other = await refusal(h.kube.create(withSpec(builtIn, { replica: 3 })), "Invalid");
      expect(other.problems).toEqual(['unknown field "spec.replica"']);
    });

    it("refuses a field that no schema knows, on apply", async () => {
      const h = harness();
      await installCrds(h);
      await refusal(h.kube.apply(database(h, fresh("strict"), { sise: "1Gi" })), "Invalid");
      const set = statefulSet(h, fresh("strict"));
      const error = await refusal(h.kube.apply(withSpec(set, { replica: 3 })), "Invalid");
      expect(error.message).toContain(".spec.replica: field not declared in schema");
    });

    it.each([
      ["a missing field", { engine: undefined }, "spec.engine"],
      ["a value out of bounds", { replicas: 0 }, "spec.replicas"],
      ["shards out of bounds", { shards: 100 }, "spec.shards"],
      ["a value of the wrong type", { replicas: "three" }, "spec.replicas"],
      ["a value that fits no pattern", { version: "3.6" }, "spec.version"],
      ["a value that is none of the choices", { tls: { mode: "perhaps" } }, "spec.tls.mode"],
    ])("names the field with %s", async (_, spec, field) => {
      const h = harness();
      await installCrds(h);
      const error = await refusal(h.kube.create(database(h, fresh("bad"), spec)), "Invalid");
      expect(error.problems.join("\n")).toContain(field);
    });

    it.each([
      ["without a scheme", { gcs: { bucket: "b", endpoint: "gcs.shop.svc" } }, "spec.gcs.endpoint"],
      [
        "with a path, where none can be",
        { gcs: { bucket: "b", endpoint: "https://gcs/storage" } },
        "spec.gcs.endpoint",
      ],
      ["of another scheme", { azure: { ...container, endpoint: "ftp://azure.shop.svc" } }, "spec.azure.endpoint"],
      ["that ends with a slash", { azure: { ...container, endpoint: "https://azure/a/" } }, "spec.azure.endpoint"],
      ["of no host", { azure: { ...container, endpoint: "https://" } }, "spec.azure.endpoint"],
    ])("refuses an endpoint %s", async (_, spec, field) => {
      const h = harness();
      await installCrds(h);
      const error = await refusal(h.kube.create(location(h, spec)), "Invalid");
      expect(error.problems.join("\n")).toContain(field);
    });

    it("takes an endpoint of Azure's with a path, as an emulator has it", async () => {
      const h = harness();
      await installCrds(h);
      await h.kube.create(location(h, { azure: { ...container, endpoint: "https://azure.shop.svc:10000/a" } }));
    });

    it("names every problem at once", async () => {
      const h = harness();
      await installCrds(h);
      const error = await refusal(h.kube.create(database(h, fresh("bad"), { replicas: 0, version: "x" })), "Invalid");
      expect(error.problems).toHaveLength(2);
    });

    it.each([
      ["the engine", { engine: "valkey" }, "the engine is immutable"],
      ["a smaller volume", { storage: { size: "1Mi" } }, "a volume can't shrink"],
      ["another storage class", { storage: { size: "1Gi", className: "other" } }, "the storage class is immutable"],
      ["TLS later on", { tls: { mode: "managed" } }, "tls is decided when the database is made"],
    ])("holds the rules of a change: %s", async (_, spec, message) => {
      const h = harness();
      await installCrds(h);
      const created = await h.kube.create(database(h, fresh("rule")));
      const error = await refusal(
        h.kube.update({ ...database(h, created.metadata.name, spec), metadata: created.metadata }),
        "Invalid",
      );
      expect(error.problems.join("\n")).toContain(message);
    });

    it("holds the rules of a name", async () => {
      const h = harness();
      await installCrds(h);
      const error = await refusal(h.kube.create(database(h, "a".repeat(41))), "Invalid");
      expect(error.problems.join("\n")).toContain("must be at most 40 characters");
    });

    it("refuses to change what is fixed in a StatefulSet", async () => {
      const h = harness();
      const name = fresh("fixed");
      const set = statefulSet(h, name, { replicas: 0, claims: true });
      await h.kube.apply(set);
      const error = await refusal(h.kube.apply(withSpec(set, { serviceName: "other" })), "Invalid");
      expect(error.problems).toEqual([
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      ]);
      expect(error.message).toContain(`StatefulSet.apps "${name}" is invalid: spec: Forbidden:`);
      const template = fieldsOf(listOf(at(set["spec"], "volumeClaimTemplates"))[0]);
      const bigger = {
        ...template,
        spec: { ...fieldsOf(template["spec"]), resources: { requests: { storage: "2Gi" } } },
      };
      await refusal(h.kube.apply(withSpec(set, { volumeClaimTemplates: [bigger] })), "Invalid");
      await h.kube.apply(withSpec(set, { minReadySeconds: 1 }));
    });

    it("refuses a selector that does not select the template", async () => {
      const h = harness();
      const set = statefulSet(h, fresh("selector"));
      const error = await refusal(
        h.kube.create(withSpec(set, { selector: { matchLabels: { set: "other" } } })),
        "Invalid",
      );
      expect(error.problems.join()).toContain("`selector` does not match template `labels`");
    });

    it("takes the six digits of a Lease's times, and no fewer", async () => {
      const h = harness();
      const lease = (name: string, time: string): object => ({
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { name, namespace: h.namespace },
        spec: { holderIdentity: "me", leaseDurationSeconds: 15, renewTime: time },
      });
      const time = "2026-01-01T12:00:00.123456Z";
      const created = await h.kube.create({ ...configMap(h, "x"), data: undefined, ...lease(fresh("lease"), time) });
      expect(at(created["spec"], "renewTime")).toBe(time);
      expect(created.metadata.generation).toBeUndefined();
      await refusal(
        h.kube.create({ ...configMap(h, "x"), data: undefined, ...lease(fresh("lease"), "2026-01-01T12:00:00.123Z") }),
        "Invalid",
      );
    });

    it("stores quantities in their shortest form", async () => {
      const h = harness();
      const name = fresh("quantity");
      const set = statefulSet(h, name, { replicas: 0, claims: true });
      const template = fieldsOf(at(set["spec"], "template"));
      const podSpec = fieldsOf(template["spec"]);
      const container = fieldsOf(listOf(podSpec["containers"])[0]);
      const resources = { requests: { cpu: "0.5", memory: "1024Mi" }, limits: { cpu: "1000m", memory: "1.5Gi" } };
      const sized = { ...template, spec: { ...podSpec, containers: [{ ...container, resources }] } };
      const { spec } = await h.kube.create(withSpec(set, { template: sized }));
      expect(at(listOf(at(spec, "template", "spec", "containers"))[0], "resources")).toEqual({
        requests: { cpu: "500m", memory: "1Gi" },
        limits: { cpu: "1", memory: "1536Mi" },
      });
      const claim = listOf(at(spec, "volumeClaimTemplates"))[0];
      expect(at(claim, "spec", "resources", "requests", "storage")).toBe("1Gi");
    });
  });

  describe("defaults", () => {
    it("completes a StatefulSet and its pod template", async () => {
      const h = harness();
      const { spec } = await h.kube.create(
        statefulSet(h, fresh("defaults"), { replicas: 0, claims: true, strategy: "RollingUpdate" }),
      );
      expect(spec).toMatchObject({
        revisionHistoryLimit: 10,
        updateStrategy: { type: "RollingUpdate" },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
        template: {
          spec: {
            restartPolicy: "Always",
            dnsPolicy: "ClusterFirst",
            schedulerName: "default-scheduler",
            securityContext: {},
          },
        },
      });
      const [container] = listOf(at(spec, "template", "spec", "containers"));
      expect(container).toMatchObject({
        resources: {},
        terminationMessagePath: "/dev/termination-log",
        terminationMessagePolicy: "File",
      });
      const [template] = listOf(at(spec, "volumeClaimTemplates"));
      expect(template).toMatchObject({
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        spec: { volumeMode: "Filesystem" },
        status: { phase: "Pending" },
      });
    });

    it("gives a Service an address unless it is headless", async () => {
      const h = harness();
      const service = (name: string, spec: object): object => ({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, namespace: h.namespace },
        spec: { selector: { a: "b" }, ports: [{ port: 80 }], ...spec },
      });
      const plain = await h.kube.create({ ...configMap(h, "x"), data: undefined, ...service(fresh("service"), {}) });
      const clusterIP = at(plain["spec"], "clusterIP");
      expect(plain["spec"]).toMatchObject({
        type: "ClusterIP",
        sessionAffinity: "None",
        internalTrafficPolicy: "Cluster",
        ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
        clusterIPs: [clusterIP],
      });
      expect(clusterIP).toMatch(/^\d+\./);
      const headless = await h.kube.create({
        ...configMap(h, "x"),
        data: undefined,
        ...service(fresh("service"), { clusterIP: "None" }),
      });
      expect(at(headless["spec"], "clusterIP")).toBe("None");
    });
  });
}
