/** A custom resource that another operator runs, with two pods of a StatefulSet; and one that nobody runs. */
import type { Observation, OperatorManager } from "../../../src/checks/observation.ts";
import type { KubeObject } from "../../../src/kube/objects.ts";
import { notServed, object, read } from "./an-observation.ts";

const text = { type: "string", description: "what it is" };

/** Its kind, with these fields of spec and status. */
export function aDefinition(
  spec: Readonly<Record<string, unknown>> = {
    version: text,
    replicas: { type: "integer", minimum: 1, description: "how many" },
    config: { type: "object", description: "settings" },
    backup: { type: "object", description: "backups" },
  },
  status: Readonly<Record<string, unknown>> = { phase: text },
  more: Readonly<Record<string, unknown>> = {},
): KubeObject {
  return object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "orders.example.org", {
    spec: {
      group: "example.org",
      versions: [
        {
          name: "v1",
          served: true,
          schema: { openAPIV3Schema: { properties: { spec: { properties: spec }, status: { properties: status } } } },
          ...more,
        },
      ],
    },
    status: { conditions: [{ type: "Established", status: "True" }], storedVersions: ["v1"] },
  });
}

export function aForeigner(fields: Readonly<Record<string, unknown>> = { spec: {} }): KubeObject {
  return object("example.org/v1", "Order", "demo", fields);
}

export function anOperator(readyReplicas = 1): KubeObject {
  return object("apps/v1", "Deployment", "example-operator", {
    spec: { template: { spec: { containers: [{ name: "manager", image: "registry.example/operator:1" }] } } },
    status: { readyReplicas },
  });
}

export function operatedBy(changes: Partial<OperatorManager> = {}): OperatorManager {
  return { kind: "operator", deployments: read([anOperator()]), claim: notServed, ...changes };
}

export function foreign(changes: Partial<Observation> = {}): Partial<Observation> {
  return { subject: aForeigner(), definition: read(aDefinition()), manager: operatedBy(), ...changes };
}

/** Applied without its operator: the kind and the object are there, and nothing else. */
export function abandoned(changes: Partial<Observation> = {}): Partial<Observation> {
  const none = read([]);
  return foreign({
    ...{ sets: none, pods: none, claims: none, services: none, budgets: none, events: none, cronJobs: none },
    manager: operatedBy({ deployments: none }),
    ...changes,
  });
}
