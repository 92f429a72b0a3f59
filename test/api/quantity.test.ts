import { describe, expect, it } from "vitest";
import { canonicalQuantity, parseQuantity } from "../../src/api/quantity.ts";

describe("parseQuantity", () => {
  it.each([
    ["10Gi", 10 * 2 ** 30],
    ["500m", 0.5],
    ["2", 2],
    ["1.5k", 1500],
  ])("reads %s", (text, value) => {
    expect(parseQuantity(text)).toBe(value);
  });

  it.each(["", "Gi", "1gi", "-1", "1e3", "1 Gi"])("does not take %j for a quantity", (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });
});

describe("canonicalQuantity", () => {
  // Each pair was stored and read back by a Kubernetes 1.34 API server.
  it.each([
    ["1024Mi", "1Gi"],
    ["1000Mi", "1000Mi"],
    ["1.5Gi", "1536Mi"],
    ["300Mi", "300Mi"],
    ["0.5", "500m"],
    ["1000m", "1"],
    ["1.25", "1250m"],
    ["2", "2"],
    ["1000M", "1G"],
    ["1500M", "1500M"],
  ])("writes %s as the API server does: %s", (given, stored) => {
    expect(canonicalQuantity(given)).toBe(stored);
  });
});
