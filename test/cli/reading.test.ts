import { describe, expect, it } from "vitest";
import { readBackup, type DatabaseBackup } from "../../src/api/database-backup.ts";
import { DbopError } from "../../src/errors.ts";
import type { EngineStatus } from "../../src/engines/engine.ts";
import { complete } from "../../src/cli/complete.ts";
import { aDatabase, runCli } from "../support/cli.ts";

const ready = { type: "Ready", status: "True", reason: "AllMembersReady", message: "3 of 3" };
const recorded = aDatabase("demo", {
  status: {
    currentVersion: "3.6.4",
    conditions: [ready],
    serviceName: "demo-client",
    lastReconcileTime: "2025-12-31T23:50:00Z",
    observedGeneration: 1,
    operation: {
      id: "b2",
      verb: "scale",
      request: "--replicas 5",
      step: "member-add/demo-3",
      startedAt: "2025-12-31T23:58:00Z",
      actor: "alice",
    },
    history: [
      {
        id: "a1",
        verb: "install",
        request: "",
        result: "Converged",
        startedAt: "2025-12-31T00:00:00Z",
        finishedAt: "2025-12-31T00:01:05Z",
        actor: "alice",
        steps: 7,
        message: "",
      },
    ],
  },
});

const live: EngineStatus = {
  ready: true,
  reason: "AllMembersReady",
  message: "3 of 3 members ready",
  identity: "cafe",
  currentVersion: "3.6.4",
  serviceName: "demo-client",
  clientPort: 2379,
  facts: [["Leader", "demo-0"]],
  members: [
    { name: "demo-0", ready: true, role: "leader", version: "3.6.4", details: [["DB size", "2 MB"]] },
    { name: "demo-1", ready: false, role: "unknown", version: undefined, details: [["DB size", ""]] },
  ],
};

describe("list", () => {
  const list = () => Promise.resolve([recorded, aDatabase("new\u001b[31m")]);

  it("prints a kubectl table", async () => {
    expect((await runCli("list", { verbs: { list } })).stdout).toBe(
      [
        "NAME   ENGINE   VERSION   REPLICAS   READY       REASON            AGE",
        "demo   etcd     3.6.4     3          True        AllMembersReady   24h",
        "new    etcd     3.6.4     3          <unknown>   <unknown>         24h",
        "",
      ].join("\n"),
    );
  });

  it("puts NAMESPACE first under -A", async () => {
    expect((await runCli("list -A", { verbs: { list } })).stdout).toMatch(/^NAMESPACE {3}NAME .*AGE\ndefault {5}demo /);
  });

  it("says more with -o wide", async () => {
    expect((await runCli("list -o wide", { verbs: { list } })).stdout).toContain(
      "8Gi       demo-client   scale       10m",
    );
  });

  it("says with -o wide how many shards were asked for", async () => {
    const spec = { engine: "spread", version: "1.0.0", replicas: 2, shards: 5, storage: { size: "8Gi" } };
    const both = () => Promise.resolve([recorded, aDatabase("spread", { spec })]);
    const text = (await runCli("list -o wide", { verbs: { list: both } })).stdout;
    const cells = text.split("\n").map((line) => line.split(/ {3,}/));
    const column = cells[0]?.indexOf("SHARDS") ?? -1;
    expect(cells.slice(0, 3).map((line) => line[column])).toEqual(["SHARDS", "<none>", "5"]);
  });

  it("prints one List with -o json, empty or not", async () => {
    expect(JSON.parse((await runCli("list -o json", { verbs: { list } })).stdout)).toMatchObject({
      kind: "List",
      items: [{}, {}],
    });
    expect(JSON.parse((await runCli("list -o json")).stdout)).toMatchObject({ kind: "List", items: [] });
  });

  it("tells on stderr that there are none", async () => {
    expect(await runCli("list")).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "No databases found in this namespace\n",
    });
    expect(await runCli("list -A")).toMatchObject({ code: 0, stdout: "", stderr: "No databases found\n" });
  });
});

describe("status", () => {
  it("shows one database in full", async () => {
    const status = () => Promise.resolve([{ object: recorded, live }]);
    expect((await runCli("status demo", { verbs: { status } })).stdout).toBe(
      [
        "Name:        demo",
        "Namespace:   default",
        "Engine:      etcd 3.6.4",
        "Replicas:    3",
        "Ready:       True  AllMembersReady: 3 of 3 members ready",
        "Service:     demo-client:2379",
        "Identity:    cafe",
        "Leader:      demo-0",
        "Operation:   scale --replicas 5, at step member-add/demo-3, begun 2m ago by alice",
        "Recorded:    10m ago",
        "",
        "NAME     READY   ROLE      VERSION     DB SIZE",
        "demo-0   True    leader    3.6.4       2 MB",
        "demo-1   False   unknown   <unknown>   <none>",
        "",
      ].join("\n"),
    );
  });

  describe("with shards", () => {
    const [first, second] = live.members;
    const members = [first, second].flatMap((member, index) =>
      member === undefined ? [] : [{ ...member, shard: String(index) }],
    );
    const shown = async (argv: string, object = recorded): Promise<string> => {
      const status = () => Promise.resolve([{ object, live: { ...live, members } }]);
      return (await runCli(argv, { verbs: { status } })).stdout;
    };

    it("shows which each member belongs to, and how many there are", async () => {
      const text = await shown("status demo");
      expect(text).toContain("Shards:      2\nReplicas:    3\n");
      expect(text).toContain(
        "NAME     SHARD   READY   ROLE      VERSION     DB SIZE\ndemo-0   0       True    leader ",
      );
    });

    it("counts the members of all, as many shards as were asked for", async () => {
      expect(await shown("status")).toContain("1/6");
      const asked = aDatabase("demo", { spec: { engine: "spread", replicas: 2, shards: 5 } });
      expect(await shown("status", asked)).toContain("1/10");
      expect(await shown("status demo", asked)).toContain("Shards:      5\n");
    });
  });

  it("says what could not be asked", async () => {
    const status = () => Promise.resolve([{ object: recorded, live: { unknown: "no pod answers" } }]);
    expect((await runCli("status demo", { verbs: { status } })).stdout).toContain(
      "Ready:       Unknown  no pod answers\n",
    );
    expect((await runCli("status", { verbs: { status } })).stdout).toContain("<unknown>   Unknown   NotAsked");
  });

  describe("of the last backup", () => {
    const aBackup = (name: string, more: Partial<DatabaseBackup>): DatabaseBackup => ({
      ...readBackup({ apiVersion: "", kind: "", metadata: { name } }),
      locationName: "nightly",
      outcome: "succeeded",
      clusterIdentity: "cafe",
      consistencyPoint: "revision 7",
      verified: { grade: "structural", at: "" },
      ...more,
    });
    const old = aBackup("old", { finishedAt: "2025-12-29T00:00:00Z" });
    const noon = aBackup("noon", { finishedAt: "2025-12-31T21:00:00Z" });
    const strangers = aBackup("other", { finishedAt: "2025-12-31T23:00:00Z", clusterIdentity: "beef" });
    const failed = aBackup("bad", { finishedAt: "2025-12-31T23:00:00Z", outcome: "failed" });
    const removing = aBackup("going", { finishedAt: "2025-12-31T23:00:00Z", outcome: "removing" });

    it.each<readonly [string, readonly DatabaseBackup[], string]>([
      ["none", [], "none"],
      ["none good", [failed, removing], "none"],
      ["none of what was there before, or of a namesake", [failed, strangers], "none of the data it holds now"],
      ["the newest", [noon, old, failed], "3h ago: noon at nightly, revision 7, structural verified"],
      ["one that is old", [old], "3d ago: old at nightly, revision 7, structural verified"],
      [
        "one that nobody tried",
        [{ ...noon, verified: undefined }],
        "3h ago: noon at nightly, revision 7, not verified",
      ],
    ])("tells %s", async (_name, backups, line) => {
      const status = () => Promise.resolve([{ object: recorded, live, backups }]);
      expect((await runCli("status demo", { verbs: { status } })).stdout).toMatch(
        new RegExp(`^Last backup: +${line}$`, "mu"),
      );
    });

    it("says so in colour when there is none of the last day", async () => {
      for (const [backups, begins] of [
        [[noon], "Last backup: 3h"],
        [[old], "Last backup: \u001b["],
      ] as const) {
        const status = () => Promise.resolve([{ object: recorded, live, backups }]);
        const { stdout } = await runCli("status demo --color always", { verbs: { status } });
        expect(stdout.replaceAll(/: +/gu, ": ")).toContain(begins);
      }
    });
  });

  it("is a StatusReport with -o json, or a List of them", async () => {
    const status = () => Promise.resolve([{ object: recorded, live }]);
    expect(JSON.parse((await runCli("status demo -o json", { verbs: { status } })).stdout)).toMatchObject({
      kind: "StatusReport",
      live: { ready: true },
    });
    expect(JSON.parse((await runCli("status -o json", { verbs: { status } })).stdout)).toMatchObject({
      kind: "List",
      items: [{ kind: "StatusReport" }],
    });
  });
});

describe("history", () => {
  it("shows what runs and what ended", async () => {
    const history = () => Promise.resolve(recorded);
    expect((await runCli("history demo", { verbs: { history } })).stdout).toBe(
      [
        "ID   VERB      REQUEST        RESULT      TOOK   AGE",
        "b2   scale     --replicas 5   Running     2m     2m",
        "a1   install   <none>         Converged   65s    24h",
        "",
      ].join("\n"),
    );
  });
});

describe("version", () => {
  const raw = {
    "/version": { gitVersion: "v1.34.4", minor: "34" },
    "/apis/dbop.dev": { versions: [{ version: "v1alpha1" }] },
  };

  it("tells client, server and API", async () => {
    expect((await runCli("version", { raw })).stdout).toBe(
      "Client Version: v0.1.0\nNode Version: 24.0.0\nServer Version: v1.34.4\nServed API: dbop.dev/v1alpha1\n",
    );
  });

  it("warns of a server far from those tested", async () => {
    const run = await runCli("version", { raw: { "/version": { gitVersion: "v1.27.1", minor: "27+" } } });
    expect(run.stderr).toBe("Warning: tested with Kubernetes 1.34; this server is v1.27.1\n");
    expect(run.stdout).toContain("Served API: <none>\n");
  });

  it("asks no server with --client", async () => {
    const connect = () => Promise.reject(new Error("no"));
    expect((await runCli("version --client", { connect })).stdout).toBe(
      "Client Version: v0.1.0\nNode Version: 24.0.0\n",
    );
  });

  it("tells the client, then fails, when no server answers", async () => {
    const connect = () => Promise.reject(new DbopError("Unreachable", "nobody there"));
    const run = await runCli("version -o json", { connect });
    expect(JSON.parse(run.stdout)).toMatchObject({ kind: "VersionReport", clientVersion: { gitVersion: "v0.1.0" } });
    expect(run).toMatchObject({ code: 2, stderr: "error: nobody there\n" });
  });
});

const versions = (): Promise<readonly string[]> => Promise.resolve(["3.5.35", "3.6.16", "3.7.3"]);

describe("complete", () => {
  it.each([
    [["s"], ["scale", "schedule", "status"], 4],
    [["scale", ""], ["demo", "other"], 4],
    [["scale", "d"], ["demo"], 4],
    [["install", ""], [], 4],
    [["list", ""], [], 4],
    [["completion", ""], ["bash", "zsh", "fish", "powershell"], 4],
    [["-n", "prod", "scale", "o"], ["other"], 4],
    [["backup", "list", ""], ["demo", "other"], 4],
    [["backup", "demo", "--to", ""], ["demo", "other"], 4],
    [["backup", "demo", "--verify", "s"], ["structural"], 4],
    [["restore", "x", "--from", "d"], ["demo"], 4],
    [["restore", "x", "--from-location=o"], ["--from-location=other"], 4],
    [["status", "-n", ""], ["demo", "other"], 4],
    [["opt"], ["options"], 4],
    [["scale", "--rep"], ["--replicas"], 4],
    [["scale", "--dry-run=c"], ["--dry-run=client"], 4],
    [["status", "-o", ""], ["json", "yaml", "name"], 4],
    [["list", "-o", "w"], ["wide"], 4],
    [["install", "-f", ""], [], 0],
    [["upgrade", "demo", "--version", ""], ["3.5.35", "3.6.16", "3.7.3"], 4],
    [["upgrade", "demo", "--version=3.7"], ["--version=3.7.3"], 4],
  ])("%j", async (words, choices, directive) => {
    const lines = (await complete(words, () => Promise.resolve(["demo", "other"]), versions)).trimEnd().split("\n");
    expect(lines.slice(0, -1).map((line) => line.split("\t")[0])).toEqual(choices);
    expect(lines.at(-1)).toBe(`:${directive}`);
  });

  it.each<[words: string[], kind: string, before: string[]]>([
    [["scale", ""], "database", []],
    [["backup", "demo", "--to", ""], "location", ["demo", "--to"]],
    [["backup", "list", "--location", ""], "location", ["list", "--location"]],
    [["restore", "x", "--from", ""], "backup", ["x", "--from"]],
    [["-n", "prod", "restore", "x", "--from=", ""], "database", ["-n", "prod", "x", "--from="]],
    [["list", "-n", ""], "namespace", ["-n"]],
  ])("asks after %j for names of a %s", async (words, kind, before) => {
    const asked: unknown[] = [];
    await complete(words, (...question) => (asked.push(question), Promise.resolve([])), versions);
    expect(asked).toEqual([[kind, expect.objectContaining({ words: before })]]);
  });

  it("offers nothing when the cluster does not answer", async () => {
    expect(await complete(["backup", "x", "--to", ""], () => Promise.reject(new Error("no")), versions)).toBe(":4\n");
    expect(await complete(["scale", ""], () => Promise.reject(new Error("no")), versions)).toBe(":4\n");
  });
});
