/** check: levels of what is there, findings that come and go with what is broken, and what is said where rights are missing. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Answer, Result } from "../../src/checks/finding.ts";
import type { CheckReport } from "../../src/checks/report.ts";
import { makeLocation } from "../support/real/backups.ts";
import { makeClaimLocation } from "../support/real/claim-location.ts";
import { applyAll, kubectl } from "../support/real/cluster.ts";
import type { CommandOptions } from "../support/real/command.ts";
import { dbop, dbopEnds, install, verb, type Target } from "../support/real/dbop.ts";
import { inNamespace } from "../support/real/namespace.ts";
import { makeAccount } from "../support/real/service-account.ts";
import { installValkey } from "../support/real/valkey.ts";
import { valkeyVersions } from "../support/real/valkey-images.ts";
import { parseXml } from "../support/strict-xml.ts";

async function check(target: Target, options: CommandOptions = {}): Promise<CheckReport> {
  const { stdout, stderr } = await dbop(verb("check", target, "-o", "json"), options);
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as CheckReport;
}

const resultsOf = ({ checks }: CheckReport): Readonly<Record<string, Result>> =>
  Object.fromEntries(checks.map(({ id, result }) => [id, result]));

const answerOf = ({ checks }: CheckReport, id: string): Answer | undefined => checks.find((one) => one.id === id);

/** What is different between two reports. */
function changes(before: CheckReport, after: CheckReport): Readonly<Record<string, Result>> {
  const earlier = resultsOf(before);
  return Object.fromEntries(Object.entries(resultsOf(after)).filter(([id, result]) => earlier[id] !== result));
}

describe.concurrent("check", () => {
  it("of an etcd cluster changes with a backup, with what is broken, with what may be read, and with nothing else", async () => {
    await inNamespace("check", async (namespace) => {
      const target = { namespace, name: "demo" };
      await install(target, { flags: ["--cpu", "20m"] });
      const fresh = await check(target);
      expect(fresh).toMatchObject({ highestContiguousLevel: 2, subject: { engine: "etcd 3.6.16" } });
      expect(resultsOf(fresh)).toMatchObject({
        "L3.1": "fail",
        "L3.2": "fail",
        "L3.12": "pass",
        "L4.7": "pass",
        "L5.3": "fail",
      });

      const { location } = await makeClaimLocation(namespace);
      await makeLocation(namespace, "store", { pvc: { claimName: location.claimName } });
      await dbopEnds(0, verb("backup", target, "--to", "store"));
      const backedUp = await check(target);
      expect(changes(fresh, backedUp)).toEqual({ "L3.1": "pass", "L3.2": "pass" });

      await kubectl(["delete", "pdb", "demo", "-n", namespace]);
      const bare = await check(target);
      expect(changes(backedUp, bare)).toEqual({ "L1.4": "fail", "L2.3": "warn", "L3.4": "fail", "L3.9": "fail" });
      const finding = answerOf(bare, "L3.9");
      expect(finding).toMatchObject({
        evidence: [{ object: "statefulset.apps/demo", field: "PodDisruptionBudgets that select its pods", value: "0" }],
        fix: `kubectl dbop reconcile demo -n ${namespace}`,
      });
      // What it says is to be done makes it well again.
      await dbopEnds(0, (finding?.fix ?? "").split(" ").slice(2));
      expect(changes(backedUp, await check(target))).toEqual({});

      await expectFormats(target);
      await expectFewRequests(target);
      await expectUnknowns(target, backedUp);
    });
  });

  /** Gated as CI does. */
  async function expectFormats(target: Target): Promise<void> {
    await dbopEnds(0, verb("check", target, "--level", "1-2", "--fail-on=warn"));
    await dbopEnds(10, verb("check", target));
    await dbopEnds(11, verb("check", target, "--id", "L5.5", "--fail-on=warn"));
    const junit = await dbopEnds(10, verb("check", target, "-o", "junit"));
    expect(parseXml(junit.stdout).name).toBe("testsuites");
    const scorecard: unknown = JSON.parse((await dbopEnds(10, verb("check", target, "-o", "scorecard"))).stdout);
    expect(scorecard).toMatchObject({ apiVersion: "scorecard.operatorframework.io/v1alpha3", kind: "TestList" });
  }

  async function expectFewRequests(target: Target): Promise<void> {
    const { stderr } = await dbop(verb("check", target, "-v", "6"));
    const requests = stderr.split("\n").filter((line) => / milliseconds$/u.test(line));
    expect(requests.length).toBeGreaterThan(10);
    expect(requests.filter((line) => !line.startsWith("GET "))).toEqual([]);
    expect(requests.length).toBeLessThanOrEqual(25);
  }

  /** Somebody who may read the database, and nothing that belongs to it; then somebody with the rights that are printed. */
  async function expectUnknowns(target: Target, all: CheckReport): Promise<void> {
    const rule = { apiGroups: ["dbop.dev"], resources: ["databaseclusters"], verbs: ["get"] };
    const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", rules: [rule] };
    const { kubeconfig } = await makeAccount(target.namespace, "onlooker", role);
    const report = await check(target, { env: { KUBECONFIG: kubeconfig } });
    const changed = Object.entries(changes(all, report));
    expect(changed.filter(([, result]) => result !== "unknown")).toEqual([]);
    expect(changed.length).toBeGreaterThan(30);
    expect(answerOf(report, "L3.9")?.missing).toContain("list poddisruptionbudgets.policy");
    expect(answerOf(report, "L1.9")?.missing).toContain("kubectl dbop status demo");
  }

  it("of a Valkey cluster of one shard tells that it has no replica", async () => {
    await inNamespace("check", async (namespace) => {
      const target = { namespace, name: "demo" };
      const [, newer] = await valkeyVersions();
      await installValkey(target, { version: newer, shards: 1, replicas: 1 });
      const report = await check(target);
      expect(resultsOf(report)).toMatchObject({
        ...{ "L1.9": "pass", "L1.valkey.slots": "pass", "L1.valkey.agreement": "pass", "L3.valkey.replicas": "fail" },
        ...{ "L3.valkey.memory": "pass", "L3.valkey.full-coverage": "pass", "L4.1": "fail", "L2.3": "fail" },
      });
      expect(answerOf(report, "L3.valkey.replicas")).toMatchObject({
        fix: `kubectl dbop scale demo -n ${namespace} --replicas 2`,
      });
    });
  });

  it("of a custom resource of another kind reads what its StatefulSet says, and that nobody looks after it", async () => {
    const group = `check-${randomUUID().slice(0, 8)}.example.org`;
    const kind = `orders.${group}`;
    await applyAll([definitionOf(group)]);
    try {
      await inNamespace("check", async (namespace) => {
        await kubectl(["wait", "--for=condition=Established", `crd/${kind}`, "--timeout=60s"]);
        await applyAll([
          { apiVersion: `${group}/v1`, kind: "Order", metadata: { name: "orders", namespace }, spec: { replicas: 1 } },
        ]);
        const uid = await kubectl(["get", kind, "orders", "-n", namespace, "-o", "jsonpath={.metadata.uid}"]);
        await applyAll([setOf(group, { namespace, uid })]);
        const { stdout } = await dbopEnds(10, ["check", `${kind}/orders`, "-n", namespace, "-o", "json"]);
        const report = JSON.parse(stdout) as CheckReport;
        expect(report.manager).toEqual({ kind: "operator", claimedLevel: null, deployments: [] });
        expect(resultsOf(report)).toMatchObject({
          "L1.1": "pass",
          "L1.9": "fail",
          "L2.2": "fail",
          "L3.5": "pass",
          "L3.6": "fail",
          "L3.10": "fail",
        });
        expect(answerOf(report, "L3.6")?.evidence).toEqual([
          {
            object: "statefulset.apps/orders",
            field: "spec.template.spec.containers[server].livenessProbe",
            value: "<none>",
          },
        ]);
      });
    } finally {
      await kubectl(["delete", "crd", kind, "--wait=false"]);
    }
  });
});

function definitionOf(group: string): object {
  const spec = { type: "object", properties: { replicas: { type: "integer", minimum: 1, description: "How many." } } };
  const version = {
    name: "v1",
    served: true,
    storage: true,
    schema: { openAPIV3Schema: { type: "object", properties: { spec } } },
  };
  const names = { plural: "orders", singular: "order", kind: "Order" };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `orders.${group}` },
    spec: { group, scope: "Namespaced", names, versions: [version] },
  };
}

/** Its pods never start: Pod Security refuses them, and nobody needs them. */
function setOf(group: string, { namespace, uid }: { readonly namespace: string; readonly uid: string }): object {
  const labels = { app: "orders" };
  const owner = { apiVersion: `${group}/v1`, kind: "Order", name: "orders", uid };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "orders", namespace, ownerReferences: [owner] },
    spec: {
      replicas: 1,
      serviceName: "orders",
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "server", image: "server:1" }] } },
    },
  };
}
