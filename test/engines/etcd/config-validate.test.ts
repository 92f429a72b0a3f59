import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flags } from "../../../src/engines/etcd/config/flags.ts";
import { reserved, reservedReason } from "../../../src/engines/etcd/config/reserved.ts";
import { checkConfig } from "../../../src/engines/etcd/config/validate.ts";
import { parseDuration } from "../../../src/engines/etcd/config/value.ts";
import { supportedMinors, type Minor } from "../../../src/engines/etcd/versions.ts";

const messages = (config: Record<string, string>, minor: Minor = "3.6"): readonly string[] =>
  checkConfig(config, minor).map(({ field, message }) => `${field} ${message}`);

const rejected: readonly (readonly [name: string, value: string, says: string])[] = [
  ["quota-backend-bytes", "8Gi", "whole number of bytes without a unit"],
  ["quota-backend-bytes", "-1", "whole number of bytes"],
  ["quota-backend-bytes", "1e9", "whole number of bytes"],
  ["snapshot-count", "0", "at least 1"],
  ["election-timeout", "60000", "from 5 to 50000"],
  ["pre-vote", "yes", '"true" or "false"'],
  ["pre-vote", "True", '"true" or "false"'],
  ["grpc-keepalive-interval", "5", "duration such as"],
  ["grpc-keepalive-interval", "-5s", "duration such as"],
  ["compact-hash-check-time", "0s", "more than 0s"],
  ["metrics", "full", "one of basic, extensive"],
  ["log-level", "fatal", "one of debug, info, warn, error"],
  ["bcrypt-cost", "3", "from 4 to 31"],
  ["cors", "https://console.example.com", "with their port"],
  ["cipher-suites", "TLS_RSA_WITH_RC4_128_SHA", "TLS 1.2 suites"],
  ["strict-reconfig-check", "false", "lets a membership change lose the quorum"],
  ["auth-token", "jwt,pub-key=/a,sign-method=RS256", "key files"],
  ["log-outputs", "/var/log/etcd.log", "kubectl logs"],
  ["feature-gates", "Nope=true", "etcd 3.6 has no gate Nope"],
  ["feature-gates", "LeaseCheckpoint", "must be a list"],
  ["feature-gates", "PriorityRequest=true", "etcd 3.6 has no gate PriorityRequest"],
  ["feature-gates", "InitialCorruptCheck=false", "stays on"],
  ["feature-gates", "LeaseCheckpointPersist=true", "needs LeaseCheckpoint=true"],
  ["unsafe-no-fsync", "true", "may not be set: it loses acknowledged writes"],
  ["initial-cluster-state", "new", "may not be set: dbop decides which member starts with whom"],
  ["cert-file", "/tls.crt", "may not be set: certificates are set under spec.tls"],
  ["raft-read-timeout", "5s", "does not read it from a configuration file"],
  ["qouta-backend-bytes", "1", "did you mean quota-backend-bytes?"],
  ["--pre-vote", "true", "did you mean pre-vote?"],
  ["ETCD_MAX_REQUEST_BYTES", "1", "did you mean max-request-bytes?"],
  ["make-it-fast", "true", "is not a setting of etcd 3.6"],
  ["auto-compaction-retention", "5m", "needs auto-compaction-mode"],
];

describe("checkConfig", () => {
  it.each(rejected)("rejects %s: %s", (name, value, says) => {
    const problems = checkConfig({ [name]: value }, "3.6");
    expect(problems).toEqual([
      { field: `spec.config.${name}`, value, message: expect.stringContaining(says) as string },
    ]);
  });

  it.each<[string, string]>([
    ["quota-backend-bytes", "8589934592"],
    ["election-timeout", "50000"],
    ["grpc-keepalive-interval", "0s"],
    ["grpc-keepalive-timeout", "1h30m0.5s"],
    ["cors", "*"],
    ["strict-reconfig-check", "true"],
    ["feature-gates", "LeaseCheckpoint=true, LeaseCheckpointPersist=true"],
    ["feature-gates", "InitialCorruptCheck=true"],
    ["cipher-suites", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"],
  ])("accepts %s: %s", (name, value) => {
    expect(messages({ [name]: value })).toEqual([]);
  });

  it("collects every problem, in the order of the names", () => {
    const config = { "pre-vote": "maybe", name: "x", "max-txn-ops": "0", "no-such": "1" };
    expect(checkConfig(config, "3.7").map(({ field }) => field)).toEqual([
      "spec.config.max-txn-ops",
      "spec.config.name",
      "spec.config.no-such",
      "spec.config.pre-vote",
    ]);
  });

  it("names the minors that know a setting, and what it is called in the others", () => {
    expect(messages({ "experimental-compaction-batch-limit": "10" }, "3.7")).toEqual([
      "spec.config.experimental-compaction-batch-limit exists only in etcd 3.5; in 3.7 it is compaction-batch-limit",
    ]);
    expect(messages({ "compaction-batch-limit": "10" }, "3.5")).toEqual([
      "spec.config.compaction-batch-limit exists only in etcd 3.6 and 3.7; in 3.5 it is experimental-compaction-batch-limit",
    ]);
    expect(messages({ "experimental-enable-lease-checkpoint": "true" }, "3.6")).toEqual([
      "spec.config.experimental-enable-lease-checkpoint exists only in etcd 3.5; in 3.6 it is feature-gates (LeaseCheckpoint=true)",
    ]);
    expect(messages({ "max-learners": "2" }, "3.5")).toEqual([
      "spec.config.max-learners exists only in etcd 3.6 and 3.7, not in 3.5",
    ]);
  });
});

describe("checkConfig of settings together", () => {
  it.each<[Record<string, string>, string]>([
    [{ "heartbeat-interval": "500" }, "five times heartbeat-interval (500 ms)"],
    [{ "election-timeout": "400" }, "five times heartbeat-interval (100 ms)"],
    [
      { "auto-compaction-mode": "revision", "auto-compaction-retention": "5m" },
      "a number of revisions in mode revision",
    ],
    [{ "tls-min-version": "TLS1.3", "tls-max-version": "TLS1.2" }, "not be lower"],
    [{ "tls-min-version": "TLS1.3", "cipher-suites": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" }, "can't be chosen"],
  ])("rejects %j", (config, says) => {
    expect(messages(config).join()).toContain(says);
  });

  it("rejects persisting lease checkpoints that are not made", () => {
    expect(messages({ "experimental-enable-lease-checkpoint-persist": "true" }, "3.5").join()).toContain(
      "needs experimental-enable-lease-checkpoint",
    );
  });

  it.each<Record<string, string>>([
    { "heartbeat-interval": "500", "election-timeout": "2500" },
    { "auto-compaction-mode": "periodic", "auto-compaction-retention": "30m" },
    { "auto-compaction-mode": "periodic" },
    { "auto-compaction-retention": "0" },
  ])("accepts %j", (config) => {
    expect(messages(config)).toEqual([]);
  });
});

describe("the table of settings", () => {
  it("has each name once, and none that is reserved", () => {
    const names = flags.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => reservedReason(name) !== undefined)).toEqual([]);
    const taken = reserved.flatMap((group) => group.names);
    expect(new Set(taken).size).toBe(taken.length);
  });

  it("has no experimental name after 3.5", () => {
    expect(flags.filter(({ name, minors }) => name.startsWith("experimental-") && minors.join() !== "3.5")).toEqual([]);
  });
});

describe("parseDuration", () => {
  it.each<[string, number | undefined]>([
    ["0", 0],
    ["10ms", 10_000_000],
    ["1h30m", 5_400_000_000_000],
    ["0.5s", 500_000_000],
    ["1µs", 1000],
    ["2us3ns", 2003],
    ["5", undefined],
    ["1d", undefined],
    ["", undefined],
    ["s", undefined],
    ["999999999999h", undefined],
  ])("reads %s", (text, nanoseconds) => {
    expect(parseDuration(text)).toBe(nanoseconds);
  });
});

describe("checkConfig with any input", () => {
  it("never throws and is pure", () => {
    const name = fc.oneof(fc.constantFrom(...flags.map((flag) => flag.name)), fc.string());
    fc.assert(
      fc.property(fc.dictionary(name, fc.string()), fc.constantFrom(...supportedMinors), (config, minor) => {
        expect(checkConfig(config, minor)).toEqual(checkConfig(config, minor));
      }),
    );
  });
});
