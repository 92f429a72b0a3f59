import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { toCheckOptions } from "../../src/cli/commands/check.ts";
import type { Answer, Result } from "../../src/checks/finding.ts";
import { anAnswer, aReport } from "../support/checks/a-report.ts";
import { runCli } from "../support/cli.ts";

const check = () => Promise.resolve([aReport()]);
const found = (...results: readonly Result[]) => ({
  check: () =>
    Promise.resolve([aReport(results.map((result, index): Answer => anAnswer(`L3.${String(index + 1)}`, result)))]),
});

describe("check", () => {
  it.each<readonly [command: string, verb: string, request: unknown]>([
    ["check demo -n shop", "check", { name: "demo", namespace: "shop" }],
    ["check dbc/demo", "check", { name: "demo", namespace: "default" }],
    ["check", "check", { namespace: "default" }],
    ["check -A", "check", {}],
    ["check -l team=core", "check", { namespace: "default", labelSelector: "team=core" }],
    ["check Cluster/orders.v1 -n shop", "checkForeign", { kind: "Cluster", name: "orders.v1", namespace: "shop" }],
    [
      "check clusters.postgresql.cnpg.io/orders",
      "checkForeign",
      { kind: "clusters.postgresql.cnpg.io", name: "orders", namespace: "default" },
    ],
  ])("%s", async (command, verb, request) => {
    const { calls } = await runCli(command);
    expect(calls).toEqual([[verb, request]]);
  });

  it.each<readonly [text: string, levels: readonly number[]]>([
    ["3", [3]],
    ["1-3", [1, 2, 3]],
    ["1,3", [1, 3]],
    ["1-2,5", [1, 2, 5]],
  ])("takes --level %s", (level, levels) => {
    expect(toCheckOptions({ level }, ["demo"]).levels).toEqual(levels);
  });

  it.each<readonly [command: string, complaint: RegExp]>([
    ["check demo --level 6", /--level/u],
    ["check demo --level 3-1", /--level/u],
    ["check demo --id L9.1", /the id of a check/u],
    ["check demo --fail-on never", /--fail-on/u],
    ["check demo -o name", /--output/u],
    ["check a b", /one NAME at most/u],
    ["check Cluster/a b", /one KIND\/NAME at most/u],
    ["check Cluster/A_b", /NAME/u],
    ["check demo -A", /--all-namespaces/u],
    ["check demo --probe", /unknown flag/u],
  ])("refuses %s", async (command, complaint) => {
    const { code, stderr, calls } = await runCli(command);
    expect({ code, calls }).toEqual({ code: 2, calls: [] });
    expect(stderr).toMatch(complaint);
  });

  it.each<readonly [results: readonly Result[], flags: string, code: number]>([
    [["pass", "not-applicable"], "", 0],
    [["pass", "warn", "unknown"], "", 0],
    [["pass", "fail", "warn"], "", 10],
    [["warn", "unknown"], "--fail-on=warn", 11],
    [["unknown"], "--fail-on=warn", 0],
    [["unknown"], "--fail-on=unknown", 11],
    [["warn"], "--fail-on=unknown", 11],
    [["fail", "unknown"], "--fail-on=unknown", 10],
  ])("ends, of %j, with %s: %i", async (results, flags, code) => {
    for (const format of ["table", "json", "junit", "scorecard"])
      expect((await runCli(`check demo ${flags} -o ${format}`, { verbs: found(...results) })).code).toBe(code);
  });

  it("counts only what was asked for", async () => {
    const verbs = { check };
    expect((await runCli("check demo --level 1", { verbs })).code).toBe(0);
    expect((await runCli("check demo --level 1,3", { verbs })).code).toBe(10);
    expect((await runCli("check demo --id L1.1 --id L2.3 --fail-on warn", { verbs })).code).toBe(11);
    const { stdout } = await runCli("check demo --id L3.4 -o json", { verbs });
    expect(JSON.parse(stdout)).toMatchObject({
      kind: "CheckReport",
      checks: [{ id: "L3.4" }],
      levels: [{ level: 1 }, {}, {}, {}, {}],
    });
  });

  it("prints one document, whatever the format", async () => {
    const verbs = { check };
    expect(parse((await runCli("check demo -o yaml", { verbs })).stdout)).toMatchObject({
      apiVersion: "report.dbop.dev/v1alpha1",
      kind: "CheckReport",
    });
    expect(JSON.parse((await runCli("check -o json", { verbs })).stdout)).toMatchObject({
      kind: "CheckReportList",
      items: [{ kind: "CheckReport" }],
    });
    expect(JSON.parse((await runCli("check demo -o scorecard", { verbs })).stdout)).toMatchObject({ kind: "TestList" });
    expect((await runCli("check demo -o junit", { verbs })).stdout).toMatch(/^<\?xml /u);
    expect((await runCli("check", { verbs })).stdout).toMatch(/^NAME +LEVEL +L1 /u);
  });

  it("says that there is none, and is content", async () => {
    expect(await runCli("check")).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "No databases found in this namespace\n",
    });
  });

  it("prints its Roles without a cluster", async () => {
    const { calls, code } = await runCli("check demo --print-rbac -n shop");
    expect({ calls, code }).toEqual({ calls: [["rbac", "check"]], code: 0 });
  });
});
