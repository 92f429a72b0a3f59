/** How fast a cluster is made and its slots move, beside Valkey's own tool on the same cluster and data. */
import { valkeyVersionsOn } from "../cluster/valkey-versions.ts";
import type { Figure } from "./figure.ts";
import { trafficAsk, trafficObjects, trafficPod } from "../support/valkey-traffic/objects.ts";
import { measure, ratios, type Measured } from "./measure.ts";
import { kinds } from "./same-objects.ts";
import { byHand } from "./valkey-install.ts";

const namespace = "dbop-bench-valkey";
const name = "demo";
const here = ["-n", namespace];
const keys = 200_000;
/** Slots that are out of place before each measurement. */
const displaced = 4_000;

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
const installs = 2;

async function ofVersion(plugin: string, version: string, say: (line: string) => void): Promise<readonly Figure[]> {
  const told = async (what: string, work: Promise<Measured>): Promise<Measured> => {
    const measured = await work;
    say(`Valkey ${version}, ${what}: ${(measured.ms / 1000).toFixed(2)} s`);
    return measured;
  };
  const bench = { plugin, version, told };
  const installed = await installFigures(bench);
  await measure(["kubectl", "apply", "-f", "-"], JSON.stringify(await trafficList()));
  await measure(["kubectl", "wait", "--for=condition=Ready", `pod/${trafficPod}`, ...here, "--timeout=120s"]);
  await ask(`/fill?keys=${String(keys)}`);
  await ask("/start");
  return [...installed, ...(await moveFigures(bench))];
}

interface Bench {
  readonly plugin: string;
  readonly version: string;
  readonly told: (what: string, work: Promise<Measured>) => Promise<Measured>;
}

/** One is left in the end. */
async function installFigures({ plugin, version, told }: Bench): Promise<readonly Figure[]> {
  const size = ["--shards", "3", "--replicas", "2", "--storage", "512Mi", "--memory", "512Mi", "--cpu", "20m"];
  const command = [plugin, "install", name, ...here, "--engine", "valkey", "--version", version, ...size];
  const install = (): Promise<Measured> => told("install of 3 shards of 2", measure(command));
  const labels = ["-l", `app.kubernetes.io/instance=${name}`];
  const [ours, theirs]: [Measured[], Measured[]] = [[], []];
  for (let round = 1; round <= installs; round++) {
    ours.push(await install());
    const live = await measure(["kubectl", "get", kinds, ...here, ...labels, "-o", "json"]);
    await measure([plugin, "delete", name, ...here, "--delete-data", "--confirm", name]);
    theirs.push(await told("the same by kubectl and --cluster create", byHand({ namespace, name }, live.stdout)));
    await measure(["kubectl", "delete", `${kinds},persistentvolumeclaims`, ...here, ...labels, "--wait=true"]);
  }
  await install();
  return [
    {
      title: `Valkey ${version}: install of 3 shards of 2 until Ready ÷ the same objects by kubectl and \`--cluster create\``,
      bound: 1.3,
      unit: "×",
      values: ratios(ours, theirs),
      command: "kubectl-dbop install --engine valkey; kubectl apply, rollout status; valkey-cli --cluster create",
    },
    {
      title: `Valkey ${version}: install of 3 shards of 2 itself`,
      bound: undefined,
      unit: "s",
      values: ours.map(({ ms }) => ms / 1000),
      command: "kubectl-dbop install --engine valkey",
    },
  ];
}

interface Moved extends Measured {
  readonly longestWriteMs: number;
}

/** In turn, under the same load of writes and reads. */
async function moveFigures({ plugin, version, told }: Bench): Promise<readonly Figure[]> {
  const [ours, theirs]: [Moved[], Moved[]] = [[], []];
  const underLoad = async (what: string, work: () => Promise<Measured>): Promise<Moved> => {
    await displace();
    await ask("/stretch");
    const measured = await told(what, work());
    const { longestWriteMs } = JSON.parse(await ask("/stretch")) as Moved;
    return {
      ...(await told(`its longest write`, Promise.resolve({ ...measured, ms: longestWriteMs }))),
      ...measured,
      longestWriteMs,
    };
  };
  for (let round = 1; round <= rounds; round++) {
    const reshard = [plugin, "reshard", name, ...here, "--rebalance"];
    ours.push(await underLoad("reshard --rebalance", () => measure(reshard)));
    const rebalance = ["--cluster", "rebalance", await address(), "--cluster-threshold", "1"];
    theirs.push(await underLoad("valkey-cli --cluster rebalance", () => cli(rebalance)));
  }
  const moved = `moving ${String(displaced)} slots of ${String(keys)} keys under load`;
  const command = "kubectl-dbop reshard --rebalance; kubectl exec POD -- valkey-cli --cluster rebalance";
  return [
    {
      title: `Valkey ${version}: ${moved} ÷ \`valkey-cli --cluster rebalance\``,
      bound: 1 / 0.9,
      unit: "×",
      values: ratios(ours, theirs),
      command,
    },
    {
      title: `Valkey ${version}: the longest write meanwhile ÷ that of \`valkey-cli --cluster rebalance\``,
      bound: 1,
      unit: "×",
      values: ours.map(({ longestWriteMs }, index) => longestWriteMs / (theirs[index]?.longestWriteMs ?? Number.NaN)),
      command,
    },
    {
      title: `Valkey ${version}: ${moved} itself`,
      bound: undefined,
      unit: "s",
      values: ours.map(({ ms }) => ms / 1000),
      command: "kubectl-dbop reshard --rebalance",
    },
    {
      title: `Valkey ${version}: the longest write meanwhile`,
      bound: undefined,
      unit: "ms",
      values: ours.map(({ longestWriteMs }) => longestWriteMs),
      command: "kubectl-dbop reshard --rebalance",
    },
  ];
}

async function trafficList(): Promise<object> {
  return { apiVersion: "v1", kind: "List", items: await trafficObjects({ namespace, name, tls: true }) };
}

async function ask(door: string): Promise<string> {
  return (await measure(["kubectl", "exec", trafficPod, ...here, "--", ...trafficAsk(door)])).stdout;
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
