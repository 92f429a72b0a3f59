/** How fast slots move, beside Valkey's own tool on the same cluster and data. */
import { valkeyVersionsOn } from "../cluster/valkey-versions.ts";
import type { Figure } from "./figure.ts";
import { measure, type Measured } from "./measure.ts";

const namespace = "dbop-bench-valkey";
const name = "demo";
const here = ["-n", namespace];
const keys = 200_000;
/** Slots that are out of place before each measurement. */
const displaced = 2_000;

/** Of a version that moves slots key by key, and of one that moves them at once. `say` gets a line for each thing that was measured. */
export async function valkeyFigures(plugin: string, say: (line: string) => void): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const { stdout } = await measure(["kubectl", "get", "nodes", "--output", "json"]);
  for (const version of valkeyVersionsOn(JSON.parse(stdout))) {
    await clear();
    await measure(["kubectl", "create", "namespace", namespace]);
    try {
      figures.push(...(await ofVersion(plugin, version, say)));
    } finally {
      await clear();
    }
  }
  return figures;
}

const rounds = 3;

async function ofVersion(plugin: string, version: string, say: (line: string) => void): Promise<readonly Figure[]> {
  const told = async (what: string, work: Promise<Measured>): Promise<Measured> => {
    const measured = await work;
    say(`Valkey ${version}, ${what}: ${(measured.ms / 1000).toFixed(2)} s`);
    return measured;
  };
  const size = ["--shards", "3", "--replicas", "2", "--storage", "512Mi", "--memory", "512Mi"];
  const install = await told(
    "install of 3 shards of 2",
    measure([plugin, "install", name, ...here, "--engine", "valkey", "--version", version, ...size]),
  );
  await fill();
  const [ours, theirs]: [Measured[], Measured[]] = [[], []];
  for (let round = 1; round <= rounds; round++) {
    await displace();
    ours.push(await told("reshard --rebalance", measure([plugin, "reshard", name, ...here, "--rebalance"])));
    await displace();
    const rebalance = ["--cluster", "rebalance", await address(), "--cluster-threshold", "1"];
    theirs.push(await told("valkey-cli --cluster rebalance", cli(rebalance)));
  }
  const moved = `${String(displaced)} slots of ${String(keys)} keys`;
  const command = "kubectl-dbop reshard --rebalance; kubectl exec POD -- valkey-cli --cluster rebalance";
  return [
    {
      title: `Valkey ${version}: install of 3 shards of 2 itself`,
      bound: undefined,
      unit: "s",
      values: [install.ms / 1000],
      command: "kubectl-dbop install --engine valkey",
    },
    {
      title: `Valkey ${version}: moving ${moved} ÷ \`valkey-cli --cluster rebalance\``,
      bound: 1 / 0.9,
      unit: "×",
      values: ours.map(({ ms }, index) => ms / (theirs[index]?.ms ?? Number.NaN)),
      command,
    },
    {
      title: `Valkey ${version}: moving ${moved} itself`,
      bound: undefined,
      unit: "s",
      values: ours.map(({ ms }) => ms / 1000),
      command: "kubectl-dbop reshard --rebalance",
    },
  ];
}

/** valkey-cli in a node's pod, where it finds the password. */
function cli(args: readonly string[]): Promise<Measured> {
  const flags = ["--tls", "--cacert", "/etc/valkey/tls/ca.crt"];
  return measure(["kubectl", "exec", `${name}-shard-0-0`, ...here, "--", "valkey-cli", ...flags, ...args]);
}

/** As other nodes reach it: they are told to call the address that the tool was given. */
async function address(): Promise<string> {
  const pod = ["kubectl", "get", "pod", `${name}-shard-0-0`, ...here];
  return `${(await measure([...pod, "-o", "jsonpath={.status.podIP}"])).stdout}:6379`;
}

async function fill(): Promise<void> {
  const flags = "--tls --cacert /etc/valkey/tls/ca.crt";
  const words = `-h 127.0.0.1 --cluster -q -n ${String(keys)} -r 100000000 -d 100 -t set`;
  const script = `valkey-benchmark ${flags} ${words} -a "$VALKEYCLI_AUTH" >/dev/null 2>&1`;
  await measure(["kubectl", "exec", `${name}-shard-0-0`, ...here, "--", "sh", "-ec", script]);
}

/** From the first shard to the second, by Valkey's own tool: what is measured is the way back. */
async function displace(): Promise<void> {
  const id = async (shard: number): Promise<string> => {
    const nodes = (await cli(["CLUSTER", "NODES"])).stdout.split("\n");
    const primary = nodes.find((line) => line.includes(`${name}-shard-${String(shard)}-`) && line.includes("master"));
    return primary?.split(" ")[0] ?? "";
  };
  const between = ["--cluster-from", await id(0), "--cluster-to", await id(1)];
  const count = ["--cluster-slots", String(displaced), "--cluster-pipeline", "100", "--cluster-yes"];
  await cli(["--cluster", "reshard", await address(), ...between, ...count]);
}

async function clear(): Promise<void> {
  await measure(["kubectl", "delete", "namespace", namespace, "--ignore-not-found", "--wait=true"]);
}
