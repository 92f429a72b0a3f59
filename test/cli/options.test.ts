import { describe, expect, it } from "vitest";
import { runCli } from "../support/cli.ts";

const defaults = {
  dryRun: "none",
  timeoutMs: 600_000,
  lockTimeoutMs: 0,
  fieldManager: "kubectl-dbop",
  forceConflicts: false,
  warningsAsErrors: false,
  errorUnchanged: false,
  printRbac: false,
  adopt: false,
  yes: false,
  input: true,
};

describe("argv to request", () => {
  it.each<[argv: string, verb: string, request: unknown]>([
    ["scale demo --replicas 5", "scale", { name: "demo", namespace: "default", replicas: 5 }],
    ["scale demo --replicas=5", "scale", { name: "demo", namespace: "default", replicas: 5 }],
    ["scale --replicas 5 demo", "scale", { name: "demo", namespace: "default", replicas: 5 }],
    ["scale --replicas 5 -- demo", "scale", { name: "demo", namespace: "default", replicas: 5 }],
    ["scale dbc/demo --replicas 5", "scale", { name: "demo", namespace: "default", replicas: 5 }],
    ["scale databasecluster.dbop.dev/demo --replicas 5", "scale", { name: "demo", namespace: "default", replicas: 5 }],
    ["scale demo --storage 20Gi", "scale", { name: "demo", namespace: "default", storage: "20Gi" }],
    ["scale demo --cpu 500m --memory 2Gi", "scale", { name: "demo", namespace: "default", cpu: "500m", memory: "2Gi" }],
    ["scale demo --replicas 5 -n prod", "scale", { name: "demo", namespace: "prod", replicas: 5 }],
    ["scale demo --replicas 5 -n=prod", "scale", { name: "demo", namespace: "prod", replicas: 5 }],
    ["scale demo --replicas 5 --namespace=prod", "scale", { name: "demo", namespace: "prod", replicas: 5 }],
    ["-n prod scale demo --replicas 5", "scale", { name: "demo", namespace: "prod", replicas: 5 }],
    [
      "--namespace=prod --insecure-skip-tls-verify scale demo --replicas 5",
      "scale",
      { name: "demo", namespace: "prod", replicas: 5 },
    ],
    ["scale demo --replicas 3 --replicas 5", "scale", { name: "demo", namespace: "default", replicas: 5 }],
    ["reshard demo --shards 5", "reshard", { name: "demo", namespace: "default", shards: 5 }],
    ["reshard demo -n prod --rebalance", "reshard", { name: "demo", namespace: "prod" }],
    ["reshard demo --shards 5 --rebalance=false", "reshard", { name: "demo", namespace: "default", shards: 5 }],
    ["reshard --print-rbac", "rbac", "reshard"],
    ["reconcile demo", "reconcile", { name: "demo", namespace: "default" }],
    ["delete demo", "delete", { name: "demo", namespace: "default", deleteData: false }],
    ["delete demo --delete-data", "delete", { name: "demo", namespace: "default", deleteData: true }],
    ["delete demo --delete-data=false", "delete", { name: "demo", namespace: "default", deleteData: false }],
    ["unlock demo", "unlock", { name: "demo", namespace: "default" }],
    ["history demo", "history", { name: "demo", namespace: "default" }],
    ["status demo", "status", { name: "demo", namespace: "default" }],
    ["status", "status", { namespace: "default" }],
    ["status -A", "status", {}],
    ["list -l team=core -n prod", "list", { namespace: "prod", labelSelector: "team=core" }],
    ["list --all-namespaces", "list", {}],
    ["status --print-rbac", "rbac", "status"],
    ["install --print-rbac", "rbac", "install"],
    ["scale demo --replicas 5 --print-rbac -n prod", "rbac", "scale"],
  ])("kubectl dbop %s", async (argv, verb, request) => {
    const run = await runCli(argv);
    expect(run.stderr).not.toContain("error");
    expect(run.calls).toEqual([[verb, request]]);
    expect(run.code).toBe(0);
  });

  it.each<
    [flags: string, changed: Partial<typeof defaults> & { readonly confirm?: string; readonly planHash?: string }]
  >([
    ["", {}],
    ["--dry-run=client", { dryRun: "client" }],
    ["--dry-run=server", { dryRun: "server" }],
    ["--timeout 90s", { timeoutMs: 90_000 }],
    ["--timeout 1h30m", { timeoutMs: 5_400_000 }],
    ["--timeout 1.5s", { timeoutMs: 1500 }],
    ["--timeout 0", { timeoutMs: 0 }],
    ["--lock-timeout 30s", { lockTimeoutMs: 30_000 }],
    ["-y", { yes: true }],
    ["--yes=true", { yes: true }],
    ["--yes=false", { yes: false }],
    ["--confirm=demo", { confirm: "demo" }],
    ["--no-input", { input: false }],
    ["--field-manager ci", { fieldManager: "ci" }],
    ["--force-conflicts", { forceConflicts: true }],
    ["--plan-hash 0123456789abcdef", { planHash: "0123456789abcdef" }],
    ["--warnings-as-errors", { warningsAsErrors: true }],
    ["--error-unchanged", { errorUnchanged: true }],
    ["--adopt", { adopt: true }],
  ])("reconcile demo %s", async (flags, changed) => {
    const [run] = (await runCli(`reconcile demo ${flags}`)).runs;
    expect(run).toMatchObject({ ...defaults, ...changed });
    if (changed.confirm === undefined) expect(run).not.toHaveProperty("confirm");
  });

  it("hands kubectl's global flags to whoever connects", async () => {
    let seen: unknown;
    await runCli(
      "list --kubeconfig k --context c --cluster cl --user u -s https://h --as a --as-uid 7 --as-group g1 --as-group g2 --token t " +
        "--client-certificate cc --client-key ck --tls-server-name n --insecure-skip-tls-verify=true --request-timeout 30 " +
        "--disable-compression -v=6",
      { connect: (options) => ((seen = options), Promise.reject(new Error("seen"))) },
    );
    expect(seen).toEqual({
      cluster: {
        verbosity: 6,
        access: {
          kubeconfig: "k",
          context: "c",
          cluster: "cl",
          user: "u",
          server: "https://h",
          as: "a",
          asUid: "7",
          asGroups: ["g1", "g2"],
          token: "t",
          clientCertificate: "cc",
          clientKey: "ck",
          tlsServerName: "n",
          insecureSkipTlsVerify: true,
          requestTimeout: "30",
          disableCompression: true,
        },
      },
    });
  });
});
