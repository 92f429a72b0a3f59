import { describe, expect, it } from "vitest";
import { parseRequestTimeout } from "../../src/kube/request-timeout.ts";
import { holding } from "./matchers.ts";

describe("parseRequestTimeout", () => {
  it.each([
    [undefined, 0],
    ["", 0],
    ["0", 0],
    ["0s", 0],
    ["5", 5000],
    ["5s", 5000],
    ["1m", 60_000],
    ["1h30m", 5_400_000],
    ["1.5s", 1500],
    [".5m", 30_000],
    ["250ms", 250],
    ["1m0.5s", 60_500],
    ["2147483647ms", 2_147_483_647],
    ["2147483648ms", 2_147_483_647],
    ["2147484", 2_147_483_647],
    ["9999999h", 2_147_483_647],
    ["9".repeat(400), 2_147_483_647],
    ["10us", 1],
    ["10µs", 1],
  ])("%s is %d ms", (text, expected) => {
    expect(parseRequestTimeout(text)).toBe(expected);
  });

  it.each(["5x", "s", "1d", "-1", "-5s", "1 m", "5s ", "1m30", "0x10", "1e3", "Infinity", "."])(
    "refuses %j as kubectl words it",
    (text) => {
      expect(() => parseRequestTimeout(text)).toThrow(
        expect.objectContaining({
          reason: "Usage",
          message: holding(
            "timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)",
          ),
        }),
      );
    },
  );
});
