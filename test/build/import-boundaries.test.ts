import { ESLint } from "eslint";
import { describe, expect, it } from "vitest";

// The rules are those of eslint.config.js; type information is switched off, because a snippet belongs to no project.
const eslint = new ESLint({
  overrideConfig: [
    {
      files: ["**/*.ts"],
      languageOptions: { parserOptions: { projectService: false } },
    },
  ],
  ruleFilter: ({ ruleId }) =>
    ruleId.includes("restricted") || ruleId === "@typescript-eslint/consistent-type-assertions",
});

async function complaints(file: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: file });
  return (result?.messages ?? []).map(({ message }) => message);
}

const forbidden: readonly (readonly [file: string, code: string, says: string])[] = [
  ["src/output/x.ts", 'import "../cli/flags.ts";', "cli is at the top"],
  ["src/reconcile/x.ts", 'import "../cli/flags.ts";', "cli is at the top"],
  ["src/reconcile/x.ts", 'import "../output/table.ts";', "Only cli renders"],
  ["src/engines/etcd/x.ts", 'import "../../output/table.ts";', "Only cli renders"],
  ["src/engines/etcd/x.ts", 'import "../../reconcile/pass.ts";', "reconcile is above"],
  ["src/resources/x.ts", 'import "../engines/engine.ts";', "engines are above"],
  ["src/resources/x.ts", 'import "../backup/job.ts";', "backup is a sibling or above"],
  ["src/plan/x.ts", 'import "../resources/labels.ts";', "resources is above"],
  ["src/plan/x.ts", 'import "../api/database-cluster.ts";', "api is a leaf"],
  ["src/api/x.ts", 'import "../resources/labels.ts";', "resources is above"],
  ["src/checks/x.ts", 'import "../engines/engine.ts";', "engines are above"],
  ["src/backup/x.ts", 'import "../checks/level.ts";', "checks is a sibling or above"],
  ["src/kube/x.ts", 'import "../plan/step.ts";', "kube knows no plans"],
  ["src/errors.ts", 'import "./plan/step.ts";', "it imports nothing"],
  ["src/cli/x.ts", 'import "../main.ts";', "nothing imports it"],
  ["src/reconcile/x.ts", 'import "../kube/rest-client.ts";', "kube only through its port"],
  ["src/engines/etcd/x.ts", 'import "../../kube/access.ts";', "kube only through its port"],
  ["src/cli/x.ts", 'import "../kube/rest-client.ts";', "kube adapters only in"],
  ["src/output/x.ts", 'import "../engines/index.ts";', "output renders plain data"],
  ["src/output/x.ts", 'import "../reconcile/pass.ts";', "output renders plain data"],
  ["src/reconcile/x.ts", 'import "../engines/etcd/plan.ts";', "no engine by name"],
  ["src/cli/x.ts", 'import "../engines/etcd/plan.ts";', "no engine by name"],
  ["src/engines/etcd/x.ts", 'import "../valkey/plan.ts";', "never imports another engine"],
  ["src/engines/etcd/observe/x.ts", 'import "../../valkey/plan.ts";', "never imports another engine"],
  ["src/output/x.ts", 'import "commander";', "commander only in src/cli/"],
  ["src/cli/x.ts", 'import "@inquirer/prompts";', "inquirer only in src/cli/prompt.ts"],
  ["src/cli/x.ts", 'import "chalk";', "chalk only in src/output/"],
  ["src/reconcile/x.ts", 'import "ws";', "ws only in src/kube/"],
  ["src/reconcile/x.ts", 'import "https-proxy-agent";', "proxy agents only in src/kube/"],
  ["src/resources/x.ts", 'import "@peculiar/x509";', "x509 only in src/resources/tls/"],
  ["src/kube/x.ts", 'import "@kubernetes/client-node";', "client-node is not used"],
  ["src/cli/x.ts", 'import "node:process";', "process only in src/main.ts"],
  ["src/cli/x.ts", "process.exitCode = 1;", "process only in src/main.ts"],
  ["src/output/x.ts", 'console.log("");', "console only in src/main.ts"],
  ["src/kube/x.ts", 'await fetch("/");', "use KubeClient"],
  ["src/reconcile/x.ts", 'export const own = engine === "etcd";', "no engine by name"],
  ["src/engines/etcd/plan.ts", "export const at = new Date();", "a plan is pure"],
  ["src/plan/x.ts", "export const at = Date.now();", "a plan is pure"],
  ["src/cli/x.ts", "export default 1;", "default"],
  ["src/cli/x.ts", "export const x = y as string;", "type assertions"],
  ["test/x.test.ts", 'vi.mock("../src/errors.ts");', "no mocks"],
];

const allowed: readonly (readonly [file: string, code: string])[] = [
  ["src/main.ts", 'import "./kube/rest-client.ts"; process.exitCode = 1;'],
  ["src/cli/x.ts", 'import "../reconcile/pass.ts"; import "../kube/access.ts"; import "commander";'],
  ["src/cli/prompt.ts", 'import "@inquirer/prompts";'],
  ["src/cli/connect.ts", 'import "../kube/rest-client.ts";'],
  ["src/output/x.ts", 'import "../reconcile/report.ts"; import "../engines/engine.ts"; import "chalk";'],
  ["src/reconcile/x.ts", 'import "../engines/index.ts"; import "../kube/kube-client.ts";'],
  ["src/engines/index.ts", 'import "./etcd/index.ts";'],
  ["src/engines/etcd/x.ts", 'import "../engine.ts"; import "./plan.ts"; export const name = "etcd";'],
  ["src/engines/etcd/observe/x.ts", 'import "../../engine.ts"; import "../spec.ts"; import "../../../plan/step.ts";'],
  ["src/resources/tls/x.ts", 'import "@peculiar/x509"; import "../../plan/step.ts";'],
  ["src/kube/x.ts", 'import "ws"; import "./access.ts"; import "../errors.ts";'],
  ["build/x.ts", "process.exitCode = 1;"],
  ["vitest.config.ts", "export default 1;"],
];

describe("import boundaries", () => {
  it.each(forbidden)("%s may not hold %s", async (file, code, says) => {
    expect((await complaints(file, code)).join("\n")).toContain(says);
  });

  it.each(allowed)("%s may hold %s", async (file, code) => {
    expect(await complaints(file, code)).toEqual([]);
  });
});
