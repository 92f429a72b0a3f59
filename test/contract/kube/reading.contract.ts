/** Lists, watches and plain paths. */
import { afterEach, describe, expect, it } from "vitest";
import type { Query, WatchEvent } from "../../../src/kube/kube-client.ts";
import { types } from "../../../src/kube/objects.ts";
import { at, listOf, textOf } from "../../support/fake-kube/json.ts";
import {
  configMap,
  eventually,
  fresh,
  mustGet,
  ref,
  refusal,
  remove,
  type Harness,
  type HarnessOf,
} from "./harness.ts";
import { namesOf } from "./workloads.ts";

export function readingContract(harness: HarnessOf): void {
  describe("list", () => {
    it("gives whole objects, sorted by name, with where a watch may go on", async () => {
      const h = harness();
      const group = fresh("list");
      for (const name of ["b", "a"])
        await h.kube.create(configMap(h, `${group}-${name}`, { x: name }, { labels: { group } }));
      const list = await h.kube.list(types.configMap, { namespace: h.namespace, labelSelector: `group=${group}` });
      expect(namesOf(list.items)).toEqual([`${group}-a`, `${group}-b`]);
      expect(list.items[0]).toEqual(await mustGet(h, ref(h, types.configMap, `${group}-a`)));
      expect(list.resourceVersion).toMatch(/^\d+$/);
    });

    it.each([
      ["tier=front", ["a"]],
      ["tier==front", ["a"]],
      ["tier!=front", ["b", "c"]],
      ["tier in (front, back)", ["a", "b"]],
      ["tier notin (front)", ["b", "c"]],
      ["tier", ["a", "b"]],
      ["!tier", ["c"]],
      ["tier=back,size=big", ["b"]],
      ["tier in (front,back),!size", ["a"]],
    ])("selects labels by %s", async (selector, expected) => {
      const h = harness();
      const group = fresh("labels");
      const labels: Record<string, Record<string, string>> = {
        a: { tier: "front" },
        b: { tier: "back", size: "big" },
        c: {},
      };
      for (const [name, more] of Object.entries(labels))
        await h.kube.create(configMap(h, `${group}-${name}`, {}, { labels: { group, ...more } }));
      const { items } = await h.kube.list(types.configMap, {
        namespace: h.namespace,
        labelSelector: `group=${group},${selector}`,
      });
      expect(namesOf(items)).toEqual(expected.map((name) => `${group}-${name}`));
    });

    it("selects one object by its name", async () => {
      const h = harness();
      const name = fresh("named");
      await h.kube.create(configMap(h, name));
      const query = { namespace: h.namespace, fieldSelector: `metadata.name=${name}` };
      expect(namesOf((await h.kube.list(types.configMap, query)).items)).toEqual([name]);
    });

    it("refuses selectors it cannot read", async () => {
      const h = harness();
      await refusal(h.kube.list(types.configMap, { namespace: h.namespace, fieldSelector: "data.a=1" }), "Invalid");
      await refusal(h.kube.list(types.configMap, { namespace: h.namespace, labelSelector: "a in b" }), "Invalid");
    });

    it("spans all namespaces when none is named", async () => {
      const h = harness();
      const { items } = await h.kube.list(types.namespace);
      expect(namesOf(items)).toContain(h.namespace);
      const name = fresh("everywhere");
      await h.kube.create(configMap(h, name));
      const found = await h.kube.list(types.configMap, { fieldSelector: `metadata.name=${name}` });
      expect(namesOf(found.items)).toEqual([name]);
    });
  });

  describe("watch", () => {
    const stops: AbortController[] = [];
    afterEach(() => {
      for (const stop of stops.splice(0)) stop.abort();
    });

    const told = (
      h: Harness,
      query: Query,
    ): { readonly lines: string[]; readonly stop: AbortController; readonly done: Promise<void> } => {
      const lines: string[] = [];
      const stop = new AbortController();
      stops.push(stop);
      const onEvent = (event: WatchEvent): void => {
        lines.push(event.type === "RESYNC" ? "RESYNC" : `${event.type} ${textOf(at(event.object["data"], "a")) ?? ""}`);
      };
      return {
        lines,
        stop,
        done: h.kube.watch(types.configMap, { namespace: h.namespace, ...query }, onEvent, stop.signal),
      };
    };
    const seen = (h: Harness, lines: readonly string[], expected: readonly string[]): Promise<void> =>
      eventually(h, () => {
        expect(lines).toEqual(expected);
      });

    it("tells existing objects first, then each change in order", async () => {
      const h = harness();
      const name = fresh("watched");
      const created = await h.kube.create(configMap(h, name, { a: "1" }));
      const watch = told(h, { fieldSelector: `metadata.name=${name}` });
      await seen(h, watch.lines, ["ADDED 1"]);
      const second = await h.kube.update({ ...created, data: { a: "2" } });
      await h.kube.update({ ...second, data: { a: "3" } });
      await remove(h, ref(h, types.configMap, name));
      await h.kube.create(configMap(h, name, { a: "4" }));
      await seen(h, watch.lines, ["ADDED 1", "MODIFIED 2", "MODIFIED 3", "DELETED 3", "ADDED 4"]);
    });

    it("tells an object that stops matching as DELETED, and one that begins to match as ADDED", async () => {
      const h = harness();
      const group = fresh("group");
      const created = await h.kube.create(configMap(h, fresh("moving"), { a: "1" }, { labels: { group } }));
      const watch = told(h, { labelSelector: `group=${group}` });
      await seen(h, watch.lines, ["ADDED 1"]);
      const { labels, ...rest } = created.metadata;
      const out = await h.kube.update({ ...created, metadata: rest, data: { a: "2" } });
      await h.kube.update({ ...out, metadata: { ...out.metadata, ...(labels && { labels }) }, data: { a: "3" } });
      await seen(h, watch.lines, ["ADDED 1", "DELETED 1", "ADDED 3"]);
    });

    it("resolves when it is aborted and tells nothing more", async () => {
      const h = harness();
      const name = fresh("aborted");
      const watch = told(h, { fieldSelector: `metadata.name=${name}` });
      await h.sleep(200);
      watch.stop.abort();
      await watch.done;
      await h.kube.create(configMap(h, name));
      await h.sleep(200);
      expect(watch.lines).toEqual([]);
    });

    it("ends with what the receiver throws", async () => {
      const h = harness();
      const name = fresh("thrown");
      await h.kube.create(configMap(h, name));
      const stop = new AbortController();
      stops.push(stop);
      const watch = h.kube.watch(
        types.configMap,
        { namespace: h.namespace },
        () => {
          throw new Error("enough");
        },
        stop.signal,
      );
      await expect(watch).rejects.toThrow("enough");
    });

    it("refuses a type that is not served", async () => {
      const h = harness();
      const nothing = { apiVersion: "contract.dbop.dev/v1", kind: "Nothing", plural: "nothings", namespaced: true };
      await refusal(
        h.kube.watch(nothing, { namespace: h.namespace }, () => undefined, new AbortController().signal),
        "NotFound",
      );
    });
  });

  describe("raw", () => {
    it("gives the version, groups and health, and undefined where there is nothing", async () => {
      const h = harness();
      expect(at(await h.kube.raw("/version"), "gitVersion")).toMatch(/^v1\.\d+/);
      expect(listOf(at(await h.kube.raw("/apis/apps"), "versions")).map((one) => at(one, "version"))).toContain("v1");
      expect(listOf(at(await h.kube.raw("/apis/apps/v1"), "resources")).map((one) => at(one, "name"))).toContain(
        "statefulsets",
      );
      expect(await h.kube.raw("/apis/contract.dbop.dev")).toBeUndefined();
      expect(await h.kube.raw("/readyz")).toBe("ok");
    });
  });
}
