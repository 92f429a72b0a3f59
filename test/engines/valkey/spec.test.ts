import { describe, expect, it } from "vitest";
import type { DatabaseClusterSpec } from "../../../src/api/database-cluster.ts";
import { parseValkeySpec } from "../../../src/engines/valkey/spec.ts";
import {
  authSecretName,
  claimName,
  clientServiceName,
  configMapName,
  nodeServiceName,
  placeOf,
  podName,
  shardName,
  shardOf,
} from "../../../src/engines/valkey/names.ts";
import { configText } from "../../../src/engines/valkey/config/render.ts";
import { aSpec } from "../../support/valkey-model/a-spec.ts";

const good: DatabaseClusterSpec = {
  engine: "valkey",
  version: "9.1.2",
  replicas: 2,
  shards: 3,
  storage: { size: "1Gi" },
  resources: {},
  tls: { mode: "disabled" },
  config: {},
  scheduling: { antiAffinity: "preferred", topologyKey: "kubernetes.io/hostname" },
  paused: false,
};

function parsed(changes: Partial<DatabaseClusterSpec>): ReturnType<typeof parseValkeySpec> {
  const metadata = { name: "demo", namespace: "shop", uid: "7d1f", generation: 1, resourceVersion: "1" };
  return parseValkeySpec({ metadata, spec: { ...good, ...changes }, status: { conditions: [], history: [] } });
}

describe("a spec", () => {
  it("is read, with Valkey's own image", () => {
    expect(parsed({})).toMatchObject({ ok: true, value: { shards: 3, image: "docker.io/valkey/valkey:9.1.2" } });
    expect(parsed({ shards: undefined })).toMatchObject({ ok: true, value: { shards: 3 } });
    expect(parsed({ shards: 1, image: "registry.test/valkey:9.1.2" })).toMatchObject({
      ok: true,
      value: { shards: 1, image: "registry.test/valkey:9.1.2" },
    });
  });

  it.each<[field: string, changes: Partial<DatabaseClusterSpec>, words: RegExp]>([
    ["spec.version", { version: "7.1.0" }, /taken for redis/u],
    ["spec.version", { version: "7.2.4", image: "docker.io/valkey/valkey:7.2.4" }, /taken for valkey/u],
    ["spec.version", { version: "9.1.2", image: "docker.io/library/redis:9.1.2" }, /taken for redis/u],
    ["spec.version", { version: "9.1" }, /full Valkey version/u],
    ["spec.shards", { shards: 2 }, /must be 1, or 3 and more/u],
    ["spec.replicas", { replicas: 7 }, /1 to 6/u],
    ["spec.storage.size", { storage: { size: "10Mi" } }, /at least 64Mi/u],
    ["spec.resources.memory", { resources: { memory: "1Mi" } }, /at least 64Mi/u],
    [
      "spec.bootstrap.bumpRevision",
      { bootstrap: { locationName: "a", path: "b", bumpRevision: true } },
      /Valkey has no revisions/u,
    ],
    ["spec.config.port", { config: { port: "1" } }, /can't be set here: how nodes find each other/u],
    ["spec.config.requirepass", { config: { requirepass: "x" } }, /can't be set here: access/u],
    ["spec.config.maxmemroy", { config: { maxmemroy: "1" } }, /is not a parameter/u],
    ["spec.config.maxmemory", { config: { maxmemory: "1\nport 1" } }, /must be one line/u],
  ])("with a wrong %s is refused: %j", (field, changes, words) => {
    const result = parsed(changes);
    expect(result.ok ? [] : result.problems).toEqual([
      expect.objectContaining({ field, message: expect.stringMatching(words) as unknown }),
    ]);
  });

  it("names every problem at once", () => {
    const result = parsed({ version: "1.0.0", shards: 2, replicas: 9, config: { port: "1" } });
    expect(result.ok ? [] : result.problems.map(({ field }) => field)).toEqual([
      "spec.version",
      "spec.shards",
      "spec.replicas",
      "spec.config.port",
    ]);
  });
});

describe("names", () => {
  it("stay what they are: claims and Secrets outlive releases", () => {
    const spec = aSpec();
    const place = { shard: 10, ordinal: 2 };
    expect([
      shardName(spec, 10),
      podName(spec, place),
      claimName(spec, place),
      nodeServiceName(spec),
      clientServiceName(spec),
      configMapName(spec),
      authSecretName(spec),
    ]).toEqual([
      "demo-shard-10",
      "demo-shard-10-2",
      "data-demo-shard-10-2",
      "demo-nodes",
      "demo",
      "demo-config",
      "demo-auth",
    ]);
    expect(placeOf(spec, "demo-shard-10-2")).toEqual(place);
  });

  it.each(["demo-0", "demo-shard-0", "demo-shard-x-0", "other-shard-0-0", "demo-shard-0-0-0", ""])(
    "%j is no pod's",
    (name) => {
      expect(placeOf(aSpec(), name)).toBeUndefined();
    },
  );

  it.each(["demo", "demo-shard-", "demo-shard-100", "demo2-shard-1"])("%j is no shard's", (name) => {
    expect(shardOf(aSpec(), name)).toBeUndefined();
  });
});

describe("the configuration file", () => {
  it("holds what this program decides, then what the user asks for, and no password", () => {
    const text = configText(aSpec({ config: { "cluster-node-timeout": "5000", "maxmemory-policy": "allkeys-lru" } }));
    expect(text).toContain("cluster-enabled yes\n");
    expect(text).toContain("cluster-node-timeout 5000\n");
    expect(text).toContain("maxmemory-policy allkeys-lru\n");
    // Three quarters of the limit of 1Gi.
    expect(text).toContain("maxmemory 805306368\n");
    expect(text).not.toMatch(/requirepass|masterauth|tls-|endpoint/u);
  });

  it("opens no port without TLS where there is TLS, and lets nobody on the bus without a certificate", () => {
    const text = configText(aSpec({ tls: { mode: "managed" } }));
    expect(text).toContain("port 0\n");
    expect(text).toContain("tls-port 6379\n");
    expect(text).toContain("tls-cluster yes\n");
    expect(text).toContain("tls-replication yes\n");
    // A client that holds a node to its certificate could not follow a redirection to an address.
    expect(text).toContain("cluster-preferred-endpoint-type hostname\n");
    expect(text).not.toContain("tls-client-cert-file");
    const names = { serverSecretName: "a", peerSecretName: "b", clientSecretName: "c" };
    const own = configText(aSpec({ tls: { mode: "secret", ...names } }));
    expect(own).toContain("tls-cert-file /etc/valkey/tls/tls.crt\n");
    expect(own).toContain("tls-client-cert-file /etc/valkey/tls-peer/tls.crt\n");
  });
});
