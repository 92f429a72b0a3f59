import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { memberConfig, type MemberConfig } from "../../../src/engines/etcd/config/render.ts";
import { supportedMinors } from "../../../src/engines/etcd/versions.ts";

const input = (changes: Partial<MemberConfig> = {}): MemberConfig => ({
  name: "demo-1",
  dataDir: "/var/lib/etcd/data",
  clientUrls: { listen: "https://0.0.0.0:2379", advertise: "https://demo-1.demo-members.shop.svc:2379" },
  peerUrls: { listen: "https://0.0.0.0:2380", advertise: "https://demo-1.demo-members.shop.svc:2380" },
  metricsUrl: "http://0.0.0.0:2381",
  initial: {
    state: "new",
    cluster: [0, 1].map((ordinal) => ({
      name: `demo-${String(ordinal)}`,
      peerUrl: `https://demo-${String(ordinal)}.demo-members.shop.svc:2380`,
    })),
    token: "demo-7d1f",
  },
  tls: { server: "/etc/etcd/tls/server", peer: "/etc/etcd/tls/peer", peerClient: false },
  config: { "quota-backend-bytes": "8589934592" },
  minor: "3.6",
  ...changes,
});

const rendered = (changes: Partial<MemberConfig> = {}): unknown => parse(memberConfig(input(changes)));

describe("memberConfig", () => {
  it("writes the whole file", () => {
    expect(rendered()).toEqual({
      "advertise-client-urls": "https://demo-1.demo-members.shop.svc:2379",
      "auth-token": "simple",
      "auto-compaction-mode": "revision",
      "auto-compaction-retention": "1000",
      "client-transport-security": {
        "cert-file": "/etc/etcd/tls/server/tls.crt",
        "client-cert-auth": true,
        "key-file": "/etc/etcd/tls/server/tls.key",
        "trusted-ca-file": "/etc/etcd/tls/server/ca.crt",
      },
      "data-dir": "/var/lib/etcd/data",
      "feature-gates": "CompactHashCheck=true,InitialCorruptCheck=true",
      "initial-advertise-peer-urls": "https://demo-1.demo-members.shop.svc:2380",
      "initial-cluster":
        "demo-0=https://demo-0.demo-members.shop.svc:2380,demo-1=https://demo-1.demo-members.shop.svc:2380",
      "initial-cluster-state": "new",
      "initial-cluster-token": "demo-7d1f",
      "listen-client-urls": "https://0.0.0.0:2379",
      "listen-metrics-urls": "http://0.0.0.0:2381",
      "listen-peer-urls": "https://0.0.0.0:2380",
      "log-level": "info",
      "log-outputs": ["stderr"],
      logger: "zap",
      name: "demo-1",
      "peer-transport-security": {
        "cert-file": "/etc/etcd/tls/peer/tls.crt",
        "client-cert-auth": true,
        "key-file": "/etc/etcd/tls/peer/tls.key",
        "trusted-ca-file": "/etc/etcd/tls/peer/ca.crt",
      },
      "quota-backend-bytes": 8_589_934_592,
      "strict-reconfig-check": true,
    });
  });

  it("has its keys in order, whatever the order of the settings", () => {
    const config = {
      "socket-reuse-port": "true",
      "max-txn-ops": "256",
      "socket-reuse-address": "true",
      "quota-backend-bytes": "1048576",
    };
    const reversed = Object.fromEntries(Object.entries(config).toReversed());
    expect(memberConfig(input({ config }))).toBe(memberConfig(input({ config: reversed })));
    const keys = Object.keys(rendered({ config }) as object);
    expect(keys).toEqual(keys.toSorted());
  });

  it("lets members call each other with a certificate of its own when there is one", () => {
    const tls = { server: "/etc/etcd/tls/server", peer: "/etc/etcd/tls/peer", peerClient: true };
    expect(rendered({ tls })).toMatchObject({
      "peer-transport-security": {
        "cert-file": "/etc/etcd/tls/peer/tls.crt",
        "client-cert-file": "/etc/etcd/tls/peer/client.crt",
        "client-key-file": "/etc/etcd/tls/peer/client.key",
      },
    });
  });

  it("says nothing of TLS when it is disabled", () => {
    expect(memberConfig(input({ tls: "disabled" }))).not.toContain("transport-security");
  });

  it("keeps the corruption checks on in every minor, in its words", () => {
    expect(rendered({ minor: "3.5" })).toMatchObject({
      "experimental-initial-corrupt-check": true,
      "experimental-compact-hash-check-enabled": true,
    });
    expect(rendered({ minor: "3.5" })).not.toHaveProperty("feature-gates");
    expect(
      rendered({ minor: "3.7", config: { "feature-gates": "LeaseCheckpoint=true, InitialCorruptCheck=true" } }),
    ).toMatchObject({
      "feature-gates": "CompactHashCheck=true,InitialCorruptCheck=true,LeaseCheckpoint=true",
    });
  });

  it("writes settings with the types that etcd decodes", () => {
    const config = {
      "pre-vote": "false",
      "grpc-keepalive-interval": "1m30s",
      "cipher-suites": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
      cors: "https://a:443, https://b:443",
      "socket-reuse-port": "true",
      "strict-reconfig-check": "true",
    };
    expect(rendered({ config })).toMatchObject({
      "pre-vote": false,
      "grpc-keepalive-interval": 90_000_000_000,
      "cipher-suites": ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"],
      cors: "https://a:443,https://b:443",
      "socket-options": { "reuse-port": true },
      "strict-reconfig-check": true,
    });
  });

  it.each([
    [{ "auto-compaction-mode": "periodic" }, "periodic", "1h"],
    [{ "auto-compaction-mode": "revision" }, "revision", "1000"],
    [{ "auto-compaction-mode": "periodic", "auto-compaction-retention": "5m" }, "periodic", "5m"],
    [{ "auto-compaction-retention": "0" }, "revision", "0"],
  ])("lets users choose the compaction: %j", (config, mode, retention) => {
    expect(rendered({ config })).toMatchObject({
      "auto-compaction-mode": mode,
      "auto-compaction-retention": retention,
    });
  });

  it.each(supportedMinors)("refuses settings that were not checked for %s", (minor) => {
    for (const config of [{ "no-such": "1" }, { "pre-vote": "maybe" }, { name: "other" }] as Record<string, string>[]) {
      expect(() => memberConfig(input({ config, minor }))).toThrow(expect.objectContaining({ reason: "Internal" }));
    }
  });
});
