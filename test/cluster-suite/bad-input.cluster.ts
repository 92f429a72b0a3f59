/** What a user gets wrong, told by the real binary and the real API server: which field, which value, what is allowed; and nothing changes. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dbopEnds, install } from "../support/real/dbop.ts";
import { dropNamespace, makeNamespace } from "../support/real/namespace.ts";
import { writeKubeconfig } from "../support/real/service-account.ts";
import { versionsIn } from "../support/real/untouched.ts";

let namespace = "";
let before: readonly string[] = [];

beforeAll(async () => {
  namespace = await makeNamespace("bad");
  await install({ namespace, name: "demo" }, { replicas: 1 });
  before = await versionsIn(namespace);
});

afterAll(async () => {
  await dropNamespace(namespace);
});

interface Case {
  /** Without the namespace; `-f -` reads `stdin`. */
  readonly argv: string;
  readonly code: number;
  /** Each must be in stderr. */
  readonly says: readonly string[];
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Default true: `-n` is added. */
  readonly inNamespace?: boolean;
}

const usage = (argv: string, ...says: readonly string[]): Case => ({ argv, code: 2, says });
const refused = (argv: string, ...says: readonly string[]): Case => ({ argv, code: 8, says });
const install1 = "install fresh --engine etcd --storage 256Mi --version 3.6.16 --replicas 1";
const installDemo = install1.replace("fresh", "demo");

/** A DatabaseCluster with these lines of spec, through `-f -`. */
const file = (spec: string, code: number, ...says: readonly string[]): Case => ({
  argv: "install -f -",
  code,
  says,
  stdin: `apiVersion: dbop.dev/v1alpha1\nkind: DatabaseCluster\nmetadata: { name: fresh }\nspec: ${spec}\n`,
});

const good = "engine: etcd, version: 3.6.16, replicas: 1, storage: { size: 256Mi }";
const folder = mkdtempSync(join(tmpdir(), "dbop-bad-"));
const written = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const cases: readonly Case[] = [
  // Names.
  usage("install Fresh --engine etcd --storage 1Gi", 'invalid value "Fresh" for NAME', "lower-case letters"),
  usage("install 1st --engine etcd --storage 1Gi", 'invalid value "1st" for NAME', "beginning with a letter"),
  usage(`install ${"a".repeat(41)} --engine etcd --storage 1Gi`, "for NAME", "at most 40 characters"),
  usage("install a.b --engine etcd --storage 1Gi", 'invalid value "a.b" for NAME'),
  { argv: "reconcile nobody", code: 1, says: ['databaseclusters.dbop.dev "nobody" not found'] },
  { argv: "status nobody", code: 1, says: ['databaseclusters.dbop.dev "nobody" not found'] },
  { argv: "history nobody", code: 1, says: ['databaseclusters.dbop.dev "nobody" not found'] },
  { argv: "scale nobody --replicas 3", code: 1, says: ['databaseclusters.dbop.dev "nobody" not found'] },
  { argv: "delete nobody --yes", code: 1, says: ['databaseclusters.dbop.dev "nobody" not found'] },
  // Engines and versions.
  usage("install fresh --engine oracle --storage 1Gi --version 3.6.16", 'spec.engine: "oracle"', "must be one of etcd"),
  usage(
    "install fresh --engine etcd --storage 1Gi --version latest",
    'invalid value "latest" for --version',
    "a full version",
  ),
  usage("install fresh --engine etcd --storage 1Gi --version 3.4.20", 'spec.version: "3.4.20"', "3.5, 3.6, 3.7"),
  usage("install fresh --engine etcd --storage 1Gi --version 3.5.1", 'spec.version: "3.5.1"', "3.5.26"),
  refused(
    "install demo --engine etcd --storage 256Mi --version 3.7.3 --replicas 1",
    "verified-backup-before-irreversible",
    "no DatabaseBackup of this cluster has succeeded",
  ),
  refused("upgrade demo --version 3.7.3", "verified-backup-before-irreversible", "--without-recent-backup"),
  refused("upgrade demo --version 3.6.11 --without-recent-backup --yes", "--confirm=demo"),
  usage("upgrade demo --version 3.4.20", 'spec.version: "3.4.20"', "3.5, 3.6, 3.7"),
  usage("upgrade demo --version 3.8.0", 'spec.version: "3.8.0"', "3.5, 3.6, 3.7"),
  { argv: "upgrade nobody --version 3.7.3", code: 1, says: ['databaseclusters.dbop.dev "nobody" not found'] },
  refused("reshard demo --shards 3", "not applicable: etcd holds one keyspace"),
  { argv: "reshard nobody --shards 3", code: 1, says: ['databaseclusters.dbop.dev "nobody" not found'] },
  // Numbers.
  usage("scale demo --replicas 0", 'invalid value "0" for --replicas', "from 1 to 99"),
  usage("scale demo --replicas=-1", 'invalid value "-1" for --replicas', "from 1 to 99"),
  usage("scale demo --replicas 9", 'spec.replicas: "9"', "must be from 1 to 7"),
  usage("scale demo --replicas 99999999999999999999", "for --replicas", "from 1 to 99"),
  usage("scale demo --replicas three", 'invalid value "three" for --replicas', "a whole number"),
  // Quantities.
  usage("install fresh --engine etcd --storage 1MiB", 'invalid value "1MiB" for --storage', "such as 10Gi"),
  usage("install fresh --engine etcd --storage=-1Gi", 'invalid value "-1Gi" for --storage', "such as 10Gi"),
  usage("install fresh --engine etcd --storage 1Mi --version 3.6.16", 'spec.storage.size: "1Mi"', "at least 64Mi"),
  usage("scale demo --storage 128Mi", `spec.storage.size: "128Mi": a volume can't shrink; it is "256Mi"\n`),
  refused("scale demo --storage 1Gi", "volume-expansion-allowed", "allowVolumeExpansion"),
  usage("scale demo --memory lots", 'invalid value "lots" for --memory', "such as 2Gi"),
  usage("scale demo --cpu 1.2.3", 'invalid value "1.2.3" for --cpu', "such as 500m"),
  // Parameters of etcd.
  usage(`${install1} --set snapshot-coutn=5`, "spec.config.snapshot-coutn", "snapshot-count"),
  usage(`${install1} --set snapshot-count=many`, "spec.config.snapshot-count", '"many"'),
  usage(`${install1} --set name=other`, "spec.config.name"),
  usage(`${install1} --set data-dir=/tmp`, "spec.config.data-dir"),
  usage(`${install1} --set heartbeat-interval=-1`, "spec.config.heartbeat-interval", '"-1"'),
  usage(`${install1} --set =x`, 'invalid value "=x" for --set', "key=value"),
  // TLS and other choices.
  usage(`${install1} --tls maybe`, 'invalid value "maybe" for --tls', "managed, secret, disabled"),
  usage(`${install1} --tls secret`, "--tls=secret needs --tls-server-secret"),
  refused(
    `${install1} --tls secret --tls-server-secret x --tls-peer-secret y --tls-client-secret z`,
    "certificates-valid",
    "x",
    "y",
    "z",
  ),
  usage(`${installDemo} --tls disabled`, "spec.tls: ", "can't be added or removed afterwards; it is <none>\n"),
  usage(`${installDemo} --storage-class other`, 'spec.storage.className: "other": the storage class is immutable'),
  // What can be known to be wrong without a cluster is found wrong without one.
  usage(`${install1} --dry-run=client --image Not:An:Image`, 'spec.image: "Not:An:Image"', "an image reference"),
  usage(`${install1} --dry-run=client --image https://example.com/etcd`, "spec.image", "such as registry.example.com/"),
  usage(`${install1} --dry-run=client --memory 2`, 'spec.resources.memory: "2"', "at least 64Mi"),
  usage("scale demo --dry-run=client --memory 63Mi", 'spec.resources.memory: "63Mi"', "at least 64Mi"),
  usage(`${install1} --dry-run=client --storage-class nope!`, 'spec.storage.className: "nope!"', "lower-case letters"),
  // Files.
  file(`{ ${good}, colour: red }`, 2, 'spec.colour: "red": is not a field'),
  file(`{ ${good}, paused: perhaps }`, 2, "spec.paused", "boolean"),
  file("{ engine: etcd, version: 3.6.16, replicas: three, storage: { size: 256Mi } }", 2, "spec.replicas", "numeric"),
  file("{ engine: etcd, version: 3.6.16, replicas: -3, storage: { size: 256Mi } }", 2, "spec.replicas", "-3"),
  file("{ engine: etcd, version: 3.6.16, replicas: 1, storage: 256Mi }", 2, 'spec.storage: "256Mi"', "expected map"),
  file("{ engine: etcd, version: 3.6.16, replicas: 1 }", 2, "spec.storage: <none>: must be set"),
  file(`{ ${good}, image: not an image }`, 2, 'spec.image: "not an image"', "an image reference"),
  file("{ engine: etcd, version: 3.6.16, replicas: 4294967296, storage: { size: 256Mi } }", 2, "spec.replicas", "99"),
  { argv: "install -f -", code: 2, says: ["standard input, line 1"], stdin: "{ apiVersion: [" },
  { argv: "install -f -", code: 2, says: ["no objects passed to install"], stdin: "" },
  {
    argv: "install -f -",
    code: 2,
    says: ["is a v1 Secret", "dbop.dev/v1alpha1 DatabaseCluster only"],
    stdin: "apiVersion: v1\nkind: Secret\nmetadata: { name: x }\n",
  },
  {
    argv: "install -f -",
    code: 2,
    says: ["metadata.name must be set"],
    stdin: `apiVersion: dbop.dev/v1alpha1\nkind: DatabaseCluster\nspec: { ${good} }\n`,
  },
  {
    ...file(`{ ${good} }`, 2, "does not match the namespace", "elsewhere"),
    stdin: `apiVersion: dbop.dev/v1alpha1\nkind: DatabaseCluster\nmetadata: { name: fresh, namespace: elsewhere }\nspec: { ${good} }\n`,
  },
  usage("install -f nowhere.yaml", 'the path "nowhere.yaml" does not exist'),
  usage(
    `install -f ${written("twice.yaml", `apiVersion: dbop.dev/v1alpha1\nkind: DatabaseCluster\nmetadata: { name: fresh }\nspec: { ${good}, replicas: 3 }\n`)}`,
    "twice.yaml",
    "unique",
  ),
  usage(
    `install -f ${written("again.yaml", [1, 3].map((replicas) => `apiVersion: dbop.dev/v1alpha1\nkind: DatabaseCluster\nmetadata: { name: fresh }\nspec: { engine: etcd, version: 3.6.16, replicas: ${String(replicas)}, storage: { size: 256Mi } }\n`).join("---\n"))}`,
    "fresh",
    "more than once",
  ),
  // Consent.
  refused("delete demo", "add --yes"),
  refused("delete demo --delete-data", "add --confirm=demo"),
  refused("delete demo --delete-data --yes", "--yes is not enough", "add --confirm=demo"),
  refused("delete demo --delete-data --confirm dmeo", '--confirm names "dmeo"', "use --confirm=demo"),
  refused("delete demo --confirm other", '--confirm names "other"'),
  refused("scale demo --memory 2Gi", "add --yes"),
  usage("scale demo --replicas 3 --plan-hash 12", 'invalid value "12" for --plan-hash', "16 hexadecimal digits"),
  refused("scale demo --replicas 3 --plan-hash 0123456789abcdef", "0123456789abcdef"),
  // Times.
  usage("reconcile demo --timeout soon", 'invalid value "soon" for --timeout', "a duration such as 30s"),
  usage("reconcile demo --timeout=-5s", 'invalid value "-5s" for --timeout'),
  usage("reconcile demo --lock-timeout 1", 'invalid value "1" for --lock-timeout'),
  usage("reconcile demo --request-timeout 5x", 'invalid value "5x" for --request-timeout'),
  // Where.
  { argv: "status demo --context nowhere", code: 2, says: ['context "nowhere"'] },
  { argv: "status demo --cluster nowhere", code: 2, says: ['cluster "nowhere"'] },
  { argv: "status demo --kubeconfig /nowhere/config", code: 2, says: ["/nowhere/config"] },
  { argv: "status demo", env: { KUBECONFIG: written("broken", "clusters: [") }, code: 2, says: ["broken"] },
  { argv: "status demo --server https://127.0.0.1:1", code: 2, says: ["127.0.0.1:1"] },
  {
    argv: `${install1} -n it-nowhere-at-all`,
    inNamespace: false,
    code: 1,
    says: ['namespaces "it-nowhere-at-all" not found'],
  },
  {
    argv: "status demo -n Upper_Case",
    inNamespace: false,
    code: 2,
    says: ['invalid value "Upper_Case" for --namespace'],
  },
];

describe("a wrong command line", () => {
  it.each(cases.map((entry) => [entry.argv.replaceAll(folder, ""), entry] as const))(
    "kubectl dbop %s",
    async (_, entry) => {
      const { argv, code, says, stdin, env, inNamespace = true } = entry;
      const words = [...argv.split(" "), ...(inNamespace ? ["-n", namespace] : [])];
      const { stdout, stderr } = await dbopEnds(code, words, {
        ...(stdin !== undefined && { stdin }),
        ...(env !== undefined && { env }),
      });
      for (const text of says) expect(stderr).toContain(text);
      expect(stderr).not.toMatch(/internal error|\bat .*\.cjs/u);
      expect(stdout).toBe("");
    },
  );

  it("ends with 7 when the credentials are refused", async () => {
    const env = { KUBECONFIG: await writeKubeconfig("nonsense") };
    const { stderr } = await dbopEnds(7, ["status", "demo", "-n", namespace], { env });
    expect(stderr).toContain("Error from server (Unauthorized)");
    expect(stderr).not.toContain("nonsense");
  });

  it("has changed nothing, all of them together", async () => {
    expect(await versionsIn(namespace)).toEqual(before);
  });
});
