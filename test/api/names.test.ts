import { describe, expect, it } from "vitest";
import { isDnsSubdomain, isImageReference } from "../../src/api/names.ts";

const hex = "0123456789abcdef".repeat(4);

describe("an image reference", () => {
  it.each([
    "etcd",
    "etcd:v3.6.16",
    "library/etcd",
    "gcr.io/etcd-development/etcd:v3.6.16",
    "localhost:5000/a__b/c-d--e.f:_tag",
    "[2001:db8::1]:5000/etcd",
    "Registry.Example.com/etcd",
    `registry.example.com/etcd:v1@sha256:${hex}`,
    `etcd@sha256:${hex}`,
    `etcd:${"t".repeat(128)}`,
    "a".repeat(255),
  ])("may be %s", (text) => {
    expect(isImageReference(text)).toBe(true);
  });

  it.each([
    "",
    "not an image",
    "Etcd",
    "etcd:",
    "etcd:-tag",
    "etcd@sha256:abc",
    "a//b",
    "/etcd",
    "etcd/",
    "https://registry.example.com/etcd",
    "a___b",
    "etcd:v1\n",
    `etcd:${"t".repeat(129)}`,
    "a".repeat(256),
  ])("may not be %j", (text) => {
    expect(isImageReference(text)).toBe(false);
  });

  it("is told from what is none in no time", () => {
    const began = performance.now();
    expect(isImageReference(`${"a-".repeat(250)}!`)).toBe(false);
    expect(performance.now() - began).toBeLessThan(100);
  });
});

describe("a DNS subdomain", () => {
  it.each(["a", "fast", "rook-ceph.block.example", "0", "a".repeat(253)])("may be %s", (text) => {
    expect(isDnsSubdomain(text)).toBe(true);
  });
  it.each(["", "nope!", "A", "-a", "a-", "a..b", "a.", "a_b", "a".repeat(254)])("may not be %j", (text) => {
    expect(isDnsSubdomain(text)).toBe(false);
  });
});
