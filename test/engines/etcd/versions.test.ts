import { describe, expect, it } from "vitest";
import { configFor } from "../../../src/engines/etcd/config/translate.ts";
import { checkConfig } from "../../../src/engines/etcd/config/validate.ts";
import { imageFor } from "../../../src/engines/etcd/version-in-force.ts";
import { compareVersions, minorOf, wayUp } from "../../../src/engines/etcd/versions.ts";
import { aSpec } from "../../support/etcd-model/an-etcd.ts";

describe("wayUp", () => {
  it.each([
    ["3.5.34", "3.5.35", ["3.5.35"]],
    ["3.5.26", "3.6.16", ["3.6.16"]],
    ["3.5.25", "3.6.16", ["3.5.35", "3.6.16"]],
    ["3.5.35", "3.7.3", ["3.6.16", "3.7.3"]],
    ["3.5.10", "3.7.3", ["3.5.35", "3.6.16", "3.7.3"]],
    ["3.6.11", "3.7.0", ["3.7.0"]],
    ["3.6.10", "3.7.3", ["3.6.16", "3.7.3"]],
    ["3.6.99", "3.7.99", ["3.7.99"]],
    ["3.7.3", "3.6.16", ["3.6.16"]],
  ])("from %s to %s", (from, to, way) => {
    expect(wayUp(from, to)).toEqual(way);
  });
});

describe("versions", () => {
  it("are compared as numbers, a vendor's suffix apart", () => {
    const shuffled = ["3.6.16", "3.5.9", "3.5.35", "3.7.3-1", "3.6.2"];
    expect(shuffled.toSorted(compareVersions)).toEqual(["3.5.9", "3.5.35", "3.6.2", "3.6.16", "3.7.3-1"]);
    expect(compareVersions("3.6.16-1", "3.6.16")).toBe(0);
  });

  it.each(["3.4.20", "3.5.25", "3.8.0", "3.6", "3.6.16-1", "latest", ""])("%j is not one to go to", (version) => {
    expect(minorOf(version)).toBeUndefined();
  });
});

describe("configFor", () => {
  const for35 = {
    "experimental-compaction-batch-limit": "100",
    "experimental-enable-lease-checkpoint": "true",
    "max-txn-ops": "256",
  };
  const for36 = { "compaction-batch-limit": "100", "feature-gates": "LeaseCheckpoint=true", "max-txn-ops": "256" };

  it("says the same in the words of the other minor, both ways", () => {
    expect(configFor(for35, "3.6")).toEqual(for36);
    expect(configFor(for36, "3.5")).toEqual(for35);
  });

  it("leaves out what a minor does not have", () => {
    expect(configFor({ "max-learners": "2", "feature-gates": "AllAlpha=true" }, "3.5")).toEqual({});
    expect(configFor({ "feature-gates": "FastLeaseKeepAlive=true,LeaseCheckpoint=true" }, "3.6")).toEqual({
      "feature-gates": "LeaseCheckpoint=true",
    });
  });

  it("ends in what that minor takes", () => {
    for (const minor of ["3.5", "3.6", "3.7"] as const)
      for (const config of [for35, for36]) expect(checkConfig(configFor(config, minor), minor)).toEqual([]);
  });
});

describe("imageFor", () => {
  it.each([
    ["gcr.io/etcd-development/etcd:v3.6.16", "gcr.io/etcd-development/etcd:v3.5.35"],
    ["mirror:5000/etcd:3.6.16-debug", "mirror:5000/etcd:3.5.35-debug"],
    ["mirror/etcd@sha256:00", undefined],
  ])("of 3.5.35 where 3.6.16 is %s", (image, other) => {
    expect(imageFor(aSpec({ image }), "3.5.35")).toBe(other);
  });
});
