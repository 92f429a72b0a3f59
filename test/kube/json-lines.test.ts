import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineSplitter } from "../../src/kube/json-lines.ts";

describe("lineSplitter", () => {
  it("gives the same lines however the bytes are cut", () => {
    const line = fc.string({ unit: "binary" }).map((words) => JSON.stringify({ words }));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(40), { minLength: 1 }), (lines, sizes) => {
        const bytes = Buffer.from(lines.map((one) => `${one}\n`).join(""), "utf8");
        const heard: string[] = [];
        const feed = lineSplitter((one) => heard.push(one));
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = (sizes[turn % sizes.length] ?? 0) + 1;
          feed(bytes.subarray(at, at + size));
          at += size;
        }
        expect(heard).toEqual(lines);
      }),
    );
  });

  it("keeps an unfinished line to itself", () => {
    const heard: string[] = [];
    const feed = lineSplitter((one) => heard.push(one));
    feed(Buffer.from('\n\r\n{"a":1}\n{"b"'));
    expect(heard).toEqual(['{"a":1}']);
  });
});
