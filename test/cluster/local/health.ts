import { apiGet } from "./api.ts";
import type { Layout } from "./layout.ts";
import { network } from "./network.ts";
import { isAlive } from "./process-id.ts";
import { readState, type Wire } from "./state.ts";

/** Whether a completely started cluster still works: every process alive, the node and its own pods ready. */
export async function isHealthy(layout: Layout): Promise<boolean> {
  const state = readState(layout);
  if (state?.keeper === undefined || state.init === undefined || !state.complete) return false;
  if (![state.keeper, state.init, ...Object.values(state.components)].every(isAlive)) return false;
  return (await readiness(layout, state.wire)).length === 0;
}

/** What is not ready yet, in words; empty when the cluster can be used. */
export async function readiness(layout: Layout, wire: Wire): Promise<readonly string[]> {
  const checks = [
    { what: "the node is not ready", path: `/api/v1/nodes/${network.nodeName}`, condition: "Ready" },
    { what: "CoreDNS is not available", path: deployment("kube-system", "coredns"), condition: "Available" },
    {
      what: "the volume provisioner is not available",
      path: deployment("local-path-storage", "local-path-provisioner"),
      condition: "Available",
    },
  ];
  const results = await Promise.all(
    checks.map(async ({ path, condition }) => hasCondition(await apiGet(layout, wire, path), condition)),
  );
  return checks.filter((_, index) => results[index] !== true).map((check) => check.what);
}

function deployment(namespace: string, name: string): string {
  return `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
}

/** Whether an object's status has a condition of this type that is true. */
function hasCondition(body: string | undefined, type: string): boolean {
  if (body === undefined) return false;
  const object: unknown = JSON.parse(body);
  const conditions = property(property(object, "status"), "conditions");
  if (!Array.isArray(conditions)) return false;
  return conditions.some(
    (condition: unknown) => property(condition, "type") === type && property(condition, "status") === "True",
  );
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
