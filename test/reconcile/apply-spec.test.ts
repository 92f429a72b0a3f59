import { describe, expect, it } from "vitest";
import { DbopError } from "../../src/errors.ts";
import type { KubeObject } from "../../src/kube/objects.ts";
import { applySpec } from "../../src/reconcile/apply-spec.ts";
import { FakeKube } from "../support/fake-kube/fake-kube.ts";
import { aPlace, installing, run } from "../support/etcd-model/whole-runs.ts";

const demo = (spec: object): KubeObject => ({
  apiVersion: "dbop.dev/v1alpha1",
  kind: "DatabaseCluster",
  metadata: { name: "demo", namespace: "shop" },
  spec,
});

/** What is told when the API server answers an apply of `spec` over `current` with `problems`. */
async function told(problems: readonly string[], spec: object, current?: object): Promise<DbopError> {
  const fake = new FakeKube();
  const kube = fake.as("tester");
  const refusal = new DbopError("Invalid", "apply databasecluster.dbop.dev/demo: it is invalid", { problems });
  kube.apply = () => Promise.reject(refusal);
  const edit = { intent: demo(spec), current: current && demo(current) };
  try {
    await applySpec(kube, edit, {});
  } catch (error) {
    if (error instanceof DbopError) return error;
  }
  throw new Error("it was not refused");
}

describe("a spec that the API server refuses", () => {
  // The words of a Kubernetes 1.35 API server.
  it.each([
    [
      `spec.storage.size: Invalid value: "object": a volume can't shrink`,
      { storage: { size: "1Gi" } },
      { storage: { size: "2Gi" } },
      `spec.storage.size: "1Gi": a volume can't shrink; it is "2Gi"`,
    ],
    [
      'spec.storage.className: Invalid value: "object": the storage class is immutable',
      { storage: { className: "fast" } },
      { storage: {} },
      'spec.storage.className: "fast": the storage class is immutable; it is <none>',
    ],
    [
      "spec.replicas: Invalid value: 0: spec.replicas in body should be greater than or equal to 1",
      { replicas: 0 },
      undefined,
      "spec.replicas: 0: should be greater than or equal to 1",
    ],
    [
      'spec.tls.mode: Unsupported value: "x: y": supported values: "managed", "disabled"',
      { tls: { mode: "x: y" } },
      undefined,
      'spec.tls.mode: "x: y": supported values: "managed", "disabled"',
    ],
    ["spec.storage: Required value", {}, undefined, "spec.storage: <none>: must be set"],
    [".spec.colour: field not declared in schema", { colour: "red" }, undefined, 'spec.colour: "red": is not a field'],
    [
      ".spec.scheduling.tolerations[0].key: expected string, got &value.valueUnstructured{Value:3}",
      { scheduling: { tolerations: [{ key: 3 }] } },
      undefined,
      "spec.scheduling.tolerations[0].key: 3: expected string",
    ],
    [
      'spec.config[a.b]: Invalid value: "integer": spec.config.a.b in body must be of type string: "integer"',
      { config: { "a.b": 3 } },
      undefined,
      'spec.config[a.b]: 3: spec.config.a.b in body must be of type string: "integer"',
    ],
  ])("for %s", async (problem, spec, current, expected) => {
    const aside = "<nil>: Invalid value: null: some validation rules were not checked";
    expect(await told([problem, problem, aside], spec, current)).toMatchObject({
      reason: "Usage",
      message: "the spec of demo is invalid; nothing was changed",
      problems: [expected],
    });
  });

  it.each([[[]], [["denied by policy"]], [["spec.replicas: Invalid value: 2: too few", "denied by policy"]]])(
    "stays as worded when not all of it is about fields: %j",
    async (problems) => {
      expect(await told(problems, {})).toMatchObject({ reason: "Invalid", problems });
    },
  );

  it("ends a run before it has changed anything", async () => {
    const place = aPlace();
    await run(place, place.fake.as("first"), installing(1));
    const smaller = installing(1).edit(undefined);
    const edit = (): KubeObject | undefined =>
      smaller && { ...smaller, spec: { ...Object(smaller["spec"]), storage: { size: "512Mi" } } };
    await expect(run(place, place.fake.as("second"), installing(1, { edit }))).rejects.toMatchObject({
      reason: "Usage",
      problems: [`spec.storage.size: "512Mi": a volume can't shrink; it is "1Gi"`],
    });
  });
});
