/** The metrics of a pod, through the API server: no way into the network of pods is needed. */
import type { EngineFacts } from "../../checks/engine-facts.ts";
import type { Metrics, Objects, Read } from "../../checks/observation.ts";
import { field, listField, textField } from "../../kube/fields.ts";
import type { KubeObject } from "../../kube/objects.ts";
import { reading } from "./reading.ts";
import type { Reads } from "./shared-reads.ts";

const names = /metrics|prom|exporter/u;

interface Wanted {
  readonly pods: Objects;
  readonly engine?: Read<EngineFacts>;
}

/** Of the first pod that runs; undefined where no port for metrics is known. */
export function observeMetrics(
  reads: Pick<Reads, "raw">,
  { pods, engine }: Wanted,
): Promise<Read<Metrics | undefined>> {
  if (pods.state !== "read") return Promise.resolve(pods);
  const known = engine?.state === "read" ? engine.value.operand?.metrics?.port : undefined;
  const [found] = pods.value.flatMap((pod) => {
    const port = known ?? portOf(pod);
    return port === undefined || textField(pod["status"], "phase") !== "Running" ? [] : [{ pod, port }];
  });
  if (found === undefined) return Promise.resolve({ state: "read", value: undefined });
  const { name, namespace = "" } = found.pod.metadata;
  const path = `/api/v1/namespaces/${namespace}/pods/${name}:${String(found.port)}/proxy/metrics`;
  const address = `${name}:${String(found.port)}`;
  return reading(`an answer of ${address} (the right to get pods/proxy)`, async () => ({
    source: `GET ${address}/metrics`,
    families: familiesOf(await reads.raw(path)),
  }));
}

function portOf(pod: KubeObject): number | undefined {
  const ports = listField(pod["spec"], "containers").flatMap((container) => listField(container, "ports"));
  const found = ports.find((port) => names.test(textField(port, "name")));
  return found === undefined ? undefined : Number(field(found, "containerPort"));
}

/** Prometheus' text format: each family has a line `# TYPE name kind`. */
function familiesOf(text: unknown): ReadonlySet<string> {
  const lines = typeof text === "string" ? text.matchAll(/^# TYPE (\S+) \S+$/gmu) : [];
  return new Set([...lines].map(([, name = ""]) => name));
}
