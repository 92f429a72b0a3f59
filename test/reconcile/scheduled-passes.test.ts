import { describe, expect, it } from "vitest";
import { verbs } from "../../src/cli/verbs.ts";
import { field, fieldsOf, listField, textField } from "../../src/kube/fields.ts";
import { types, type ResourceType } from "../../src/kube/objects.ts";
import { runCli, type CliRun } from "../support/cli.ts";
import { aPlace, demo, installing, reconciling, run, type Place } from "../support/etcd-model/whole-runs.ts";

const image = "registry.example.com/kubectl-dbop:0.1.0";
const kinds = [types.serviceAccount, types.role, types.roleBinding, types.cronJob] as const;

function cli(place: Place, line: string): Promise<CliRun> {
  const kube = place.fake.as("somebody");
  return runCli(`${line} -n shop`, {
    verbs,
    connect: () => Promise.resolve({ kube, contextName: "test", namespace: "shop", warnings: () => 0 }),
  });
}

async function installed(): Promise<Place> {
  const place = aPlace();
  await run(place, place.fake.as("first"), installing(3));
  return place;
}

function made({ fake }: Place): readonly string[] {
  return kinds.flatMap((type) => fake.all(type, "shop").map(({ metadata }) => `${type.kind} ${metadata.name}`));
}

function specOf({ fake }: Place, type: ResourceType): unknown {
  return fake.peek({ type, namespace: "shop", name: "demo-reconcile" })?.["spec"];
}

function said({ fake }: Place): string | undefined {
  const conditions = listField(fake.peek(demo)?.["status"], "conditions");
  const one = conditions.find((condition) => textField(condition, "type") === "ReconcileScheduled");
  return one === undefined
    ? undefined
    : `${textField(one, "status")} ${textField(one, "reason")}: ${textField(one, "message")}`;
}

describe("passes by schedule", () => {
  it("are a CronJob that runs reconcile as a person would, and are there no more when they are off", async () => {
    const place = await installed();
    const on = await cli(place, `schedule demo --every 5m --image ${image}`);
    expect([on.code, on.stderr]).toEqual([0, expect.stringContaining("Schedule passes at */5 * * * * (Etc/UTC)")]);
    expect(made(place)).toEqual(kinds.map(({ kind }) => `${kind} demo-reconcile`));
    expect(said(place)).toBe("True Scheduled: */5 * * * * (Etc/UTC)");
    const spec = specOf(place, types.cronJob);
    const template = field(field(field(field(spec, "jobTemplate"), "spec"), "template"), "spec");
    expect(spec).toMatchObject({ schedule: "*/5 * * * *", concurrencyPolicy: "Forbid" });
    expect(template).toMatchObject({
      serviceAccountName: "demo-reconcile",
      containers: [
        {
          image,
          args: ["reconcile", "demo", "--namespace=shop", "--timeout=1h", "--lock-timeout=1h", "--yes", "--no-input"],
        },
      ],
    });
    expect((await cli(place, "schedule demo --every 5m")).stdout).toContain("unchanged");

    expect((await cli(place, "schedule demo --off")).code).toBe(0);
    expect([made(place), said(place)]).toEqual([[], undefined]);
    expect((await cli(place, "schedule demo --off")).stdout).toContain("unchanged");
  });

  it("find their own account sufficient: nothing is forbidden to it when it heals a lost member", async () => {
    const place = await installed();
    await cli(place, `schedule demo --every 5m --image ${image}`);
    const rules = listField(place.fake.peek({ type: types.role, namespace: "shop", name: "demo-reconcile" }), "rules");
    const role = rules.map((rule) => ({
      apiGroups: listField(rule, "apiGroups").map(String),
      resources: listField(rule, "resources").map(String),
      verbs: listField(rule, "verbs").map(String),
      namespace: "shop",
    }));
    place.model.loseDisk(1);
    const kube = place.fake.as("system:serviceaccount:shop:demo-reconcile", role);
    expect(await run(place, kube, reconciling())).toMatchObject({ outcome: "Converged", changed: true });
    expect(place.model.etcd.voters).toHaveLength(3);
  });

  it("are not taken from whoever has them in a spec of their own", async () => {
    const place = await installed();
    await place.fake.apply(
      {
        apiVersion: "dbop.dev/v1alpha1",
        kind: "DatabaseCluster",
        metadata: { name: "demo", namespace: "shop" },
        spec: { reconcile: { schedule: "@hourly", image } },
      },
      { fieldManager: "gitops" },
    );
    const { code, stderr } = await cli(place, "schedule demo --off");
    expect([code, stderr]).toEqual([8, expect.stringContaining("spec.reconcile of demo is gitops's")]);
  });

  it("need an image that is named once", async () => {
    const place = await installed();
    const { code, stderr } = await cli(place, "schedule demo --every 5m");
    expect([code, stderr]).toEqual([2, expect.stringContaining("--image is needed")]);
    place.fake.edit(demo, (draft) => {
      const backup = { schedule: "@daily", locationName: "store", image };
      draft["spec"] = { ...fieldsOf(draft["spec"]), backup };
    });
    expect((await cli(place, "schedule demo --every 5m")).code).toBe(0);
    expect(made(place)).toEqual(kinds.flatMap(({ kind }) => [`${kind} demo-backup`, `${kind} demo-reconcile`]));
  });
});
