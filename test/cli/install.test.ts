import { describe, expect, it } from "vitest";
import { aDatabase, runCli, spread } from "../support/cli.ts";

const manifest = (name: string, namespace?: string): string =>
  [
    "apiVersion: dbop.dev/v1alpha1",
    "kind: DatabaseCluster",
    `metadata: {name: ${name}${namespace === undefined ? "" : `, namespace: ${namespace}`}}`,
    "spec: {engine: etcd, version: 3.6.4, replicas: 3, storage: {size: 8Gi}}",
    "",
  ].join("\n");

const head = { apiVersion: "dbop.dev/v1alpha1", kind: "DatabaseCluster" };
const spec = { engine: "etcd", version: "3.6.4", replicas: 3, storage: { size: "8Gi" } };
const cluster = (name: string, namespace = "default"): unknown => ({
  cluster: { ...head, metadata: { name, namespace }, spec },
});
/** Ten times ten times ten … what one line says. */
const bomb = Array.from({ length: 9 }, (_, at) => {
  const part = at === 0 ? "x" : `*a${String(at - 1)}`;
  return `a${String(at)}: &a${String(at)} [${Array<string>(10).fill(part).join()}]\n`;
}).join("");
const wrong = (problem: string): string => `error: ${problem}\nSee 'kubectl dbop install --help' for usage.\n`;

describe("install from flags", () => {
  it("takes the version the engine recommends and three members", async () => {
    const run = await runCli("install demo --engine etcd --storage 8Gi");
    expect(run.calls).toEqual([["install", cluster("demo")]]);
    expect(run.stdout).toBe("databasecluster.dbop.dev/demo installed\n");
    expect(run.code).toBe(0);
  });

  it("puts every flag where the API wants it", async () => {
    const { calls } = await runCli(
      "install demo -n prod --engine etcd --version 3.5.30 --replicas 5 --storage 1Ti --storage-class fast --cpu 2 --memory 4Gi " +
        "--tls secret --tls-server-secret s --tls-peer-secret p --tls-client-secret c --set a=1 --set b=x=y " +
        "--image my/etcd:1 --anti-affinity required",
    );
    expect(calls).toEqual([
      [
        "install",
        {
          cluster: {
            ...head,
            metadata: { name: "demo", namespace: "prod" },
            spec: {
              engine: "etcd",
              version: "3.5.30",
              replicas: 5,
              storage: { size: "1Ti", className: "fast" },
              image: "my/etcd:1",
              resources: { cpu: "2", memory: "4Gi" },
              tls: { mode: "secret", serverSecretName: "s", peerSecretName: "p", clientSecretName: "c" },
              config: { a: "1", b: "x=y" },
              scheduling: { antiAffinity: "required" },
            },
          },
        },
      ],
    ]);
  });
});

describe("install of an engine with shards", () => {
  const verbs = { engines: () => Promise.resolve([spread]) };
  const wish = { engine: "spread", version: "1.0.0", replicas: 2, shards: 5, storage: { size: "8Gi" } };
  const wished = { cluster: { ...head, metadata: { name: "demo", namespace: "default" }, spec: wish } };

  it("asks for so many, and leaves to the engine what was not said", async () => {
    const flags = "install demo --engine spread --storage 8Gi --replicas 2";
    expect((await runCli(`${flags} --shards 5`, { verbs })).calls).toEqual([["install", wished]]);
    const { shards: _, ...rest } = wish;
    expect((await runCli(flags, { verbs })).calls).toEqual([
      ["install", { cluster: { ...wished.cluster, spec: rest } }],
    ]);
  });

  it("asks how many on a terminal, and how many pods in each", async () => {
    const run = await runCli("install", { verbs, tty: true, answers: ["spread", "demo", "1.0.0", "5", "2", "8Gi"] });
    expect(run.asked).toContain("How many shards?");
    expect(run.calls).toEqual([["install", wished]]);
    expect(run.stderr).toContain("--engine spread --version 1.0.0 --shards 5 --replicas 2 --storage 8Gi");
  });

  it("takes one shard for what an engine without shards has", async () => {
    const run = await runCli("install demo --engine etcd --version 3.6.4 --storage 8Gi --shards 1");
    expect(run.calls).toMatchObject([["install", { cluster: { spec: { shards: 1 } } }]]);
  });
});

describe("install from files", () => {
  it.each<[what: string, argv: string, files: Record<string, string>, clusters: unknown[]]>([
    ["one document", "-f a.yaml", { "a.yaml": manifest("a") }, [cluster("a")]],
    ["its own namespace", "-f a.yaml", { "a.yaml": manifest("a", "prod") }, [cluster("a", "prod")]],
    ["the same namespace twice", "-f a.yaml -n prod", { "a.yaml": manifest("a", "prod") }, [cluster("a", "prod")]],
    [
      "several documents, empty ones too",
      "-f a.yaml",
      { "a.yaml": `---\n${manifest("a")}---\n---\n${manifest("b")}` },
      [cluster("a"), cluster("b")],
    ],
    [
      "several files",
      "-f a.yaml -f b.yaml",
      { "a.yaml": manifest("a"), "b.yaml": manifest("b") },
      [cluster("a"), cluster("b")],
    ],
    [
      "a directory, manifests only",
      "-f d/",
      { "d/a.yaml": manifest("a"), "d/README.md": "# no", "d/b.yml": manifest("b") },
      [cluster("a"), cluster("b")],
    ],
    ["standard input", "-f -", { "-": manifest("a") }, [cluster("a")]],
    ["JSON", "-f a.json", { "a.json": JSON.stringify({ ...head, metadata: { name: "a" }, spec }) }, [cluster("a")]],
    [
      "a List",
      "-f l.json",
      {
        "l.json": JSON.stringify({
          apiVersion: "v1",
          kind: "List",
          items: [{ ...head, metadata: { name: "a" }, spec }],
        }),
      },
      [cluster("a")],
    ],
  ])("reads %s", async (_, argv, files, clusters) => {
    const run = await runCli(`install ${argv}`, { files });
    expect(run.stderr).toBe("");
    expect(run.calls).toEqual(clusters.map((request) => ["install", request]));
  });

  it.each<[what: string, text: string, problem: string]>([
    [
      "a syntax error",
      "a: [1\nb: 2\n",
      "a.yaml, line 2: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
    ["no kind", "metadata: {name: a}\n", "a.yaml: apiVersion and kind must be set"],
    ["a scalar", "hello\n", "a.yaml: apiVersion and kind must be set"],
    [
      "another kind",
      "apiVersion: v1\nkind: Pod\n",
      "a.yaml: is a v1 Pod; this verb takes dbop.dev/v1alpha1 DatabaseCluster only",
    ],
    [
      "another version",
      manifest("a").replace("v1alpha1", "v9"),
      "a.yaml: is a dbop.dev/v9 DatabaseCluster; this verb takes dbop.dev/v1alpha1 DatabaseCluster only",
    ],
    [
      "no name",
      `${manifest("a")}---\napiVersion: dbop.dev/v1alpha1\nkind: DatabaseCluster\n`,
      "a.yaml, document 2: metadata.name must be set",
    ],
    [
      "a wrong item of a List",
      "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Pod}]\n",
      "a.yaml, item 1: is a v1 Pod; this verb takes dbop.dev/v1alpha1 DatabaseCluster only",
    ],
    ["nothing", "# nothing\n", "no objects passed to install"],
    ["aliases without an end", bomb, "a.yaml: Excessive alias count indicates a resource exhaustion attack"],
    ["an alias of itself", `${manifest("a")}more: &a {b: *a}\n`, "a.yaml: an alias stands for what it is part of"],
    ["an alias of nothing", "a: *b\n", "a.yaml: Unresolved alias (the anchor must be set before the alias): b"],
    ["brackets in brackets", "[".repeat(20_000) + "]".repeat(20_000), "a.yaml: is nested too deeply to be read"],
    ["brackets that do not end", "[".repeat(20_000), "a.yaml: is nested too deeply to be read"],
  ])("refuses %s", async (_, text, problem) => {
    const run = await runCli("install -f a.yaml", { files: { "a.yaml": text } });
    expect(run.stderr).toMatch(
      problem.startsWith("a.yaml, line") ? new RegExp(problem.split("(")[0]?.slice(0, 40) ?? "") : wrong(problem),
    );
    expect(run.code).toBe(2);
    expect(run.calls).toEqual([]);
  });

  it("refuses a namespace that contradicts the manifest's, as kubectl does", async () => {
    const run = await runCli("install -f a.yaml -n test", { files: { "a.yaml": manifest("a", "prod") } });
    expect(run.stderr).toBe(
      wrong(
        'the namespace from the provided object "prod" does not match the namespace "test". ' +
          "You must pass '--namespace=prod' to perform this operation.",
      ),
    );
    expect(run.calls).toEqual([]);
  });

  it("goes on with the others when one fails, and ends with the first failure", async () => {
    const run = await runCli("install -f a.yaml -f b.yaml -f c.yaml", {
      files: { "a.yaml": manifest("a"), "b.yaml": manifest("b"), "c.yaml": manifest("c") },
      verbs: {
        install: ({ cluster: { metadata } }) => {
          const object = aDatabase(metadata.name);
          return Promise.resolve(
            metadata.name === "b"
              ? { outcome: "Progressing", until: "quorum", seen: "1 of 3", object }
              : { outcome: "Converged", changed: true, object },
          );
        },
      },
    });
    expect(run.calls).toHaveLength(3);
    expect(run.code).toBe(4);
  });
});

describe("install of several with -o json", () => {
  it("prints one List", async () => {
    const files = { "a.yaml": manifest("a"), "b.yaml": manifest("b") };
    const run = await runCli("install -f a.yaml -f b.yaml -o json", { files });
    expect(JSON.parse(run.stdout)).toMatchObject({
      kind: "List",
      items: [{ kind: "RunReport" }, { kind: "RunReport" }],
    });
  });
});

describe("install without arguments", () => {
  it("asks on a terminal, shows the command line, and goes on", async () => {
    const run = await runCli("install -n prod", { tty: true, answers: ["etcd", "demo", "3.6.4", "3", "8Gi"] });
    expect(run.calls).toEqual([["install", cluster("demo", "prod")]]);
    expect(run.stderr).toContain("A new database in context prod, namespace prod (https://cluster.example:6443)");
    expect(run.stderr).toContain(
      "kubectl dbop install demo -n prod --engine etcd --version 3.6.4 --replicas 3 --storage 8Gi",
    );
    expect(run.stdout).toBe("databasecluster.dbop.dev/demo installed\n");
  });

  it.each([
    ["nobody is there", { tty: false }, ""],
    ["it is told not to", { tty: true }, " --no-input"],
    ["it runs in CI", { tty: true, env: { CI: "true" } }, ""],
  ])("asks nothing when %s", async (_, setting, flag) => {
    const run = await runCli(`install${flag}`, setting);
    expect(run.stderr).toContain("give NAME, --engine and --storage, or --filename");
    expect(run.asked).toEqual([]);
    expect(run.code).toBe(2);
  });
});

describe("install --print-crds", () => {
  it("prints them as a YAML stream and asks no cluster", async () => {
    const crd = (name: string) => ({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name },
    });
    const run = await runCli("install --print-crds", {
      verbs: { crds: () => Promise.resolve([crd("a"), crd("b")]) },
      connect: () => Promise.reject(new Error("no")),
    });
    expect(run.stdout.split("---\n")).toHaveLength(2);
    expect(run.stdout).toContain("kind: CustomResourceDefinition\nmetadata:\n  name: a\n");
    expect(run.code).toBe(0);
  });
});
