/** Pods and StatefulSets for the contract. */
import { types, type KubeObject } from "../../../src/kube/objects.ts";
import { at, listOf } from "../../support/fake-kube/json.ts";
import type { Harness } from "./harness.ts";

/** Where no pod can run: enough for everything that needs no container, and quick. */
const nowhere = { "dbop.dev/contract": "nowhere" };

interface SetOptions {
  readonly replicas?: number;
  readonly command?: readonly string[];
  /** Whether its pods are to run; default false: they stay Pending. */
  readonly runs?: boolean;
  readonly policy?: "Parallel" | "OrderedReady";
  readonly strategy?: "OnDelete" | "RollingUpdate";
  readonly claims?: boolean;
}

export function statefulSet(h: Harness, name: string, options: SetOptions = {}): KubeObject {
  const {
    replicas = 2,
    command = ["sleep", "3600"],
    runs = false,
    policy = "Parallel",
    strategy = "OnDelete",
    claims = false,
  } = options;
  const labels = { set: name };
  const template = {
    metadata: { name: "data", labels: { claim: "yes" }, annotations: { note: "kept" } },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1024Mi" } } },
  };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name, namespace: h.namespace },
    spec: {
      replicas,
      serviceName: name,
      podManagementPolicy: policy,
      updateStrategy: { type: strategy },
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(h, command, runs, claims) },
      ...(claims && { volumeClaimTemplates: [template] }),
    },
  };
}

function podSpec({ image }: Harness, command: readonly string[], runs: boolean, claims: boolean): object {
  return {
    terminationGracePeriodSeconds: 0,
    ...(!runs && { nodeSelector: nowhere }),
    containers: [
      {
        name: "main",
        image,
        imagePullPolicy: "IfNotPresent",
        command,
        ...(claims && { volumeMounts: [{ name: "data", mountPath: "/data" }] }),
      },
    ],
  };
}

export const pod = (
  h: Harness,
  name: string,
  options: {
    readonly command?: readonly string[];
    readonly runs?: boolean;
    readonly restartPolicy?: string;
    readonly claim?: string;
  } = {},
): KubeObject => {
  const { command = ["sleep", "3600"], runs = false, restartPolicy = "Always", claim } = options;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: h.namespace },
    spec: {
      ...podSpec(h, command, runs, claim !== undefined),
      restartPolicy,
      ...(claim !== undefined && { volumes: [{ name: "data", persistentVolumeClaim: { claimName: claim } }] }),
    },
  };
};

export const claim = ({ namespace }: Harness, name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name, namespace },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
});

interface JobOptions {
  readonly command?: readonly string[];
  /** Default true. */
  readonly runs?: boolean;
  readonly restartPolicy?: string | undefined;
  /** Commands by container name. */
  readonly init?: Readonly<Record<string, readonly string[]>>;
  readonly sidecar?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly env?: readonly object[];
  /** Sources by volume name. */
  readonly volumes?: Readonly<Record<string, object>>;
  readonly mounts?: readonly object[];
}

/** A Job that tries once. */
export function job({ namespace, image }: Harness, name: string, options: JobOptions = {}): KubeObject {
  const { command = ["true"], runs = true, init = {}, sidecar, annotations, env, volumes, mounts } = options;
  const container = (called: string, words: readonly string[]): object => ({
    name: called,
    image,
    imagePullPolicy: "IfNotPresent",
    command: words,
    terminationMessagePolicy: "FallbackToLogsOnError",
  });
  const inits = Object.entries(init).map(([called, words]) => container(called, words));
  const beside = sidecar === undefined ? [] : [{ ...container("sidecar", sidecar), restartPolicy: "Always" }];
  const spec = {
    restartPolicy: "restartPolicy" in options ? options.restartPolicy : "Never",
    terminationGracePeriodSeconds: 0,
    ...(!runs && { nodeSelector: nowhere }),
    initContainers: [...beside, ...inits],
    containers: [{ ...container("main", command), ...(env && { env }), ...(mounts && { volumeMounts: mounts }) }],
    ...(volumes && { volumes: Object.entries(volumes).map(([called, source]) => ({ name: called, ...source })) }),
  };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace },
    spec: { backoffLimit: 0, template: { ...(annotations && { metadata: { annotations } }), spec } },
  };
}

/** The pods of a set, by name. */
export async function podsOf({ kube, namespace }: Harness, set: string): Promise<readonly KubeObject[]> {
  return (await kube.list(types.pod, { namespace, labelSelector: `set=${set}` })).items;
}

export const namesOf = (objects: readonly KubeObject[]): readonly string[] =>
  objects.map(({ metadata }) => metadata.name);

export const isReady = (object: KubeObject): boolean =>
  listOf(at(object, "status", "conditions")).some((one) => at(one, "type") === "Ready" && at(one, "status") === "True");
