/** `check` over a whole cluster in memory: what it reads, how often, and what it says of what it may not read. */
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import type { Answer, Result } from "../../src/checks/finding.ts";
import type { CheckReport } from "../../src/checks/report.ts";
import { verbs } from "../../src/cli/verbs.ts";
import { listField } from "../../src/kube/fields.ts";
import { types, type KubeObject } from "../../src/kube/objects.ts";
import { describeRight } from "../../src/reconcile/access.ts";
import { checkAll, checkForeign } from "../../src/reconcile/checking/check.ts";
import { runCli } from "../support/cli.ts";
import { aPlace, demo, installing, run, type Place } from "../support/etcd-model/whole-runs.ts";
import type { FakeClient } from "../support/fake-kube/fake-client.ts";
import type { RbacRule } from "../support/fake-kube/rbac.ts";

async function installed(): Promise<Place> {
  const place = aPlace();
  await run(place, place.fake.as("earlier"), installing(3));
  place.fake.onRaw((path) => (path.endsWith(":2381/proxy/metrics") ? scrape : undefined));
  return place;
}

const scrape =
  "# TYPE etcd_server_proposals_committed_total gauge\n# TYPE etcd_server_proposals_failed_total counter\n# TYPE etcd_disk_wal_fsync_duration_seconds histogram\n";

async function check({ fake }: Place, kube: FakeClient): Promise<CheckReport> {
  const object = fake.peek(demo);
  const [report] = await checkAll(kube, fake.clock, object === undefined ? [] : [object]);
  if (report === undefined) throw new Error("there is a database");
  return report;
}

const answerOf = ({ checks }: CheckReport, id: string): Answer | undefined => checks.find((answer) => answer.id === id);
const resultsOf = ({ checks }: CheckReport): Readonly<Record<string, Result>> =>
  Object.fromEntries(checks.map(({ id, result }) => [id, result]));

/** What is different between two reports. */
function changes(before: CheckReport, after: CheckReport): Readonly<Record<string, Result>> {
  const earlier = resultsOf(before);
  return Object.fromEntries(Object.entries(resultsOf(after)).filter(([id, result]) => earlier[id] !== result));
}

describe("check", () => {
  it("demonstrates the first two levels of a new cluster, and knows what is missing from the others", async () => {
    const place = await installed();
    const report = await check(place, place.fake.as("reader"));
    expect(report).toMatchObject({
      highestContiguousLevel: 2,
      manager: { kind: "kubectl-dbop", lastPass: { verb: "install", result: "Converged" } },
    });
    expect(resultsOf(report)).toMatchObject({
      "L3.1": "fail",
      "L4.7": "pass",
      "L4.2": "unknown",
      "L5.3": "fail",
      "L1.etcd.alarms": "pass",
    });
    expect(answerOf(report, "L4.2")?.missing).toContain("PrometheusRule");
  });

  it("changes nothing, asks at most 25 questions, and executes at most once in each member and for the whole", async () => {
    const place = await installed();
    const before = place.fake.calls.length;
    await check(place, place.fake.as("reader"));
    const calls = place.fake.calls.slice(before);
    expect(calls.filter(({ verb }) => !["get", "list", "raw", "exec"].includes(verb))).toEqual([]);
    expect(calls.length).toBeLessThanOrEqual(25);
    expect(calls.filter(({ verb }) => verb === "exec").length).toBeLessThanOrEqual(3);
    const same = calls.map((call) => JSON.stringify([call.verb, call.kind, call.name]));
    expect(same.filter((call, index) => call.includes("get") && same.indexOf(call) !== index)).toEqual([]);
  });

  it("sees a budget that was deleted, by what depends on it and nothing else", async () => {
    const place = await installed();
    const before = await check(place, place.fake.as("reader"));
    const type = types.podDisruptionBudget;
    const budget = place.fake.peek({ ...demo, type });
    if (budget !== undefined) place.fake.remove(type, budget);
    const after = await check(place, place.fake.as("reader"));
    expect(changes(before, after)).toEqual({ "L1.4": "fail", "L2.3": "warn", "L3.4": "fail", "L3.9": "fail" });
    expect(answerOf(after, "L3.9")).toMatchObject({
      evidence: [{ object: "statefulset.apps/demo", field: "PodDisruptionBudgets that select its pods", value: "0" }],
      fix: "kubectl dbop reconcile demo -n shop",
    });
  });

  it("reads what several databases share once, and gives them in their order", async () => {
    const place = await installed();
    const object = place.fake.peek(demo);
    if (object === undefined) throw new Error("there is a database");
    const others = ["a", "b", "c", "d", "e", "f"].map((name): KubeObject => ({
      ...object,
      metadata: { ...object.metadata, name, uid: name },
    }));
    const before = place.fake.calls.length;
    const reports = await checkAll(place.fake.as("reader"), place.fake.clock, [object, ...others]);
    expect(reports.map(({ metadata }) => metadata.name)).toEqual(["demo", "a", "b", "c", "d", "e", "f"]);
    const calls = place.fake.calls.slice(before);
    expect(calls.filter(({ verb, kind }) => verb === "get" && kind === "CustomResourceDefinition")).toHaveLength(1);
    expect(calls.filter(({ name }) => name === "/apis")).toHaveLength(1);
  });
});

describe("the rights of check", () => {
  async function printed(): Promise<readonly RbacRule[]> {
    const { stdout } = await runCli("check demo -n shop --print-rbac", { verbs });
    const texts = (rule: unknown, name: string): readonly string[] => listField(rule, name).map(String);
    const roles: readonly unknown[] = parseAllDocuments(stdout).map((document) => document.toJS() as unknown);
    return roles.flatMap((role) =>
      listField(role, "rules").flatMap((rule) =>
        texts(rule, "resources").flatMap((resource) =>
          texts(rule, "verbs").map((verb) => ({
            apiGroups: texts(rule, "apiGroups"),
            resources: [resource],
            verbs: [verb],
          })),
        ),
      ),
    );
  }

  const nameOf = ({ apiGroups: [apiGroup = ""], resources: [resource = ""], verbs: [verb = ""] }: RbacRule): string =>
    describeRight({ apiGroup, resource, verb });

  it("suffice", async () => {
    const place = await installed();
    const all = await check(place, place.fake.as("anybody"));
    const few = await check(place, place.fake.as("reader", await printed()));
    expect(resultsOf(few)).toEqual(resultsOf(all));
  });

  it("missing, any of them, make unknowns that say so, and never a failure or an end", async () => {
    const place = await installed();
    const rights = await printed();
    const all = resultsOf(await check(place, place.fake.as("anybody")));
    const used = [
      "list statefulsets.apps",
      "list pods",
      "list persistentvolumeclaims",
      "list poddisruptionbudgets.policy",
      "list cronjobs.batch",
      "list events.events.k8s.io",
      "list horizontalpodautoscalers.autoscaling",
      "list databasebackups.dbop.dev",
      "get customresourcedefinitions.apiextensions.k8s.io",
      "get storageclasses.storage.k8s.io",
    ];
    for (const missing of used) {
      const report = await check(
        place,
        place.fake.as(
          "starved",
          rights.filter((right) => nameOf(right) !== missing),
        ),
      );
      const changed = report.checks.filter(({ id, result }) => all[id] !== result);
      expect(
        changed.map(({ result }) => result),
        missing,
      ).toContain("unknown");
      expect(
        changed.filter(({ result }) => result !== "unknown").map(({ id }) => id),
        missing,
      ).toEqual([]);
      expect(changed.map((answer) => answer.missing).join(" "), missing).toMatch(
        new RegExp(missing === "list pods" ? "pods" : missing, "u"),
      );
    }
  });

  it("none at all: everything that needs one is unknown", async () => {
    const place = await installed();
    const { checks } = await check(place, place.fake.as("nobody", []));
    expect(checks.filter(({ result }) => result === "unknown").length).toBeGreaterThan(35);
    expect(checks.filter(({ result, missing = "" }) => result === "unknown" && missing === "")).toEqual([]);
  });

  it("to read the database itself are needed: without them it ends with 7", async () => {
    const place = await installed();
    const kube = place.fake.as("nobody", []);
    const { code } = await runCli("check demo -n shop", {
      verbs,
      connect: () => Promise.resolve({ kube, contextName: "test", namespace: "shop", warnings: () => 0 }),
    });
    expect(code).toBe(7);
  });
});

const definition: KubeObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "orders.example.org" },
  spec: {
    group: "example.org",
    scope: "Namespaced",
    names: { plural: "orders", singular: "order", kind: "Order" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: { replicas: { type: "integer", minimum: 1, description: "how many" } },
              },
            },
          },
        },
      },
    ],
  },
};

describe("check KIND/NAME", () => {
  async function aForeigner(): Promise<Place> {
    const place = aPlace();
    await place.fake.create(definition);
    await place.fake.create({
      apiVersion: "example.org/v1",
      kind: "Order",
      metadata: { name: "orders", namespace: "shop" },
      spec: { replicas: 1 },
    });
    return place;
  }

  const look = ({ fake }: Place, kind: string, name = "orders"): Promise<CheckReport> =>
    checkForeign(fake.as("reader"), fake.clock, { kind, namespace: "shop", name });

  it.each(["Order", "orders", "order.example.org", "orders.example.org"])("finds the kind by %s", async (kind) => {
    expect(await look(await aForeigner(), kind)).toMatchObject({
      metadata: { name: "orders" },
      manager: { kind: "operator", deployments: [] },
    });
  });

  it("grades what nobody runs as that", async () => {
    const report = await look(await aForeigner(), "order");
    expect(report.highestContiguousLevel).toBe(0);
    expect(resultsOf(report)).toMatchObject({
      "L1.9": "fail",
      "L2.2": "fail",
      "L3.5": "pass",
      "L3.6": "unknown",
      "L1.3": "fail",
    });
  });

  it("sees the StatefulSet that it owns", async () => {
    const place = await aForeigner();
    const owner = await place.fake.get({
      type: { apiVersion: "example.org/v1", kind: "Order", plural: "orders", namespaced: true },
      namespace: "shop",
      name: "orders",
    });
    const labels = { app: "orders" };
    await place.fake.create({
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: {
        name: "orders",
        namespace: "shop",
        ownerReferences: [
          { apiVersion: "example.org/v1", kind: "Order", name: "orders", uid: owner?.metadata.uid ?? "" },
        ],
      },
      spec: {
        replicas: 1,
        serviceName: "orders",
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: "server", image: "server:1" }] } },
      },
    });
    place.fake.settle();
    const report = await look(place, "order");
    expect(answerOf(report, "L3.6")).toMatchObject({
      result: "fail",
      evidence: [
        {
          object: "statefulset.apps/orders",
          field: "spec.template.spec.containers[server].livenessProbe",
          value: "<none>",
        },
      ],
    });
  });

  it("says what there is not", async () => {
    const place = await aForeigner();
    await expect(look(place, "StatefulSet")).rejects.toMatchObject({ reason: "NotFound" });
    await expect(look(place, "order", "other")).rejects.toMatchObject({ reason: "NotFound" });
  });
});
