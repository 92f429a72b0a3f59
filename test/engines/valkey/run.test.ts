import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runValkeyCommand } from "../../../src/engines/valkey/run.ts";
import type { ValkeyCommand } from "../../../src/engines/valkey/commands.ts";
import type { EngineIo } from "../../../src/engines/engine.ts";
import type { ExecRequest, ExecResult } from "../../../src/kube/kube-client.ts";
import type { KubeObject } from "../../../src/kube/objects.ts";
import { DbopError } from "../../../src/errors.ts";
import { aSpec } from "../../support/valkey-model/a-spec.ts";

const place = { shard: 1, ordinal: 0 };
const [id, other] = ["a", "b"].map((letter) => letter.repeat(40));
const mark = "dbop-end-of-answer";

interface Told {
  readonly asked: ExecRequest[];
  readonly created: KubeObject[];
}

/** Answers each command with the next of `answers`. */
function io(answers: readonly string[], result: Partial<ExecResult> = {}): EngineIo & Told {
  const asked: ExecRequest[] = [];
  const created: KubeObject[] = [];
  const refuse = (): never => {
    throw new Error("not asked for here");
  };
  const stdout = answers.map((answer) => `${answer}\n${mark}\n`).join("");
  return {
    asked,
    created,
    now: () => new Date(0),
    get: refuse,
    list: refuse,
    log: refuse,
    apply: refuse,
    delete: refuse,
    create: (object) => {
      created.push(object);
      return Promise.resolve(object);
    },
    exec: (request) => {
      asked.push(request);
      return Promise.resolve({ outcome: "exited", code: 0, stdout, stderr: "", ...result } as ExecResult);
    },
  };
}

const typed = ({ asked }: Told): readonly string[] =>
  asked.flatMap(({ stdin = "" }) => stdin.split("\n").filter((line) => line !== "" && !line.startsWith("ECHO ")));

describe("a command", () => {
  it.each<[command: ValkeyCommand, words: readonly string[]]>([
    [
      { name: "dealSlots", to: place, slots: [{ from: 0, to: 99 }], epoch: 2 },
      ["CLUSTER SET-CONFIG-EPOCH 2", "CLUSTER ADDSLOTSRANGE 0 99"],
    ],
    [
      { name: "meet", via: place, ips: ["10.0.0.1", "10.0.0.2"] },
      ["CLUSTER MEET 10.0.0.1 6379 16379", "CLUSTER MEET 10.0.0.2 6379 16379"],
    ],
    [{ name: "replicate", place, primaryId: id ?? "" }, [`CLUSTER REPLICATE ${id ?? ""}`]],
    [{ name: "failover", to: place }, ["CLUSTER FAILOVER"]],
    [{ name: "takeover", to: place }, ["CLUSTER FAILOVER TAKEOVER"]],
    [
      { name: "forget", via: [place], ids: [id ?? "", other ?? ""] },
      [`CLUSTER FORGET ${id ?? ""}`, `CLUSTER FORGET ${other ?? ""}`],
    ],
    [
      {
        name: "migrateSlots",
        from: place,
        ranges: [
          { from: 0, to: 9 },
          { from: 20, to: 20 },
        ],
        toId: id ?? "",
      },
      [`CLUSTER MIGRATESLOTS SLOTSRANGE 0 9 20 20 NODE ${id ?? ""}`],
    ],
  ])("%j is told in Valkey's words", async (command, words) => {
    const told = io(words.map(() => "OK"));
    expect(await runValkeyCommand(command, told, aSpec())).toEqual({ outcome: "done" });
    expect(typed(told)).toEqual(words);
    expect(told.asked[0]).toMatchObject({ namespace: "shop", pod: "demo-shard-1-0", container: "valkey" });
  });

  it("moves slots key by key with Valkey's own tool, and no password on its command line", async () => {
    const told = io(["Moving slot 0"]);
    const command = {
      name: "reshardSlots",
      from: place,
      ip: "10.0.0.7",
      fromId: id ?? "",
      toId: other ?? "",
      count: 5,
      keysAtOnce: 20,
    } as const;
    expect(await runValkeyCommand(command, told, aSpec())).toEqual({ outcome: "done" });
    expect(told.asked[0]?.argv.slice(4).join(" ")).toMatch(
      /^--cluster reshard 10\.0\.0\.7:6379 --cluster-from a+ --cluster-to b+ --cluster-slots 5 --cluster-pipeline 20 .*--cluster-yes$/u,
    );
  });

  it("finishes what was interrupted by an address that every node can call", async () => {
    const told = io(["[OK] All 16384 slots covered."]);
    await runValkeyCommand({ name: "finishOpenSlots", via: place, ip: "10.0.0.7" }, told, aSpec());
    expect(told.asked[0]?.argv.slice(4)).toEqual(["--cluster", "fix", "10.0.0.7:6379"]);
  });

  it("starts no second mover beside one that a killed run has left, and says so", async () => {
    const told = io(["OK"]);
    await runValkeyCommand({ name: "finishOpenSlots", via: place, ip: "10.0.0.7" }, told, aSpec());
    const script = told.asked[0]?.argv[2] ?? "";
    expect(told.asked[0]?.argv[3]).toBe("/proc");
    const processes = mkdtempSync(join(tmpdir(), "dbop-processes-"));
    const runs = (id: string, ...words: readonly string[]): void => {
      mkdirSync(join(processes, id));
      writeFileSync(join(processes, id, "cmdline"), words.map((word) => `${word}\0`).join(""));
    };
    const client = join(processes, "redis-cli");
    writeFileSync(client, '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
    const env = { PATH: `${processes}:${process.env["PATH"] ?? ""}` };
    const start = (): string => spawnSync("sh", ["-c", script, processes, "started"], { encoding: "utf8", env }).stdout;
    try {
      runs("1", "valkey-server", "*:6379 [cluster]");
      runs("20", "valkey-cli", "-e", "PING");
      expect(start()).toBe("started\n");
      runs("21", "redis-cli", "--tls", "--cluster", "reshard", "10.0.0.7:6379");
      expect(start()).toMatch(/ERR a run before this one is still moving slots/u);
    } finally {
      rmSync(processes, { recursive: true });
    }
  });

  it("makes a password once, which is a word and differs each time", async () => {
    const [first, second] = [io([]), io([])];
    await runValkeyCommand({ name: "makePassword" }, first, aSpec());
    await runValkeyCommand({ name: "makePassword" }, second, aSpec());
    const words = [first, second].map(({ created: [secret] }) =>
      Buffer.from(String((secret?.["data"] as Record<string, string>)["password"]), "base64").toString("utf8"),
    );
    expect(words[0]).toMatch(/^[\w-]{32}$/u);
    expect(words[0]).not.toBe(words[1]);
    const there = {
      ...io([]),
      create: () => Promise.reject(new DbopError("AlreadyExists", "secrets demo-auth is there")),
    };
    expect(await runValkeyCommand({ name: "makePassword" }, there, aSpec())).toEqual({ outcome: "done" });
  });

  it.each<[what: string, command: ValkeyCommand, answer: string, outcome: "done" | "not-yet" | "OperationFailed"]>([
    [
      "slots that are its own already",
      { name: "dealSlots", to: place, slots: [{ from: 0, to: 9 }], epoch: 1 },
      "ERR Slot 0 is already busy",
      "done",
    ],
    ["a node nobody remembers", { name: "forget", via: [place], ids: ["x"] }, "ERR Unknown node x", "done"],
    ["whom it follows", { name: "forget", via: [place], ids: ["x"] }, "ERR Can't forget my master!", "not-yet"],
    ["a primary it has not met", { name: "replicate", place, primaryId: "x" }, "ERR Unknown node x", "not-yet"],
    [
      "one that leads already",
      { name: "failover", to: place },
      "ERR You should send CLUSTER FAILOVER to a replica",
      "done",
    ],
    [
      "a node with keys",
      { name: "replicate", place, primaryId: "x" },
      "ERR To set a master the node must be empty",
      "OperationFailed",
    ],
    ["a wrong password", { name: "failover", to: place }, "NOAUTH Authentication required.", "OperationFailed"],
  ])("judges %s: %j", async (_what, command, answer, outcome) => {
    const running = runValkeyCommand(command, io([answer]), aSpec());
    if (outcome === "OperationFailed") await expect(running).rejects.toMatchObject({ reason: outcome });
    else expect(await running).toMatchObject({ outcome });
  });

  it("whose outcome was not seen is unknown, and looked at again", async () => {
    const lost = io([], { outcome: "unknown", why: "the connection was lost" });
    for (const command of [
      { name: "failover", to: place },
      { name: "finishOpenSlots", via: place, ip: "10.0.0.7" },
    ] as const)
      await expect(runValkeyCommand(command, lost, aSpec())).rejects.toMatchObject({ reason: "Unknown" });
  });
});
