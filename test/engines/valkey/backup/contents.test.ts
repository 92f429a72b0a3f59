import { describe, expect, it } from "vitest";
import { contents } from "../../../../src/engines/valkey/backup/contents.ts";

const ids = ["a".repeat(40), "b".repeat(40), "c".repeat(40)] as const;
const slots = ["0-5460", "5461-10922", "10923-16383"] as const;

interface Map {
  readonly epochs?: readonly number[];
  readonly owned?: readonly string[];
}

/** As `valkey-cli --cluster call` prints it: each node's answer after its address. */
function map({ epochs = [1, 2, 3], owned = slots }: Map = {}): string {
  const answers = ids.map((id, index) => {
    const own = `${id} 10.0.0.${String(index)}:6379@16379,demo-shard-${String(index)}-0 myself,master - 0 0 ${String(epochs[index])} connected ${owned[index] ?? ""}`;
    const replica = `${String(index).repeat(40)} 10.0.0.9:6379@16379 slave ${id} 0 1795783840644 1 connected`;
    return `10.0.0.${String(index)}:6379: ${own}\n${replica}\n`;
  });
  return `\u001b[29;1m>>> Calling\u001b[0m CLUSTER NODES\n${answers.join("\n")}`;
}

interface File {
  readonly offset?: number;
  readonly keys?: number;
  readonly writer?: string;
}

function check({ offset = 500, keys = 100, writer = "valkey-ver = '9.1.2'" }: File = {}): string {
  return [
    "[offset 0] Checking RDB file /work/taken/shard-0.rdb",
    `[offset 27] AUX FIELD ${writer}`,
    `[offset 152] AUX FIELD repl-offset = '${String(offset)}'`,
    "[offset 243] Selecting DB ID 0",
    "[offset 267] AUX FIELD slot-info = '15,1,1,0'",
    "[offset 15399] Checksum OK",
    "[offset 15399] \\o/ RDB looks OK! \\o/",
    `[info] ${String(keys)} keys read`,
    "[info] 10 expires",
    "[info] 0 already expired",
    "",
  ].join("\n");
}

const expected = ids.map((primaryId, index) => ({
  name: `demo-shard-${String(index)}`,
  file: `data/shard-${String(index)}.rdb`,
  primaryId,
  slots: slots[index],
  offset: 400,
  fromPrimary: false,
}));

const good: Readonly<Record<string, string>> = {
  "inspect-map-before": map(),
  "inspect-map-after": map(),
  "inspect-file-0": check({ offset: 500 }),
  "inspect-file-1": check({ offset: 400 }),
  "inspect-file-2": check({ offset: 777, keys: 5000 }),
};

function judged(logs: Readonly<Record<string, string>>, known: unknown = expected): string {
  const held = contents({ said: (container) => ({ ...good, ...logs })[container] ?? "", expected: known });
  return held.ok ? held.value.consistencyPoint : held.problems;
}

describe("what was taken of Valkey", () => {
  it("is a backup that says which slots are in which file", () => {
    const held = contents({ said: (container) => good[container] ?? "", expected });
    expect(held).toEqual({
      ok: true,
      value: {
        consistencyPoint: "offsets 500 400 777, each shard at its own moment",
        format: "valkey 9.1.2",
        shards: slots.map((text, index) => ({
          name: `demo-shard-${String(index)}`,
          file: `data/shard-${String(index)}.rdb`,
          slots: text,
          keys: index === 2 ? 5000 : 100,
          expiring: 10,
        })),
      },
    });
  });

  const changed = /^slots or their owners changed while it was taken: .* It is discarded$/u;
  it.each<[why: string, logs: Readonly<Record<string, string>>, words: RegExp]>([
    [
      "a slot has another owner afterwards",
      { "inspect-map-after": map({ owned: ["1-5460", "0 5461-10922", slots[2]] }) },
      changed,
    ],
    ["a slot has come and gone", { "inspect-map-after": map({ epochs: [1, 9, 3] }) }, changed],
    [
      "a slot went before the first copy",
      { "inspect-map-before": map({ owned: ["1-5460", "0 5461-10922", slots[2]] }) },
      changed,
    ],
    ["an owner does not answer afterwards", { "inspect-map-after": map().split("\n\n")[0] ?? "" }, changed],
    [
      "a slot is on its way",
      { "inspect-map-after": map({ owned: [`0-5460 [7->-${ids[1]}]`, slots[1], slots[2]] }) },
      /^slots were on their way/u,
    ],
    [
      "a move at once was begun",
      { "inspect-moves-after": "10.0.0.1:6379: name\nx\nstate\nfailed\n" },
      /^moves of slots began or ended/u,
    ],
    [
      "a replica was behind",
      { "inspect-file-1": check({ offset: 399 }) },
      /^the replica of demo-shard-1 was behind: its copy ends at offset 399, and writes up to 400/u,
    ],
    [
      "a copy says no offset",
      { "inspect-file-1": check().replace(/^.*repl-offset.*\n/mu, "") },
      /^the replica of demo-shard-1 was behind/u,
    ],
    [
      "a server finds fewer keys",
      { "inspect-loaded-0": "89\n" },
      /^a server that has loaded the copy of demo-shard-0 has 89 keys of 100$/u,
    ],
    ["a file is not whole", { "inspect-file-2": "[offset 10] Unexpected EOF" }, /its Job found out is lost/u],
    ["nobody knows who owned what", { "inspect-map-before": "" }, /its Job found out is lost/u],
  ])("is none when %s", (_, logs, words) => {
    expect(judged(logs)).toMatch(words);
  });

  it("is one when keys that had a time have gone, and whatever order nodes answer in", () => {
    const turned = map().split("\n\n").toReversed().join("\n\n");
    expect(judged({ "inspect-loaded-0": "90\n", "inspect-map-after": turned })).toMatch(/^offsets /u);
  });

  it("asks no offset of a primary: it has what it has acknowledged", () => {
    const alone = expected.map((one) => ({ ...one, fromPrimary: true }));
    expect(judged({ "inspect-file-0": check({ offset: 1 }) }, alone)).toMatch(/^offsets 1 400/u);
  });

  it("is none when its Job does not know what to compare it with", () => {
    expect(judged({}, "")).toMatch(/is lost/u);
    expect(judged({}, expected.slice(1))).toBe(
      "not every slot had an owner while it was taken: keys could be in it twice or not at all. It is discarded",
    );
  });
});
