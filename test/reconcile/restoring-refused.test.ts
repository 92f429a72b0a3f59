import { expect, it } from "vitest";
import { etcd } from "../../src/engines/etcd/index.ts";
import { readDatabase } from "../../src/reconcile/database.ts";
import { restoringInPlace } from "../../src/reconcile/restoring/in-place.ts";
import { aPlace } from "../support/etcd-model/whole-runs.ts";

const wish = { locationName: "near", path: "demo/one", bumpRevision: true, lastBackup: true, again: false };

it("is refused in place by an engine whose data never gives way, and the way that there is is told", async () => {
  const { backup, ...rest } = etcd;
  if (backup === undefined) throw new Error("etcd is backed up");
  const { inPlace: _, ...beside } = backup;
  const object = {
    ...{ apiVersion: "dbop.dev/v1alpha1", kind: "DatabaseCluster", metadata: { name: "demo", namespace: "shop" } },
    spec: { engine: "etcd", version: "3.6.16", replicas: 3, storage: { size: "1Gi" } },
  };
  const plan = await restoringInPlace(wish).on({ ...rest, backup: beside }, async (engine) => {
    const spec = engine.parseSpec(readDatabase(object).cluster);
    if (!spec.ok) throw new Error("a good spec");
    const now = new Date(0);
    const seen = await engine.observe(aPlace().fake.as("me"), spec.value, now);
    const consents = new Set<never>();
    return engine.plan({ spec: spec.value, seen, now, consents, verb: "restore-in-place", begun: false });
  });
  expect(plan).toMatchObject({
    outcome: "blocked",
    by: [{ guard: "restore-beside", lift: "kubectl dbop restore NEW --from-location near --path demo/one" }],
  });
});
