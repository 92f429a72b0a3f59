/** What is read of a database of three that is well and has everything: tests take away from it. */
import crds from "../../../src/api/crds/crds.json" with { type: "json" };
import { readBackup } from "../../../src/api/database-backup.ts";
import type { EngineFacts } from "../../../src/checks/engine-facts.ts";
import type { Observation, OwnManager, Read } from "../../../src/checks/observation.ts";
import type { KubeObject } from "../../../src/kube/objects.ts";
import { readCluster } from "../../../src/api/read-cluster.ts";

const now = new Date("2026-01-01T00:00:00Z");
const hourAgo = "2025-12-31T23:00:00Z";
const ago = "2025-12-31T22:00:00Z";

export const read = <Value>(value: Value): Read<Value> => ({ state: "read", value });
export const unreadable: Read<never> = { state: "unreadable", missing: "the right to list them", why: "forbidden" };
export const notServed: Read<never> = { ...unreadable, notServed: true };

const labels = { "app.kubernetes.io/instance": "demo" };

type Fields = Readonly<Record<string, unknown>>;

export function object(apiVersion: string, kind: string, name: string, fields: Fields = {}): KubeObject {
  return { apiVersion, kind, metadata: { name, namespace: "shop", uid: `${kind}-${name}`, labels }, ...fields };
}

export const container: Fields = {
  name: "server",
  image: "registry.example/server:1.2.3",
  ports: [{ name: "metrics", containerPort: 9000 }],
  livenessProbe: { httpGet: {} },
  readinessProbe: { exec: {} },
  resources: { requests: { cpu: "100m", memory: "1Gi" }, limits: { memory: "1Gi" } },
};

export function aSet(
  changes: {
    readonly containers?: readonly Fields[];
    readonly spec?: Fields;
    readonly pod?: Fields;
    readonly annotations?: Fields;
  } = {},
): KubeObject {
  const { containers = [container], spec = {}, pod = {}, annotations = {} } = changes;
  return object("apps/v1", "StatefulSet", "demo", {
    spec: {
      replicas: 3,
      updateStrategy: { type: "OnDelete" },
      template: {
        metadata: { labels, annotations },
        spec: { containers, topologySpreadConstraints: [{}], ...pod },
      },
      ...spec,
    },
  });
}

export function aPod(
  ordinal: number,
  changes: { readonly node?: string; readonly ready?: boolean; readonly owners?: readonly Fields[] } = {},
): KubeObject {
  const { node = `node-${String(ordinal)}`, ready = true, owners } = changes;
  const pod = object("v1", "Pod", `demo-${String(ordinal)}`, {
    spec: { nodeName: node, containers: [container], topologySpreadConstraints: [{}] },
    status: { phase: "Running", conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  });
  const ownerReferences = (owners ?? [{ kind: "StatefulSet", name: "demo", uid: "StatefulSet-demo" }]).map((owner) => ({
    ...owner,
  })) as never;
  return { ...pod, metadata: { ...pod.metadata, ownerReferences } };
}

export function aBudget(spec: Fields = { minAvailable: 2 }, status: Fields = { disruptionsAllowed: 1 }): KubeObject {
  return object("policy/v1", "PodDisruptionBudget", "demo", {
    spec: { selector: { matchLabels: labels }, ...spec },
    status,
  });
}

export function aBackup(status: Fields = {}): ReturnType<typeof readBackup> {
  return readBackup(
    object("dbop.dev/v1alpha1", "DatabaseBackup", "demo-noon", {
      spec: { clusterName: "demo", locationName: "store", verify: "structural" },
      status: {
        conditions: [{ type: "Succeeded", status: "True" }],
        clusterIdentity: "cafe",
        finishedAt: hourAgo,
        consistencyPoint: "revision 7",
        verified: { grade: "structural", at: hourAgo },
        ...status,
      },
    }),
  );
}

/** A CronJob of the database that runs `kubectl dbop VERB`. */
export function aCronJob(
  verb: string,
  { spec = {}, status = {} }: { readonly spec?: Fields; readonly status?: Fields } = {},
): KubeObject {
  const job = object("batch/v1", "CronJob", `demo-${verb}`, {
    spec: {
      schedule: "@hourly",
      jobTemplate: { spec: { template: { spec: { containers: [{ args: [verb, "demo"] }] } } } },
      ...spec,
    },
    status: { lastScheduleTime: ago, lastSuccessfulTime: ago, ...status },
  });
  return {
    ...job,
    metadata: { ...job.metadata, ownerReferences: [{ kind: "DatabaseCluster", uid: "DatabaseCluster-demo" }] },
  };
}

export function aSubject(changes: { readonly spec?: Fields; readonly status?: Fields } = {}): KubeObject {
  const subject = object("dbop.dev/v1alpha1", "DatabaseCluster", "demo", {
    spec: {
      engine: "etcd",
      version: "3.6.16",
      replicas: 3,
      storage: { size: "1Gi" },
      tls: { mode: "managed" },
      ...changes.spec,
    },
    status: {
      observedGeneration: 2,
      currentVersion: "3.6.16",
      conditions: [
        { type: "Ready", status: "True", reason: "AllMembersReady", message: "3 of 3", lastTransitionTime: ago },
      ],
      history: [{ verb: "install", result: "Converged", finishedAt: ago }],
      ...changes.status,
    },
  });
  return { ...subject, metadata: { ...subject.metadata, generation: 2 } };
}

export const facts: EngineFacts = {
  title: "etcd",
  ready: true,
  reason: "AllMembersReady",
  message: "3 of 3 voters healthy",
  identity: "cafe",
  currentVersion: "3.6.16",
  members: [0, 1, 2].map((ordinal) => ({ name: `demo-${String(ordinal)}`, ready: true, version: "3.6.16" })),
  newestVersions: ["3.5.35", "3.6.16", "3.7.3"],
  takesBackups: true,
  operand: {
    nextVersion: "3.7.3",
    gates: [],
    groups: [{ set: "demo", members: 3, needed: 2, votes: true }],
    failover: "another leader is elected",
    configuration: [{ object: "configmap/demo-config", field: "data", inForce: true }],
    metrics: { port: 9000, rate: "requests_total", errors: "errors_total", duration: "seconds" },
    health: [{ name: "lag", answer: "0" }],
  },
};

export function aRule(alerts: readonly Fields[]): KubeObject {
  return object("monitoring.coreos.com/v1", "PrometheusRule", "demo", { spec: { groups: [{ rules: alerts }] } });
}

export const alert: Fields = {
  alert: "NoLeader",
  expr: 'predict_linear(db_size{namespace="shop"}[1d], 86400) > 1',
  labels: { severity: "critical" },
  annotations: { runbook_url: "https://example.org/no-leader" },
};

export function anEvent(reason = "OperationEnded"): KubeObject {
  return object("events.k8s.io/v1", "Event", "demo.1", {
    reason,
    reportingController: "dbop.dev/kubectl-dbop",
    regarding: { kind: "DatabaseCluster", name: "demo", uid: "DatabaseCluster-demo" },
  });
}

export function aVerticalAutoscaler(updateMode?: string): KubeObject {
  return object("autoscaling.k8s.io/v1", "VerticalPodAutoscaler", "demo", {
    spec: {
      targetRef: { kind: "StatefulSet", name: "demo" },
      ...(updateMode === undefined ? {} : { updatePolicy: { updateMode } }),
    },
  });
}

export function anAutoscaler(spec: Fields = {}): KubeObject {
  return object("autoscaling/v2", "HorizontalPodAutoscaler", "demo", {
    spec: { scaleTargetRef: { kind: "StatefulSet", name: "demo" }, minReplicas: 1, maxReplicas: 9, ...spec },
    status: { currentReplicas: 3 },
  });
}

export function aClaim(phase = "Bound"): KubeObject {
  return object("v1", "PersistentVolumeClaim", "data-demo-0", {
    spec: { storageClassName: "fast" },
    status: { phase },
  });
}

export const aClass = (fields: Fields = { allowVolumeExpansion: true }): KubeObject =>
  object("storage.k8s.io/v1", "StorageClass", "fast", fields);

export function ownManager(changes: Partial<OwnManager> = {}, subject = aSubject()): OwnManager {
  const cluster = readCluster(subject);
  if (!cluster.ok) throw new Error(JSON.stringify(cluster.problems));
  return {
    kind: "kubectl-dbop",
    cluster: cluster.value,
    problems: [],
    backups: read([aBackup()]),
    engine: read(facts),
    ...changes,
  };
}

/** With the manager's facts changed. */
export function withFacts(changes: Partial<EngineFacts>): OwnManager {
  return ownManager({ engine: read({ ...facts, ...changes }) });
}

export function withOperand(changes: Partial<NonNullable<EngineFacts["operand"]>>): OwnManager {
  const { operand } = facts;
  if (operand === undefined) throw new Error("the facts have an operand");
  return withFacts({ operand: { ...operand, ...changes } });
}

export function ownDefinition(): KubeObject {
  const found = (crds as readonly KubeObject[]).find(({ metadata }) => metadata.name === "databaseclusters.dbop.dev");
  if (found === undefined) throw new Error("the definition is in crds.json");
  return { ...found, status: { conditions: [{ type: "Established", status: "True" }], storedVersions: ["v1alpha1"] } };
}

export function anObservation(changes: Partial<Observation> = {}): Observation {
  const subject = changes.subject ?? aSubject();
  return {
    now,
    subject,
    definition: read(ownDefinition()),
    sets: read([aSet()]),
    pods: read([aPod(0), aPod(1), aPod(2)]),
    claims: read([aClaim()]),
    services: read([object("v1", "Service", "demo")]),
    budgets: read([aBudget()]),
    policies: read([]),
    cronJobs: read([aCronJob("reconcile")]),
    events: read([anEvent()]),
    autoscalers: read([]),
    verticalAutoscalers: read([aVerticalAutoscaler("Off")]),
    monitors: read([
      object("monitoring.coreos.com/v1", "PodMonitor", "demo", { spec: { selector: { matchLabels: labels } } }),
    ]),
    rules: read([aRule([alert])]),
    storageClass: read(aClass()),
    metrics: read({
      source: "GET demo-0:9000/metrics",
      families: new Set(["requests_total", "errors_total", "seconds"]),
    }),
    manager: changes.manager ?? ownManager({}, subject),
    ...changes,
  };
}
