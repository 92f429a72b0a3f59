import type { ValkeySpec } from "../../../src/engines/valkey/spec.ts";

const gibibyte = 1024 ** 3;

/** The wish for three shards of two nodes with 10Gi each. */
export function aSpec(changes: Partial<ValkeySpec> = {}): ValkeySpec {
  return {
    name: "demo",
    namespace: "shop",
    uid: "7d1f",
    identity: undefined,
    server: { flavour: "valkey", version: "9.1.0" },
    shards: 3,
    replicas: 2,
    storage: { size: "10Gi", bytes: 10 * gibibyte, className: undefined },
    image: "docker.io/valkey/valkey:9.1.0",
    resources: { cpu: "50m", memoryRequest: "128Mi", memoryLimit: "1Gi" },
    tls: { mode: "disabled" },
    certificate: "",
    config: {},
    scheduling: { antiAffinity: "preferred", topologyKey: "kubernetes.io/hostname" },
    ...changes,
  };
}
