import { describe, expect, it } from "vitest";
import { DbopError, type Reason } from "../../src/errors.ts";
import type { Run } from "../../src/cli/deps.ts";
import type { PlanView } from "../../src/output/plan.ts";
import type { RunOutcome, RunResult } from "../../src/output/run-view.ts";
import type { Danger } from "../../src/plan/step.ts";
import { ended, runCli } from "../support/cli.ts";

const plan = (danger?: Danger): PlanView => ({
  hash: "0123456789abcdef",
  warnings: [],
  steps: [{ id: "a", title: "Remove member demo-4", why: "5 members, 3 wanted", ...(danger && { danger }) }],
});

/** A run that asks for consent to `danger` before it succeeds. */
const asking = (danger: Danger) => ({
  scale: async (_: unknown, run: Run): Promise<RunResult> => {
    await run.approve(plan(danger));
    return ended({ outcome: "Converged", changed: true });
  },
});

describe("consent", () => {
  it.each<[danger: Danger, flags: string, code: number, says: string]>([
    ["moderate", "", 8, "error: service may be interrupted, and nobody can be asked\nTo go on, add --yes\n"],
    ["moderate", "--yes", 0, ""],
    ["moderate", "--confirm=demo", 0, ""],
    [
      "moderate",
      "--confirm=other",
      8,
      'error: --confirm names "other", but the database is "demo"\nTo go on, use --confirm=demo\n',
    ],
    ["severe", "", 8, "error: data can be lost\nTo go on, add --confirm=demo\n"],
    ["severe", "--yes", 8, "error: data can be lost, and --yes is not enough for that\nTo go on, add --confirm=demo\n"],
    ["severe", "--confirm=demo", 0, ""],
    [
      "severe",
      "--yes --confirm=Demo",
      8,
      'error: --confirm names "Demo", but the database is "demo"\nTo go on, use --confirm=demo\n',
    ],
  ])("without a terminal, %s %s", async (danger, flags, code, says) => {
    const run = await runCli(`scale demo --replicas 3 ${flags}`, { verbs: asking(danger) });
    expect(run.stderr.endsWith(says)).toBe(true);
    expect(run.asked).toEqual([]);
    expect(run.code).toBe(code);
  });

  it.each<[danger: Danger, flags: string, answer: string | boolean, code: number]>([
    ["moderate", "", true, 0],
    ["moderate", "", false, 8],
    ["severe", "", "demo", 0],
    ["severe", "", "yes", 8],
    ["severe", "--yes", "demo", 0],
    ["severe", "--yes", "", 8],
  ])("on a terminal, %s %s answered %s", async (danger, flags, answer, code) => {
    const run = await runCli(`scale demo --replicas 3 ${flags}`, {
      tty: true,
      answers: [answer],
      verbs: asking(danger),
    });
    expect(run.asked).toHaveLength(1);
    expect(run.code).toBe(code);
  });

  it("shows where and what before it asks", async () => {
    const run = await runCli("scale demo --replicas 3 -n prod --color=never", {
      tty: true,
      answers: ["demo"],
      verbs: asking("severe"),
    });
    expect(run.stderr).toBe(
      [
        "Context:   prod",
        "Server:    https://cluster.example:6443",
        "Namespace: prod",
        "Database:  demo",
        "Plan 0123456789abcdef:",
        "  1. Remove member demo-4 (SEVERE: can lose data)",
        "     5 members, 3 wanted",
        "",
      ].join("\n"),
    );
    expect(run.asked).toEqual(["Data can be lost. Type the name of the database (demo) to go on:"]);
  });

  it("asks nobody when the manifest comes through standard input", async () => {
    const text =
      "{apiVersion: dbop.dev/v1alpha1, kind: DatabaseCluster, metadata: {name: demo}, spec: {version: 3.6.4}}";
    const run = await runCli("install -f -", {
      tty: true,
      files: { "-": text },
      verbs: { install: asking("severe").scale },
    });
    expect(run.asked).toEqual([]);
    expect(run.code).toBe(8);
  });

  it("tells a plan once, reported or asked about", async () => {
    const scale = async (_: unknown, run: Run): Promise<RunResult> => {
      run.report({ type: "plan", ...plan("moderate") });
      await run.approve(plan("moderate"));
      return ended({ outcome: "Converged", changed: true });
    };
    const run = await runCli("scale demo --replicas 3", { tty: true, answers: [true], verbs: { scale } });
    expect(run.stderr.split("Remove member demo-4")).toHaveLength(2);
  });
});

describe("how a run ends", () => {
  it.each<[flags: string, outcome: RunOutcome, code: number, stdout: string, stderr: string]>([
    ["", { outcome: "Converged", changed: true }, 0, "databasecluster.dbop.dev/demo scaled\n", ""],
    ["", { outcome: "Converged", changed: false }, 0, "databasecluster.dbop.dev/demo unchanged\n", ""],
    ["--error-unchanged", { outcome: "Converged", changed: false }, 3, "databasecluster.dbop.dev/demo unchanged\n", ""],
    ["--error-unchanged", { outcome: "Converged", changed: true }, 0, "databasecluster.dbop.dev/demo scaled\n", ""],
    ["-o name", { outcome: "Converged", changed: true }, 0, "databasecluster.dbop.dev/demo\n", ""],
    [
      "--dry-run=client",
      { outcome: "Planned", plan: plan(), notSimulated: ["Promote demo-4"] },
      0,
      "Plan 0123456789abcdef:\n  1. Remove member demo-4\n     5 members, 3 wanted\nnot simulated: Promote demo-4\ndatabasecluster.dbop.dev/demo scaled (dry run)\n",
      "",
    ],
    [
      "--dry-run=server",
      { outcome: "Planned", plan: { ...plan(), steps: [] }, notSimulated: [] },
      0,
      "Nothing to do.\ndatabasecluster.dbop.dev/demo unchanged (server dry run)\n",
      "",
    ],
    [
      "",
      { outcome: "Progressing", until: "demo-3 has caught up", seen: "demo-3: 40 MB behind\u001b[2J" },
      4,
      "",
      "error: timed out waiting until demo-3 has caught up; last seen: demo-3: 40 MB behind\nTo go on from here: kubectl dbop reconcile demo -n default\n",
    ],
    [
      "",
      {
        outcome: "Blocked",
        by: [{ guard: "quorum-lost", message: "1 of 3 members answers", observed: "members", lift: "--x" }],
      },
      8,
      "",
      "error: blocked: 1 of 3 members answers [quorum-lost: members]\n  to go on: --x\n",
    ],
    ["", { outcome: "Failed", message: "it broke" }, 9, "", "error: it broke\n"],
  ])("%s %o", async (flags, outcome, code, stdout, stderr) => {
    const scale = (): Promise<RunResult> => Promise.resolve(ended(outcome));
    const run = await runCli(`scale demo --replicas 3 ${flags}`, { verbs: { scale } });
    expect(run).toMatchObject({ code, stdout, stderr });
  });

  it("is one document with -o json, whatever happened", async () => {
    const scale = (): Promise<RunResult> => Promise.resolve(ended({ outcome: "Progressing", until: "x", seen: "y" }));
    const run = await runCli("scale demo --replicas 3 -o json", { verbs: { scale } });
    expect(JSON.parse(run.stdout)).toMatchObject({
      apiVersion: "dbop.dev/v1alpha1",
      kind: "RunReport",
      metadata: { name: "demo", namespace: "default" },
      verb: "scale",
      dryRun: "none",
      outcome: "Progressing",
      until: "x",
      seen: "y",
      cluster: { kind: "DatabaseCluster" },
    });
    expect(run.code).toBe(4);
  });

  it("fails on warnings only when told to", async () => {
    expect((await runCli("reconcile demo", { warnings: 2 })).code).toBe(0);
    const run = await runCli("reconcile demo --warnings-as-errors", { warnings: 2 });
    expect(run).toMatchObject({ code: 1, stderr: "error: 2 warnings received\n" });
  });

  it.each<[reason: Reason, code: number, prefix: string]>([
    ["Usage", 2, "error: "],
    ["Unreachable", 2, "error: "],
    ["Unauthorized", 7, "Error from server (Unauthorized): "],
    ["Forbidden", 7, "Error from server (Forbidden): "],
    ["NotFound", 1, "Error from server (NotFound): "],
    ["AlreadyExists", 1, "Error from server (AlreadyExists): "],
    ["Conflict", 6, "Error from server (Conflict): "],
    ["Invalid", 1, "Error from server (Invalid): "],
    ["Timeout", 4, "error: "],
    ["Locked", 5, "error: "],
    ["LockLost", 5, "error: "],
    ["Refused", 8, "error: "],
    ["NotApplicable", 8, "error: "],
    ["OperationFailed", 9, "error: "],
    ["Interrupted", 130, "error: "],
    ["Unknown", 1, "error: "],
    ["ServerError", 1, "Error from server (ServerError): "],
    ["Internal", 1, "error: internal error: DbopError: "],
  ])("with %s as %i", async (reason, code, prefix) => {
    const scale = (): Promise<RunResult> =>
      Promise.reject(
        new DbopError(reason, "what \u001b]0;evil\u0007happened", { problems: ["first"], hint: "Do this." }),
      );
    const run = await runCli("scale demo --replicas 3", { verbs: { scale } });
    expect(run.code).toBe(code);
    expect(run.stderr.startsWith(`${prefix}what happened\n`)).toBe(true);
    if (reason !== "Internal") expect(run.stderr).toBe(`${prefix}what happened\n  * first\nDo this.\n`);
  });

  it("tells a defect of ours as one, with versions and without a page of source", async () => {
    const scale = (): Promise<RunResult> => Promise.reject(new TypeError("x is not a function"));
    const run = await runCli("scale demo --replicas 3", { verbs: { scale } });
    expect(run.stderr).toMatch(
      /^error: internal error: TypeError: x is not a function\n( {4}at .*\n){1,5}kubectl-dbop 0\.1\.0, Node 24\.0\.0, linux\/x64\n/,
    );
    expect(run.code).toBe(1);
  });
});
