/** What any pass mends: pods, objects, certificates, space, quorum — and what it leaves alone because only a person can decide. */
import { describe, expect, it } from "vitest";
import { field, textField } from "../../src/kube/fields.ts";
import { types } from "../../src/kube/objects.ts";
import { daysLeft, inspectCertificate } from "../../src/resources/tls/inspect.ts";
import { issueCertificate } from "../../src/resources/tls/issue.ts";
import { poll } from "../cluster/poll.ts";
import { admin, applyAll, kubectl } from "../support/real/cluster.ts";
import { loseClaim, losePod, remove } from "../support/real/damage.ts";
import { database } from "../support/real/database.ts";
import { dbop, dbopEnds, install, verb, type Target } from "../support/real/dbop.ts";
import { askEtcd, etcdctl, expectMembers, putAll, readAll, someData } from "../support/real/etcd.ts";
import { inNamespace } from "../support/real/namespace.ts";
import { shapeOf } from "../support/real/shape.ts";
import { versionsIn } from "../support/real/untouched.ts";

async function expectData(target: Target, count: number): Promise<void> {
  for (let ordinal = 0; ordinal < count; ordinal += 1)
    expect(await readAll(target, "data/", { ordinal })).toEqual(someData);
}

/** A text in a Secret. */
async function secretText({ namespace }: Target, name: string, key: string): Promise<string> {
  const { kube } = await admin();
  const secret = await kube.get({ type: types.secret, namespace, name });
  return Buffer.from(textField(field(secret, "data"), key), "base64").toString("utf8");
}

/** Puts a client certificate into place that ends tomorrow, of the cluster's own authority. */
async function ageCertificate(target: Target): Promise<void> {
  const authority = {
    cert: await secretText(target, "demo-ca", "client-ca.crt"),
    key: await secretText(target, "demo-ca", "client-ca.key"),
  };
  const begun = new Date(Date.now() - 20 * 86_400_000);
  const old = await issueCertificate({
    authority,
    commonName: "demo-client",
    dnsNames: [],
    ipAddresses: [],
    usages: ["client"],
    now: begun,
    days: 21,
  });
  const data = { "tls.crt": base64(old.cert), "tls.key": base64(old.key) };
  const patch = JSON.stringify({ data });
  await kubectl(["patch", "secret", "demo-client-tls", "-n", target.namespace, "--type=merge", "-p", patch]);
}

const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");

async function pause(target: Target, paused: boolean): Promise<void> {
  await kubectl([
    "patch",
    "dbc",
    target.name,
    "-n",
    target.namespace,
    "--type=merge",
    "-p",
    JSON.stringify({ spec: { paused } }),
  ]);
}

/** Without the DatabaseCluster, whose status says why nothing was done. */
async function versionsOfChildren(namespace: string): Promise<readonly string[]> {
  return (await versionsIn(namespace)).filter((line) => !line.startsWith("DatabaseCluster "));
}

describe.concurrent("reconcile", () => {
  it("brings back what was deleted, renews what runs out, and only reads while paused", async () => {
    await inNamespace("mend", async (namespace) => {
      const target = { namespace, name: "demo" };
      await install(target);
      await putAll(target, someData);
      const whole = await shapeOf(target);
      const before = await expectMembers(target, 3);

      await losePod(target, 1);
      await dbopEnds(0, verb("reconcile", target));
      expect(await expectMembers(target, 3)).toEqual(before);

      for (const type of [types.podDisruptionBudget, types.service, types.statefulSet])
        await remove(type, namespace, "demo");
      await remove(types.service, namespace, "demo-members");
      await remove(types.configMap, namespace, "demo-config");
      await dbopEnds(0, verb("reconcile", target));
      expect(await shapeOf(target)).toEqual(whole);
      expect(await expectMembers(target, 3)).toEqual(before);
      await expectData(target, 3);

      await ageCertificate(target);
      const left = async (): Promise<number> =>
        daysLeft(inspectCertificate(await secretText(target, "demo-client-tls", "tls.crt")).notAfter, new Date());
      expect(await left()).toBeLessThan(2);
      const { stderr } = await dbopEnds(0, verb("reconcile", target));
      expect(stderr).toContain("Renew certificates: client");
      expect(await left()).toBeGreaterThan(300);

      await pause(target, true);
      await remove(types.podDisruptionBudget, namespace, "demo");
      const paused = await versionsOfChildren(namespace);
      expect((await dbopEnds(8, verb("reconcile", target))).stderr).toMatch(/paused/u);
      expect(await versionsOfChildren(namespace)).toEqual(paused);
      await pause(target, false);
      await dbopEnds(0, verb("reconcile", target));
      expect((await dbopEnds(3, verb("reconcile", target, "--error-unchanged"))).stdout).toContain("unchanged");
    });
  });

  it("makes room in a full database and keeps what is in it", async () => {
    await inNamespace("space", async (namespace) => {
      const target = { namespace, name: "demo" };
      await install(target, { flags: ["--set", "quota-backend-bytes=16777216"] });
      await putAll(target, someData);
      const value = "x".repeat(1024 * 1024);
      await poll({ what: "the database is full", timeoutMs: 180_000, everyMs: 1 }, async () => {
        const result = await askEtcd(target, ["put", "fill"], { stdin: value });
        return result.stderr.includes("database space exceeded") ? true : undefined;
      });
      expect(await etcdctl(target, ["alarm", "list"])).toContain("NOSPACE");
      expect((await dbop(verb("status", target))).stdout).toContain("NOSPACE");

      const { stderr } = await dbopEnds(0, verb("reconcile", target));
      const steps = [...stderr.matchAll(/^\[\d+\/\d+\] (Compact|Defragment|Disarm)[^:]*: done/gmu)].map(
        ([, step]) => step,
      );
      expect(steps).toEqual(["Compact", "Defragment", "Defragment", "Defragment", "Disarm"]);
      expect(await etcdctl(target, ["alarm", "list"])).toBe("");
      await etcdctl(target, ["put", "after", "room"]);
      await expectData(target, 3);
      expect((await readAll(target, "fill")).get("fill")).toBe(value);
    });
  });

  it("waits for a lost quorum without touching the membership, and says so when all data is lost", async () => {
    await inNamespace("quorum", async (namespace) => {
      const target = { namespace, name: "demo" };
      await install(target);
      await putAll(target, someData);
      const before = await expectMembers(target, 3);
      // Keeps pods away without touching a node that others use.
      await applyAll([
        {
          apiVersion: "v1",
          kind: "ResourceQuota",
          metadata: { name: "few", namespace },
          spec: { hard: { pods: "1" } },
        },
      ]);
      await losePod(target, 0);
      await losePod(target, 2);
      const late = await dbopEnds(4, verb("reconcile", target, "--timeout", "5s"));
      expect(late.stderr).toMatch(/timed out waiting until .*\n.*kubectl dbop reconcile demo/u);
      await kubectl(["delete", "resourcequota", "few", "-n", namespace]);
      // Its controller has backed off meanwhile: any change makes it look again.
      await kubectl(["annotate", "statefulset", "demo", "-n", namespace, "dbop.dev/test=look-again"]);
      await dbopEnds(0, verb("reconcile", target));
      expect(await expectMembers(target, 3)).toEqual(before);
      await expectData(target, 3);

      for (const ordinal of [0, 1, 2]) await remove(types.claim, namespace, `data-demo-${String(ordinal)}`);
      await Promise.all([0, 1, 2].map((ordinal) => loseClaim(target, ordinal)));
      const lost = await dbopEnds(8, verb("reconcile", target));
      expect(lost.stderr).toContain("data-lost");
      // A pod may come up; the configuration lets none form a cluster.
      const { kube } = await admin();
      const claims = await kube.list(types.claim, { namespace });
      expect(claims.items.filter(({ metadata }) => metadata.annotations?.["dbop.dev/member-id"] !== undefined)).toEqual(
        [],
      );
      expect((await dbopEnds(8, verb("reconcile", target))).stderr).toContain("data-lost");
      expect(JSON.stringify(field((await database(target))["status"], "conditions"))).toContain('"status":"False"');
    });
  });
});
