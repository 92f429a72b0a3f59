import { describe, expect, it } from "vitest";
import { readNode } from "../../../src/engines/valkey/observe/node.ts";
import { answersIn, errorIn } from "../../../src/engines/valkey/valkey-cli.ts";
import { aSpec } from "../../support/valkey-model/a-spec.ts";

const where = { place: { shard: 0, ordinal: 0 }, ip: "10.88.0.7" };
const [me, other, third] = ["a", "b", "c"].map((letter) => letter.repeat(40));
const host = "demo-shard-1-0.demo-nodes.shop.svc";

/** As Valkey 8.1.1 and 9.1.2 write it. */
const nodes = [
  `${me} 10.88.0.7:6379@16379,demo-shard-0-0.demo-nodes.shop.svc myself,master - 0 0 3 connected 0-100 8192 [9000->-${other}] [9001-<-${third}]`,
  `${other} 10.88.0.8:6379@16379,${host} slave,fail? ${third} 1795770350457 1795770349591 2 disconnected`,
  `${third} 10.88.0.9:6379@16379 handshake - 0 0 0 disconnected`,
].join("\n");

const info = [
  "# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.2",
  "# Memory\r\nused_memory:2662992\r\nmaxmemory:805306368",
  "# Persistence\r\nloading:0",
  "# Replication\r\nrole:master\r\nmaster_repl_offset:1234",
].join("\r\n");

const migrations = [
  ...["name", "2bb3", "operation", "EXPORT", "slot_ranges", "0-100", "state", "snapshotting", "message", ""],
  ...["name", "1aa2", "operation", "EXPORT", "slot_ranges", "200-300", "state", "success", "message", ""],
].join("\n");

describe("what a node says", () => {
  it("is read out of its answers", () => {
    const node = readNode(aSpec(), where, [nodes, "cluster_state:ok\r\n", info, "42", migrations]);
    expect(node).toMatchObject({
      ...where,
      id: me,
      server: { flavour: "valkey", version: "9.1.2" },
      role: "primary",
      primaryId: undefined,
      offset: 1234,
      keys: 42,
      usedBytes: 2662992,
      maxBytes: 805306368,
      clusterOk: true,
      slots: [
        { from: 0, to: 100 },
        { from: 8192, to: 8192 },
      ],
      open: [
        { slot: 9000, direction: "to", nodeId: other },
        { slot: 9001, direction: "from", nodeId: third },
      ],
      migrating: 1,
      migrationFailed: undefined,
    });
    expect(node?.peers).toEqual([
      {
        id: other,
        ip: "10.88.0.8",
        place: { shard: 1, ordinal: 0 },
        role: "replica",
        primaryId: third,
        state: "suspected",
        slots: [],
        epoch: 2,
      },
      {
        id: third,
        ip: "10.88.0.9",
        place: undefined,
        role: "primary",
        primaryId: undefined,
        state: "handshake",
        slots: [],
        epoch: 0,
      },
    ]);
  });

  it("tells of the newest move that failed", () => {
    const failed = ["name", "1", "state", "failed", "message", "Connection lost to target"].join("\n");
    expect(readNode(aSpec(), where, [nodes, "", info, "0", failed])).toMatchObject({
      migrating: 0,
      migrationFailed: "Connection lost to target",
    });
  });

  it.each([
    ["a server that is still loading", ["LOADING Valkey is loading the dataset in memory"]],
    ["one that does not take the password", ["NOAUTH Authentication required."]],
    ["one that has said nothing", []],
    ["one whose connection broke half-way", [nodes, "cluster_state:ok"]],
  ])("is nothing for %s", (_what, answers) => {
    expect(readNode(aSpec(), where, answers)).toBeUndefined();
  });
});

describe("answers of valkey-cli", () => {
  it("are told apart by the mark between them", () => {
    const mark = "dbop-end-of-answer";
    expect(answersIn(`OK\n${mark}\nline 1\nline 2\n\n${mark}\nhalf`)).toEqual(["OK", "line 1\nline 2"]);
  });

  it.each([
    ["ERR Unknown node abc", "ERR Unknown node abc"],
    ["NOAUTH Authentication required.", "NOAUTH Authentication required."],
    ["OK", undefined],
    ["4f7b1c0d", undefined],
  ])("%s is an error: %s", (answer, error) => {
    expect(errorIn(answer)).toBe(error);
  });
});
