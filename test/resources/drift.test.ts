import { describe, expect, it } from "vitest";
import { contains } from "../../src/resources/drift.ts";

describe("contains", () => {
  it.each([
    ["a field the server added", { a: 1, b: 2 }, { a: 1 }, true],
    ["a field of another value", { a: 2 }, { a: 1 }, false],
    ["an empty map the server dropped", {}, { a: {} }, true],
    [
      "a port that somebody else added, which server-side apply leaves",
      [{ port: 80 }, { port: 2379 }],
      [{ port: 2379 }],
      true,
    ],
    ["a port that is not there", [{ port: 80 }], [{ port: 2379 }], false],
    ["another argument", ["etcd", "--more"], ["etcd"], false],
    ["arguments in another order", ["b", "a"], ["a", "b"], false],
  ])("finds for %s in %j what is wished, %j: %j", (_, live, wished, expected) => {
    expect(contains(live, wished)).toBe(expected);
  });
});
