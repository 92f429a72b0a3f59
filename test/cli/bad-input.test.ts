import { describe, expect, it } from "vitest";
import { ExitCode } from "../../src/cli/exit-code.ts";
import { runCli } from "../support/cli.ts";

const see = (verb: string): string => `See 'kubectl dbop${verb === "" ? "" : ` ${verb}`} --help' for usage.\n`;
const one = (verb: string, problem: string): string => `error: ${problem}\n${see(verb)}`;
const several = (verb: string, ...problems: readonly string[]): string =>
  `error: ${problems.length} problems with the command line\n${problems.map((p) => `  * ${p}\n`).join("")}${see(verb)}`;

const name = "lower-case letters, digits and '-', beginning with a letter, at most 40 characters";
const dryRun = "--dry-run needs a value: --dry-run=client prints the plan, --dry-run=server also asks the API server";
const duration = "a duration such as 30s, 5m or 1h30m, or 0";

const table: readonly (readonly [argv: string, stderr: string])[] = [
  ["frobnicate", `error: unknown command "frobnicate" for "kubectl dbop"\n${see("")}`],
  ["instal", 'error: unknown command "instal" for "kubectl dbop"\n\nDid you mean this?\n\tinstall\n'],
  ["staus demo", 'error: unknown command "staus" for "kubectl dbop"\n\nDid you mean this?\n\tstatus\n'],
  ["help scal", 'error: unknown command "scal" for "kubectl dbop"\n\nDid you mean this?\n\tscale\n'],
  ["-n prod instal", 'error: unknown command "instal" for "kubectl dbop"\n\nDid you mean this?\n\tinstall\n'],
  ["-n prod", one("", "a verb is required")],
  ["scale", several("scale", "NAME is required", "nothing to change: set --replicas, --storage, --cpu or --memory")],
  ["scale demo", one("scale", "nothing to change: set --replicas, --storage, --cpu or --memory")],
  ["scale --replicas 3", one("scale", "NAME is required")],
  ["scale demo other --replicas 3", one("scale", 'unexpected argument "other": one NAME at most')],
  ["scale Demo --replicas 3", one("scale", `invalid value "Demo" for NAME: must be ${name}`)],
  ["scale demo --replicas", one("scale", "flag needs an argument: --replicas")],
  ["scale demo --replicas=", one("scale", 'invalid value "" for --replicas: must be a whole number from 1 to 99')],
  ["scale demo --replicas 0", one("scale", 'invalid value "0" for --replicas: must be a whole number from 1 to 99')],
  ["scale demo --replicas -3", one("scale", 'invalid value "-3" for --replicas: must be a whole number from 1 to 99')],
  [
    "scale demo --replicas 3.5",
    one("scale", 'invalid value "3.5" for --replicas: must be a whole number from 1 to 99'),
  ],
  [
    "scale demo --replicas 1e1",
    one("scale", 'invalid value "1e1" for --replicas: must be a whole number from 1 to 99'),
  ],
  [
    "scale demo --replicas 100",
    one("scale", 'invalid value "100" for --replicas: must be a whole number from 1 to 99'),
  ],
  ["scale demo --storage big", one("scale", 'invalid value "big" for --storage: must be a quantity such as 10Gi')],
  ["scale demo --cpu 1core", one("scale", 'invalid value "1core" for --cpu: must be a quantity such as 500m or 2')],
  ["scale demo --memory 0Gi", one("scale", 'invalid value "0Gi" for --memory: must be a quantity such as 2Gi')],
  ["scale demo --replica 3", one("scale", "unknown flag: --replica (did you mean --replicas?)")],
  ["scale demo --wibble", one("scale", "unknown flag: --wibble")],
  ["scale demo --wibble=3", one("scale", "unknown flag: --wibble")],
  ["scale demo -x", one("scale", "unknown shorthand flag: -x")],
  ["rotate demo", one("rotate", "nothing to rotate: set --certificates or --ca")],
  ["rotate --ca", one("rotate", "NAME is required")],
  [
    "rotate demo --ca --certificates",
    one("rotate", "--certificates and --ca exclude each other: --ca issues every certificate anew"),
  ],
  ["rotate demo --ca=maybe", one("rotate", 'invalid value "maybe" for --ca: must be true or false')],
  ["rotate demo --all", one("rotate", "unknown flag: --all")],
  ["rotate demo --ca --adopt", one("rotate", "unknown flag: --adopt")],
  ["upgrade", several("upgrade", "NAME is required", "required flag --version is not set")],
  [
    "upgrade demo --version 3.7",
    one("upgrade", 'invalid value "3.7" for --version: must be a full version such as 1.2.3'),
  ],
  ["upgrade demo --version 3.7.3 --image=", one("upgrade", "--image must not be empty")],
  ["upgrade demo --version 3.7.3 --force", one("upgrade", "unknown flag: --force (did you mean --force-conflicts?)")],
  ["reshard --shards 3", one("reshard", "NAME is required")],
  ["reshard demo --shards 0", one("reshard", 'invalid value "0" for --shards: must be a whole number from 1 to 99')],
  [
    "reshard demo --shards 100",
    one("reshard", 'invalid value "100" for --shards: must be a whole number from 1 to 99'),
  ],
  ["reshard demo", one("reshard", "nothing to reshard: set --shards or --rebalance")],
  ["reshard", several("reshard", "NAME is required", "nothing to reshard: set --shards or --rebalance")],
  [
    "reshard demo --shards 3 --rebalance",
    one("reshard", "--shards and --rebalance exclude each other: other shards hold alike afterwards anyway"),
  ],
  ["reshard demo --rebalance=all", one("reshard", 'invalid value "all" for --rebalance: must be true or false')],
  [
    "install demo --engine etcd --storage 8Gi --shards three",
    one("install", 'invalid value "three" for --shards: must be a whole number from 1 to 99'),
  ],
  [
    "install demo --engine etcd --storage 8Gi --shards 3",
    one("install", "--shards can't be 3: etcd holds one keyspace"),
  ],
  ["install -f a.yaml --shards 3", one("install", "--shards can't be given together with --filename")],
  ["scale demo --adopt --replicas 3", one("scale", "unknown flag: --adopt")],
  ["scale demo --replicas 3 --dry-run", one("scale", dryRun)],
  ["scale --dry-run demo --replicas 3", one("scale", dryRun)],
  [
    "scale demo --replicas 3 --dry-run=maybe",
    one("scale", 'invalid value "maybe" for --dry-run: must be one of none, client, server'),
  ],
  ["scale demo --replicas 3 --timeout 5", one("scale", `invalid value "5" for --timeout: must be ${duration}`)],
  ["scale demo --replicas 3 --timeout=-1s", one("scale", `invalid value "-1s" for --timeout: must be ${duration}`)],
  [
    "scale demo --replicas 3 --lock-timeout 1d",
    one("scale", `invalid value "1d" for --lock-timeout: must be ${duration}`),
  ],
  [
    "scale demo --replicas 3 --request-timeout 5x",
    one("scale", `invalid value "5x" for --request-timeout: must be ${duration}`),
  ],
  [
    "scale demo --replicas 3 -o table",
    one("scale", 'invalid value "table" for --output: must be one of json, yaml, name'),
  ],
  [
    "scale demo --replicas 3 --color=blue",
    one("scale", 'invalid value "blue" for --color: must be one of auto, always, never'),
  ],
  ["scale demo --replicas 3 --v=11", one("scale", 'invalid value "11" for --v: must be a whole number from 0 to 10')],
  ["scale demo --replicas 3 --yes=perhaps", one("scale", 'invalid value "perhaps" for --yes: must be true or false')],
  [
    "scale demo --replicas 3 --plan-hash abc",
    one(
      "scale",
      'invalid value "abc" for --plan-hash: must be the 16 hexadecimal digits that --dry-run=client printed',
    ),
  ],
  ["scale demo --replicas 3 --field-manager=", one("scale", "--field-manager must not be empty")],
  [
    "scale demo --replicas 3 -n Prod",
    one(
      "scale",
      "invalid value \"Prod\" for --namespace: must be lower-case letters, digits and '-', at most 63 characters",
    ),
  ],
  [
    "scale demo --replicas 3 --insecure-skip-tls-verify --certificate-authority ca.crt",
    one("scale", "--insecure-skip-tls-verify and --certificate-authority exclude each other"),
  ],
  [
    "scale Demo --replicas x --storage y --timeout z",
    several(
      "scale",
      `invalid value "Demo" for NAME: must be ${name}`,
      'invalid value "x" for --replicas: must be a whole number from 1 to 99',
      'invalid value "y" for --storage: must be a quantity such as 10Gi',
      `invalid value "z" for --timeout: must be ${duration}`,
    ),
  ],
  [
    "install",
    one("install", "nothing to install: give NAME, --engine and --storage, or --filename (questions need a terminal)"),
  ],
  ["install demo", several("install", "required flag --engine is not set", "required flag --storage is not set")],
  ["install --engine etcd --storage 8Gi", one("install", "NAME is required")],
  [
    "install demo --engine etcd --storage 8Gi --version 3.6",
    one("install", 'invalid value "3.6" for --version: must be a full version such as 1.2.3'),
  ],
  [
    "install demo --engine etcd --storage 8Gi --tls on",
    one("install", 'invalid value "on" for --tls: must be one of managed, secret, disabled'),
  ],
  [
    "install demo --engine etcd --storage 8Gi --tls secret --tls-server-secret s",
    several("install", "--tls=secret needs --tls-peer-secret", "--tls=secret needs --tls-client-secret"),
  ],
  [
    "install demo --engine etcd --storage 8Gi --tls-peer-secret s",
    one("install", "--tls-peer-secret goes with --tls=secret only"),
  ],
  [
    "install demo --engine etcd --storage 8Gi --set quota",
    one("install", 'invalid value "quota" for --set: must be key=value'),
  ],
  ["install demo --engine etcd --storage 8Gi --set a=1 --set a=2", one("install", "--set gives a twice")],
  [
    "install demo --engine etcd --storage 8Gi --anti-affinity always",
    one("install", 'invalid value "always" for --anti-affinity: must be one of preferred, required, none'),
  ],
  ["install demo --engine oracle --storage 8Gi", 'error: unknown engine "oracle": must be one of etcd\n'],
  [
    "install demo --engine etcd -f demo.yaml",
    several(
      "install",
      "--engine can't be given together with --filename",
      'NAME "demo" can\'t be given together with --filename',
    ),
  ],
  ["install demo --engine etcd --storage 8Gi -R", one("install", "--recursive goes with --filename only")],
  ["install -f nowhere.yaml", 'error: the path "nowhere.yaml" does not exist\n'],
  ["reconcile", one("reconcile", "NAME is required")],
  ["delete", one("delete", "NAME is required")],
  [
    "delete a b c",
    several("delete", 'unexpected argument "b": one NAME at most', 'unexpected argument "c": one NAME at most'),
  ],
  ["unlock", one("unlock", "NAME is required")],
  ["history", one("history", "NAME is required")],
  ["history demo -o name", one("history", 'invalid value "name" for --output: must be one of wide, json, yaml')],
  ["list demo", one("list", 'unexpected argument "demo"')],
  ["list -l=", one("list", "--selector must not be empty")],
  ["status demo -A", one("status", "a NAME can't be given together with --all-namespaces")],
  ["status demo -l a=b", one("status", "a NAME can't be given together with --selector")],
  ["version 1", one("version", 'unexpected argument "1"')],
  ["completion", one("completion", "SHELL is required: one of bash, zsh, fish, powershell")],
  ["completion tcsh", one("completion", 'invalid value "tcsh" for SHELL: must be one of bash, zsh, fish, powershell')],
];

describe("a command line that is wrong", () => {
  it.each(table)("kubectl dbop %s", async (argv, stderr) => {
    const run = await runCli(argv);
    expect(run.stderr).toBe(stderr);
    expect(run.stdout).toBe("");
    expect(run.code).toBe(ExitCode.Usage);
    expect(run.calls).toEqual([]);
  });

  it("is told as a Status too when stdout is to hold a document", async () => {
    const run = await runCli("scale Demo --replicas x -o json");
    expect(JSON.parse(run.stdout)).toMatchObject({
      apiVersion: "v1",
      kind: "Status",
      status: "Failure",
      reason: "Usage",
      message: "2 problems with the command line",
      details: {
        causes: [
          { message: `invalid value "Demo" for NAME: must be ${name}` },
          { message: 'invalid value "x" for --replicas: must be a whole number from 1 to 99' },
        ],
        hint: see("scale").trim(),
      },
      exitCode: 2,
    });
    expect(run.stderr).toContain("error: 2 problems");
  });

  it.each(["-ojson", "-o json", "-o=json", "--output=json", "--output json"])(
    "is one in JSON with %s",
    async (flag) => {
      expect(JSON.parse((await runCli(`delete ${flag}`)).stdout)).toMatchObject({ kind: "Status" });
    },
  );
});
