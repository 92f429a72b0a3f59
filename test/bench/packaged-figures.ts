/** The figures of what users install: the executable out of the archive for this machine, against kubectl. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { archiveName } from "../../build/package/krew-manifest.ts";
import { hostTarget, targetName } from "../../build/package/targets.ts";
import type { Figure } from "./figure.ts";
import { inTurn, measure, ratios } from "./measure.ts";

const pairs = 31;
const namespace = "dbop-bench-packaged";
const many = 1000;
const path = `/apis/dbop.dev/v1alpha1/namespaces/${namespace}/databaseclusters`;
const command = "kubectl-dbop of the archive";

/** Packages for this machine, and measures with an empty namespace, with one database, and with a thousand. */
export async function packagedFigures(say: (line: string) => void): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "dbop-bench-"));
  await clear();
  try {
    const { archive, program } = packaged(folder);
    say(`packaged: ${archive}`);
    await measure(["kubectl", "create", "namespace", namespace]);
    await createDatabases(1);
    const small = await readingFigures(program);
    await createDatabases(many);
    const large = await manyFigures(program);
    return [archiveFigure(archive), ...(await packagedHelp(program)), ...small, ...large];
  } finally {
    await clear();
    rmSync(folder, { recursive: true, force: true });
  }
}

function packaged(folder: string): { readonly archive: string; readonly program: string } {
  const script = join(import.meta.dirname, "../../build/package/package.ts");
  execFileSync(process.execPath, [script, "--targets", targetName(hostTarget()), "--out", folder], { stdio: "pipe" });
  const archive = join(folder, "release", archiveName("dbop", hostTarget()));
  execFileSync("tar", ["-xzf", archive, "-C", folder]);
  const program = join(folder, "kubectl-dbop");
  // Pages of a file that was written just now are mapped in larger pieces than those of one that was read: it would count as more memory.
  execFileSync("dd", [`if=${program}`, "iflag=nocache", "count=0", "status=none"]);
  return { archive, program };
}

function archiveFigure(archive: string): Figure {
  const size = statSync(archive).size / 1e6;
  return { title: "the archive", bound: 45, unit: "MB", values: [size], command: "npm run package" };
}

async function packagedHelp(program: string): Promise<readonly Figure[]> {
  const help = [program, "--help"];
  const { first, second } = await inTurn(pairs, help, ["kubectl", "--help"]);
  return [
    ratio("`--help` ÷ `kubectl --help`", 0.85, ratios(first, second)),
    milliseconds("`--help` itself", first),
    await memory("`--help`", 60, help),
  ];
}

async function readingFigures(program: string): Promise<readonly Figure[]> {
  const list = [program, "list", "-n", namespace];
  const read = await inTurn(pairs, list, ["kubectl", "get", "--raw", path]);
  const names = ["kubectl", "get", "dbc", "-n", namespace, "-o", "name"];
  const word = [program, "__complete", "-n", namespace, "status", ""];
  const completion = await inTurn(pairs, word, names);
  return [
    ratio("`list` ÷ `kubectl get --raw` of the same list", 1.3, ratios(read.first, read.second)),
    milliseconds("`list` itself", read.first),
    await memory("`list`", 80, list),
    ratio("completing a name ÷ `kubectl get dbc -o name`", 1.5, ratios(completion.first, completion.second)),
    milliseconds("completing a name itself", completion.first),
  ];
}

async function manyFigures(program: string): Promise<readonly Figure[]> {
  const list = [program, "list", "-n", namespace];
  const get = ["kubectl", "get", "dbc", "-n", namespace];
  const { first, second } = await inTurn(15, list, get);
  const [ours, theirs] = [await memory("list", undefined, list), await memory("get", undefined, get)];
  return [
    ratio(`\`list\` of ${many} databases ÷ \`kubectl get dbc\``, 1, ratios(first, second)),
    milliseconds(`\`list\` of ${many} databases itself`, first),
    {
      title: `peak memory of \`list\` of ${many} databases ÷ that of \`kubectl get dbc\``,
      bound: 1,
      unit: "×",
      values: ours.values.map((value, index) => value / (theirs.values[index] ?? Number.NaN)),
      command,
    },
    { ...ours, title: `peak memory of \`list\` of ${many} databases itself` },
  ];
}

function ratio(title: string, bound: number, values: readonly number[]): Figure {
  return { title, bound, unit: "×", values, command };
}

function milliseconds(title: string, runs: readonly { readonly ms: number }[]): Figure {
  return { title, bound: undefined, unit: "ms", values: runs.map(({ ms }) => ms), command };
}

/** As the kernel counted it when the process had ended: what runs for 20 ms can't be watched. */
async function memory(what: string, bound: number | undefined, words: readonly string[]): Promise<Figure> {
  const values: number[] = [];
  for (let round = 0; round < 15; round++) {
    const { stderr } = await measure(["time", "-f", "%M", ...words]);
    values.push(Number(stderr.trim().split("\n").at(-1)) / 1024);
  }
  return { title: `peak memory of ${what}`, bound, unit: "MiB", values, command: `time -f %M ${command}` };
}

async function createDatabases(count: number): Promise<void> {
  const items = Array.from({ length: count }, (_, index) => ({
    apiVersion: "dbop.dev/v1alpha1",
    kind: "DatabaseCluster",
    metadata: { name: `demo-${index}`, namespace },
    spec: { engine: "etcd", version: "3.6.16", replicas: 3, storage: { size: "8Gi" } },
  }));
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  await measure(["kubectl", "apply", "--server-side", "-f", "-"], list);
}

async function clear(): Promise<void> {
  await measure(["kubectl", "delete", "namespace", namespace, "--ignore-not-found", "--wait=true"]);
}
