/** Backups by schedule: a CronJob takes them as a person would, with no more rights than that takes. */
import { parseAllDocuments } from "yaml";
import { describe, expect, it } from "vitest";
import { cronProblem } from "../../src/api/cron.ts";
import { field, listField, textField } from "../../src/kube/fields.ts";
import { types } from "../../src/kube/objects.ts";
import { cronTable } from "../support/cron-table.ts";
import { poll } from "../cluster/poll.ts";
import { backup, left, makeLocation, namesOf } from "../support/real/backups.ts";
import { makeClaimLocation } from "../support/real/claim-location.ts";
import { admin, kubectl } from "../support/real/cluster.ts";
import { loseClaim } from "../support/real/damage.ts";
import { history } from "../support/real/database.ts";
import { dbopEnds, install, verb, type Target } from "../support/real/dbop.ts";
import { expectMembers, putAll, readAll, someData } from "../support/real/etcd.ts";
import { inNamespace } from "../support/real/namespace.ts";
import { loadProductImage } from "../support/real/product-image.ts";
import { makeAccount } from "../support/real/service-account.ts";

function manifest({ namespace, name }: Target, image: string): string {
  const spec = {
    engine: "etcd",
    version: "3.6.16",
    replicas: 1,
    storage: { size: "64Mi" },
    backup: { schedule: "* * * * *", locationName: "near", keep: 1, image },
  };
  return JSON.stringify({
    apiVersion: "dbop.dev/v1alpha1",
    kind: "DatabaseCluster",
    metadata: { name, namespace },
    spec,
  });
}

/** Of everything that `--print-rbac` prints for an install: a second Role is for what schedules backups. */
async function wholeRole(): Promise<object> {
  const { stdout } = await dbopEnds(0, ["install", "--print-rbac"]);
  const roles = parseAllDocuments(stdout).map((document) => document.toJS() as unknown);
  expect(roles.map((role) => textField(field(role, "metadata"), "name"))).toEqual(["dbop-install", "dbop-scheduling"]);
  const rules = roles.flatMap((role) => listField(role, "rules"));
  return { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", rules };
}

/** Who did what was done last. */
async function lastActor(target: Target): Promise<string> {
  const { kube } = await admin();
  const database = await kube.get({ type: types.databaseCluster, ...target });
  return textField(listField(database?.["status"], "history")[0], "actor");
}

const scheduleKinds = ["cronjobs", "serviceaccounts", "roles", "rolebindings"];

/** Those of the schedule that are there. */
async function scheduleObjects({ namespace, name }: Target, errand = "backup"): Promise<readonly string[]> {
  const found = await kubectl(["get", scheduleKinds.join(), "-n", namespace, "-o", "name", "--ignore-not-found"]);
  return found.split("\n").filter((line) => line.endsWith(`/${name}-${errand}`));
}

describe.concurrent("a schedule", () => {
  it("takes backups by itself, keeps as many as asked, and goes when it is taken out of the spec", async ({ skip }) => {
    const image = await loadProductImage();
    if (image === undefined) return skip("this cluster is not ours to give images to");
    await inNamespace("schedule", async (namespace) => {
      const target = { namespace, name: "demo" };
      const [{ location, disk }, owner] = await Promise.all([
        makeClaimLocation(namespace),
        makeAccount(namespace, "owner", await wholeRole()),
      ]);
      await makeLocation(namespace, "near", { pvc: { claimName: location.claimName } });
      const asOwner = { env: { KUBECONFIG: owner.kubeconfig } };
      await dbopEnds(0, ["install", "-f", "-", "-n", namespace], { ...asOwner, stdin: manifest(target, image) });
      await putAll(target, someData);
      const taken = await poll(
        { what: "two backups were taken and the first is gone", timeoutMs: 240_000 },
        async () => {
          const names = await namesOf("databaseBackup", namespace);
          const done = (await history(target)).filter(
            (entry) => entry.verb === "backup" && entry.result === "Converged",
          );
          return done.length > 1 && names.length === 1 ? names : undefined;
        },
      );
      const good = await backup(target, taken[0] ?? "");
      expect(good).toMatchObject({ outcome: "succeeded", verified: { grade: "structural" } });
      expect((await left(disk, good)).files).toEqual(["data/db", "manifest.json"]);
      expect(await lastActor(target)).toContain(`system:serviceaccount:${namespace}:demo-backup`);

      expect(await scheduleObjects(target)).toHaveLength(scheduleKinds.length);
      const removal = JSON.stringify([{ op: "remove", path: "/spec/backup" }]);
      await kubectl(["patch", "dbc", "demo", "-n", namespace, "--type=json", "--patch", removal]);
      await dbopEnds(0, verb("reconcile", target), asOwner);
      expect(await scheduleObjects(target)).toEqual([]);
      const { kube } = await admin();
      const database = await kube.get({ type: types.databaseCluster, ...target });
      const conditions = listField(database?.["status"], "conditions");
      expect(conditions.map((one) => textField(one, "type"))).toEqual(["Ready"]);
    });
  });

  it("of passes heals a lost member without anybody typing, and goes when it is off", async ({ skip }) => {
    const image = await loadProductImage();
    if (image === undefined) return skip("this cluster is not ours to give images to");
    await inNamespace("passes", async (namespace) => {
      const target = { namespace, name: "demo" };
      await install(target);
      await putAll(target, someData);
      await dbopEnds(0, verb("schedule", target, "--every", "1m", "--image", image));
      await loseClaim(target, 1);
      const healed = await poll({ what: "a pass has healed it", timeoutMs: 300_000 }, async () => {
        const [newest] = await history(target);
        return newest?.verb === "reconcile" && newest.result === "Converged" ? await lastActor(target) : undefined;
      });
      expect(healed).toContain(`system:serviceaccount:${namespace}:demo-reconcile`);
      await expectMembers(target, 3);
      expect(await readAll(target, "data/")).toEqual(someData);
      const { kube } = await admin();
      await poll({ what: "the CronJob tells of a success", timeoutMs: 180_000 }, async () => {
        const cronJob = await kube.get({ type: types.cronJob, namespace, name: "demo-reconcile" });
        return textField(cronJob?.["status"], "lastSuccessfulTime") === "" ? undefined : true;
      });
      await dbopEnds(0, verb("schedule", target, "--off"));
      expect(await scheduleObjects(target, "reconcile")).toEqual([]);
    });
  });

  it("is refused exactly when the API server would refuse it in a CronJob", async () => {
    await inNamespace("cron", async (namespace) => {
      const { kube } = await admin();
      const container = { name: "none", image: "none" };
      const template = { spec: { restartPolicy: "Never", containers: [container] } };
      for (const [schedule, taken] of cronTable) {
        const spec = { schedule, jobTemplate: { spec: { template } } };
        const cronJob = { apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "x", namespace }, spec };
        const answer = await kube.create(cronJob, { dryRun: true }).then(
          () => true,
          () => false,
        );
        expect(answer, schedule).toBe(taken);
        expect(cronProblem(schedule) === undefined, schedule).toBe(taken);
      }
    });
  });
});
