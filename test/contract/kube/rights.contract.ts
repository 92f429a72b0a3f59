/** What users without rights are told, and how they can ask first. */
import { describe, expect, it } from "vitest";
import type { WatchEvent } from "../../../src/kube/kube-client.ts";
import { types, type KubeObject } from "../../../src/kube/objects.ts";
import { at, listOf } from "../../support/fake-kube/json.ts";
import type { RbacRule } from "../../support/fake-kube/rbac.ts";
import {
  configMap,
  database,
  eventually,
  fresh,
  installCrds,
  mustGet,
  ref,
  refusal,
  type Harness,
  type HarnessOf,
} from "./harness.ts";

const rule = (resource: string, ...verbs: readonly string[]): RbacRule => {
  const [plural = "", group = ""] = resource.split(".");
  return { apiGroups: [group], resources: [plural], verbs };
};

const accessReview = ({ namespace }: Harness, verb: string, resource: string): KubeObject => ({
  apiVersion: "authorization.k8s.io/v1",
  kind: "SelfSubjectAccessReview",
  metadata: { name: "" },
  spec: { resourceAttributes: { namespace, verb, resource, group: "" } },
});

export function rightsContract(harness: HarnessOf): void {
  describe("rights", () => {
    it("names user, verb, resource and namespace in what it forbids", async () => {
      const h = harness();
      const kube = await h.as([rule("configmaps", "get")]);
      const listing = await refusal(kube.list(types.configMap, { namespace: h.namespace }), "Forbidden");
      expect(listing.message).toMatch(
        /configmaps is forbidden: User "[^"]+" cannot list resource "configmaps" in API group "" in the namespace "/,
      );
      const getting = await refusal(kube.get(ref(h, types.statefulSet, "x")), "Forbidden");
      expect(getting.message).toMatch(
        /statefulsets.apps "x" is forbidden: User "[^"]+" cannot get resource "statefulsets" in API group "apps" in the namespace "/,
      );
      const wide = await refusal(kube.list(types.namespace), "Forbidden");
      expect(wide.message).toMatch(/cannot list resource "namespaces" in API group "" at the cluster scope/);
      expect(await kube.get(ref(h, types.configMap, "nobody"))).toBeUndefined();
    });

    it("forbids each verb by itself", async () => {
      const h = harness();
      const existing = await h.kube.create(configMap(h, fresh("mine")));
      const kube = await h.as([rule("configmaps", "get")]);
      const target = ref(h, types.configMap, existing.metadata.name);
      expect((await refusal(kube.create(configMap(h, fresh("new"))), "Forbidden")).message).toContain(
        "cannot create resource",
      );
      expect((await refusal(kube.update(existing), "Forbidden")).message).toContain("cannot update resource");
      expect((await refusal(kube.apply(configMap(h, existing.metadata.name)), "Forbidden")).message).toContain(
        "cannot patch resource",
      );
      const deletion = kube.delete(target, { uid: existing.metadata.uid ?? "", propagation: "Background" });
      expect((await refusal(deletion, "Forbidden")).message).toContain("cannot delete resource");
      expect(await mustGet(h, target)).toEqual(existing);
    });

    it("asks for create as well as patch when apply finds nothing", async () => {
      const h = harness();
      const kube = await h.as([rule("configmaps", "patch")]);
      const name = fresh("patched");
      expect((await refusal(kube.apply(configMap(h, name)), "Forbidden")).message).toContain("cannot create resource");
      await h.kube.apply(configMap(h, name));
      await kube.apply(configMap(h, name));
    });

    it("keeps the status a right of its own", async () => {
      const h = harness();
      await installCrds(h);
      const { metadata } = await h.kube.create(database(h, fresh("status")));
      const kube = await h.as([rule("databaseclusters.dbop.dev", "patch", "create")]);
      const status = {
        apiVersion: "dbop.dev/v1alpha1",
        kind: "DatabaseCluster",
        metadata: { name: metadata.name, namespace: h.namespace },
        status: {},
      };
      const error = await refusal(kube.apply(status, { subresource: "status" }), "Forbidden");
      expect(error.message).toContain('cannot patch resource "databaseclusters/status" in API group "dbop.dev"');
    });

    it("keeps the log a right of its own", async () => {
      const h = harness();
      const request = { namespace: h.namespace, pod: "nobody", container: "main" };
      const error = await refusal((await h.as([rule("pods", "get")])).log(request), "Forbidden");
      expect(error.message).toMatch(
        /pods "nobody" is forbidden: User "[^"]+" cannot get resource "pods\/log" in API group ""/,
      );
      expect(await (await h.as([rule("pods/log", "get")])).log(request)).toBeUndefined();
    });

    it("limits a rule to the names in it", async () => {
      const h = harness();
      const kube = await h.as([{ ...rule("configmaps", "get"), resourceNames: ["one"] }]);
      expect(await kube.get(ref(h, types.configMap, "one"))).toBeUndefined();
      await refusal(kube.get(ref(h, types.configMap, "two")), "Forbidden");
    });

    it("refuses a watch where even a list is forbidden", async () => {
      const h = harness();
      const kube = await h.as([rule("configmaps", "watch", "get")]);
      await refusal(
        kube.watch(types.configMap, { namespace: h.namespace }, () => undefined, new AbortController().signal),
        "Forbidden",
      );
    });

    it("polls where a list is allowed but no watch", async () => {
      const h = harness();
      const kube = await h.as([rule("configmaps", "list")]);
      const name = fresh("polled");
      await h.kube.create(configMap(h, name));
      const stop = new AbortController();
      const events: WatchEvent[] = [];
      const done = kube.watch(
        types.configMap,
        { namespace: h.namespace, fieldSelector: `metadata.name=${name}` },
        (event) => events.push(event),
        stop.signal,
      );
      await eventually(h, () => {
        expect(events).toMatchObject([{ type: "ADDED" }]);
      });
      await h.kube.apply(configMap(h, name, { b: "2" }));
      await eventually(h, () => {
        expect(events.slice(1)).toMatchObject([{ type: "MODIFIED" }]);
      });
      stop.abort();
      await done;
    });

    it("answers an access review without needing a right to ask", async () => {
      const h = harness();
      const kube = await h.as([rule("configmaps", "get", "list")]);
      const allowed = await kube.create(accessReview(h, "get", "configmaps"));
      const denied = await kube.create(accessReview(h, "delete", "configmaps"));
      expect(at(allowed["status"], "allowed")).toBe(true);
      expect(at(denied["status"], "allowed")).toBe(false);
      expect(at((await h.kube.create(accessReview(h, "delete", "configmaps")))["status"], "allowed")).toBe(true);
    });

    it("lists the rules of a namespace", async () => {
      const h = harness();
      const kube = await h.as([rule("configmaps", "get", "list")]);
      const review = {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectRulesReview",
        metadata: { name: "" },
        spec: { namespace: h.namespace },
      };
      const { status } = await kube.create(review);
      const rules = listOf(at(status, "resourceRules"));
      expect(rules).toContainEqual({ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"] });
    });

    it("says who is asking", async () => {
      const h = harness();
      const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview", metadata: { name: "" } };
      expect(at((await h.kube.create(review))["status"], "userInfo", "username")).toMatch(/./);
    });
  });
}
