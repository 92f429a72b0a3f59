/** What the contract needs of a cluster, fake or real. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { isDbopError, type DbopError, type Reason } from "../../../src/errors.ts";
import type { KubeClient } from "../../../src/kube/kube-client.ts";
import { types, type KubeObject, type ObjectRef, type ResourceType } from "../../../src/kube/objects.ts";
import { at, fieldsOf, listOf } from "../../support/fake-kube/json.ts";
import type { RbacRule } from "../../support/fake-kube/rbac.ts";

export interface Harness {
  /** Of an administrator. */
  readonly kube: KubeClient;
  /** Made for this suite, empty. */
  readonly namespace: string;
  /** A client with just these rights; `namespace` in a rule is ignored: they hold in the suite's namespace. */
  as(rules: readonly RbacRule[]): Promise<KubeClient>;
  /** An image with busybox in it. */
  readonly image: string;
  sleep(ms: number): Promise<void>;
  /** Makes a namespace beside the suite's own; `cleanup` takes it away. */
  cleanup(): Promise<void>;
}

export type HarnessOf = () => Harness;

/** Does `attempt` until it stops throwing, for a minute at most. */
export async function eventually<T>(harness: Harness, attempt: () => Promise<T> | T): Promise<T> {
  for (let tries = 0; tries < 300; tries += 1) {
    try {
      return await attempt();
    } catch {
      await harness.sleep(200);
    }
  }
  return attempt();
}

/** The error of a call that must fail with `reason`. */
export async function refusal(work: Promise<unknown>, reason: Reason): Promise<DbopError> {
  const error = await work.then(
    (value) => new Error(`expected ${reason}, but it succeeded: ${JSON.stringify(value)}`),
    (thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown))),
  );
  if (!isDbopError(error)) throw error;
  expect(error.reason, error.message).toBe(reason);
  return error;
}

let count = 0;

/** A name nobody has yet. */
export function fresh(stem: string): string {
  count += 1;
  return `${stem}-${count}`;
}

export const configMap = (
  { namespace }: Harness,
  name: string,
  data: Record<string, string> = { a: "1" },
  metadata: object = {},
): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace, ...metadata },
  data,
});

export const ref = ({ namespace }: Harness, type: ResourceType, name: string): ObjectRef =>
  type.namespaced ? { type, namespace, name } : { type, name };

/** The object, which must be there. */
export async function mustGet({ kube }: Harness, target: ObjectRef): Promise<KubeObject> {
  const object = await kube.get(target);
  if (object === undefined) throw new Error(`${target.type.kind} ${target.name} is absent`);
  return object;
}

/** Passes when the object is absent. */
export async function mustBeGone({ kube }: Harness, target: ObjectRef): Promise<void> {
  expect(await kube.get(target)).toBeUndefined();
}

/** Deletes what is there under this name. */
export async function remove(
  harness: Harness,
  target: ObjectRef,
  propagation: "Background" | "Foreground" | "Orphan" = "Background",
): Promise<void> {
  const { metadata } = await mustGet(harness, target);
  await harness.kube.delete(target, { uid: metadata.uid ?? "", propagation });
}

const isKubeObject = (value: unknown): value is KubeObject => typeof at(value, "metadata", "name") === "string";

/** `object` with more in its spec, or other values there. */
export const withSpec = (object: KubeObject, more: object): KubeObject => ({
  ...object,
  spec: { ...fieldsOf(object["spec"]), ...more },
});

export const database = ({ namespace }: Harness, name: string, spec: object = {}): KubeObject => ({
  apiVersion: "dbop.dev/v1alpha1",
  kind: "DatabaseCluster",
  metadata: { name, namespace },
  spec: { engine: "etcd", version: "3.6.16", replicas: 3, storage: { size: "1Gi" }, ...spec },
});

/** The product's own CRDs, from the file that ships. */
function productCrds(): readonly KubeObject[] {
  const parsed: unknown = JSON.parse(readFileSync(new URL("../../../src/api/crds/crds.json", import.meta.url), "utf8"));
  return listOf(parsed).filter(isKubeObject);
}

/** Installs the CRDs and waits until they are served. */
export async function installCrds(harness: Harness): Promise<void> {
  for (const crd of productCrds()) await harness.kube.apply(crd, { force: true });
  await eventually(harness, () => harness.kube.list(types.databaseCluster, { namespace: harness.namespace }));
}
