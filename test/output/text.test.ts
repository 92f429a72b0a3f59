import { describe, expect, it } from "vitest";
import { parseDuration } from "../../src/cli/duration.ts";
import { editDistance, suggest } from "../../src/cli/suggest.ts";
import { age, humanDuration } from "../../src/output/age.ts";
import { palette, wantsColour, type ColourWish } from "../../src/output/colour.ts";
import { sanitize } from "../../src/output/sanitize.ts";
import { listOf, structured } from "../../src/output/structured.ts";
import { table } from "../../src/output/table.ts";

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000] as const;

describe("humanDuration", () => {
  // The cases of k8s.io/apimachinery/pkg/util/duration, TestHumanDuration.
  it.each([
    [second, "1s"],
    [70 * second, "70s"],
    [190 * second, "3m10s"],
    [70 * minute, "70m"],
    [47 * hour, "47h"],
    [49 * hour, "2d1h"],
    [day * 8 + 2 * hour, "8d"],
    [367 * day, "367d"],
    [(365 * 2 + 25) * day, "2y25d"],
    [(365 * 8 + 2) * day, "8y"],
    [10 * minute, "10m"],
    [5 * minute, "5m"],
    [4 * hour + 30 * minute, "4h30m"],
    [0, "0s"],
    [-1500, "0s"],
    [-2000, "<invalid>"],
  ])("%i ms is %s", (ms, text) => {
    expect(humanDuration(ms)).toBe(text);
  });

  it("gives the age of a timestamp, or says that it is not known", () => {
    const now = new Date("2026-01-01T00:00:00Z");
    expect(age("2025-12-30T22:00:00Z", now)).toBe("26h");
    expect(age(undefined, now)).toBe("<unknown>");
    expect(age("soon", now)).toBe("<unknown>");
  });
});

describe("parseDuration", () => {
  it.each([
    ["0", 0],
    ["0s", 0],
    ["5s", 5000],
    ["1m30s", 90_000],
    ["1.5h", 5_400_000],
    [".5s", 500],
    ["100ms", 100],
    ["1h1m1s", 3_661_000],
    ["5", undefined],
    ["-5s", undefined],
    ["5 s", undefined],
    ["5d", undefined],
    ["", undefined],
    ["s", undefined],
  ])("%s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
});

describe("sanitize", () => {
  it.each([
    ["plain\ttext\n", "plain\ttext\n"],
    ["\u001b[31mred\u001b[0m", "red"],
    ["a\u001b[2J\u001b[Hb", "ab"],
    ["\u001b]0;title\u0007x", "x"],
    ["\u001b]8;;http://evil\u001b\\link\u001b]8;;\u001b\\", "link"],
    ["\u001bPq#0\u001b\\x", "x"],
    ["\u009b31mx", "x"],
    ["\u001bc", ""],
    ["a\rb\u0008c\u0000\u007f", "abc"],
    ["safe\u202egnp.exe", "safegnp.exe"],
    ["\u001b", ""],
    ["\u001b[", ""],
    ["ünï©ode → 日本", "ünï©ode → 日本"],
  ])("%j becomes %j", (text, clean) => {
    expect(sanitize(text)).toBe(clean);
  });
});

describe("wantsColour", () => {
  it.each<[wish: ColourWish, tty: boolean, env: Record<string, string>, wants: boolean]>([
    ["auto", true, {}, true],
    ["auto", false, {}, false],
    ["auto", true, { NO_COLOR: "1" }, false],
    ["auto", true, { NO_COLOR: "" }, true],
    ["auto", true, { TERM: "dumb" }, false],
    ["auto", true, { CI: "true" }, false],
    ["always", false, { NO_COLOR: "1" }, true],
    ["never", true, {}, false],
  ])("%s, terminal %s, %o", (wish, tty, env, wants) => {
    expect(wantsColour(wish, tty, env)).toBe(wants);
  });

  it("adds escapes only when wanted", async () => {
    expect((await palette(true)).good("ok")).toBe("\u001b[32mok\u001b[39m");
    expect((await palette(false)).good("ok")).toBe("ok");
  });
});

describe("table", () => {
  it("aligns, leaves nothing at line ends, and names what is missing", () => {
    expect(
      table(
        ["NAME", "AGE"],
        [
          ["a", 1],
          ["longer", undefined],
          ["x\ny", ""],
        ],
      ),
    ).toBe("NAME     AGE\na        1\nlonger   <none>\nx y      <none>\n");
  });
});

describe("structured", () => {
  it("prints JSON as kubectl indents it, and YAML without nulls for what is undefined", async () => {
    expect(await structured("json", { a: [1] })).toBe('{\n    "a": [\n        1\n    ]\n}\n');
    expect(await structured("yaml", listOf([{ a: undefined, b: "no" }]))).toBe(
      'apiVersion: v1\nkind: List\nmetadata:\n  resourceVersion: ""\nitems:\n  - b: no\n',
    );
  });
});

describe("suggest", () => {
  it.each([
    ["instal", ["install"]],
    ["isntall", ["install"]],
    ["sclae", ["scale"]],
    ["sta", ["status"]],
    ["xyz", []],
    ["", []],
  ])("%s", (typed, words) => {
    expect(suggest(typed, ["install", "scale", "status", "list"])).toEqual(words);
  });

  it("counts a swap of neighbours as one error", () => {
    expect(editDistance("ab", "ba")).toBe(1);
    expect(editDistance("kitten", "sitting")).toBe(3);
  });
});
