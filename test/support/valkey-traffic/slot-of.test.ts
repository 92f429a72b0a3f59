import { expect, it } from "vitest";
import { slotOf } from "./slot-of.ts";

// The first is the specification's own example, the next two are what CLUSTER KEYSLOT says.
it.each([
  ["123456789", 0x31c3],
  ["foo", 12_182],
  ["bar", 5_061],
  ["{foo}.of", 12_182],
  ["of.{foo}{bar}", 12_182],
])("%s has the slot %i", (key, slot) => {
  expect(slotOf(key)).toBe(slot);
});

it("hashes all of a key whose first braces hold nothing", () => {
  expect(slotOf("{}foo")).not.toBe(slotOf("{}bar"));
});
