/** The figures of a real cluster: rounds of install, scale out and in, the same by kubectl alone, and converged passes. */
import { setTimeout as sleep } from "node:timers/promises";
import { etcdVersions } from "../cluster/provider.ts";
import type { Figure } from "./figure.ts";
import { inTurn, measure, median, ratios, type Measured } from "./measure.ts";
import { onePod } from "./one-pod.ts";
import { kinds, sameObjects, unsealed } from "./same-objects.ts";

const namespace = "dbop-bench";
const name = "demo";
const here = ["-n", namespace];
const selector = `app.kubernetes.io/instance=${name}`;
const reconcilePairs = 11;
/** After its start a member is not counted as connected for so long, and etcd takes no other (`strict-reconfig-check`). */
const settleMs = 6_000;

interface Round {
  readonly install: Measured;
  readonly byKubectl: Measured;
  readonly onePodMs: number;
  readonly out: Measured;
  readonly in: Measured;
}

/** `say` gets a line for each thing that was measured. */
export async function clusterFigures(
  plugin: string,
  rounds: number,
  say: (line: string) => void,
): Promise<readonly Figure[]> {
  await clear();
  await measure(["kubectl", "create", "namespace", namespace]);
  try {
    const all: Round[] = [];
    let converged: readonly Figure[] = [];
    for (let round = 1; round <= rounds; round++) {
      all.push(
        await oneRound(plugin, say, async () => {
          if (round === rounds) converged = await convergedFigures(plugin);
        }),
      );
    }
    return [...roundFigures(all), ...converged];
  } finally {
    await clear();
  }
}

async function oneRound(plugin: string, say: (line: string) => void, whileThree: () => Promise<void>): Promise<Round> {
  const told = async (what: string, work: Promise<Measured>): Promise<Measured> => {
    const measured = await work;
    say(`${what}: ${(measured.ms / 1000).toFixed(2)} s`);
    return measured;
  };
  const install = await told("install of 3 members", measure(installCommand(plugin)));
  const live = await measure(["kubectl", "get", kinds, ...here, "-l", selector, "-o", "json"]);
  await sleep(settleMs);
  const out = await told("scale 3 → 5", measure([plugin, "scale", name, ...here, "--replicas", "5"]));
  await sleep(settleMs);
  const back = await told(
    "scale 5 → 3",
    measure([plugin, "scale", name, ...here, "--replicas", "3", "--confirm", name]),
  );
  await expectGone();
  await whileThree();
  await measure([plugin, "delete", name, ...here, "--delete-data", "--confirm", name]);
  const byKubectl = await told(
    "the same 3 members by kubectl",
    applyAndWait(
      sameObjects(live.stdout, (files) => unsealed(files, 3)),
      name,
    ),
  );
  await measure(["kubectl", "delete", `${kinds},persistentvolumeclaims`, ...here, "-l", selector]);
  const pod = await told("one pod", applyAndWait(JSON.stringify(onePod(namespace, etcdVersions["3.6"])), "one-pod"));
  await measure(["kubectl", "delete", "statefulsets,persistentvolumeclaims", ...here, "-l", "app=one-pod"]);
  return { install, byKubectl, onePodMs: pod.ms, out, in: back };
}

const installCommand = (plugin: string): readonly string[] => [
  ...[plugin, "install", name, ...here, "--engine", "etcd", "--version", etcdVersions["3.6"]],
  ...["--replicas", "3", "--storage", "256Mi"],
];

/** As one would: apply, then wait for the rollout. */
async function applyAndWait(objects: string, set: string): Promise<Measured> {
  const applied = await measure(["kubectl", "apply", "-f", "-"], objects);
  const rolledOut = await measure(["kubectl", "rollout", "status", `statefulset/${set}`, ...here, "--timeout=120s"]);
  return { ...rolledOut, ms: applied.ms + rolledOut.ms };
}

async function expectGone(): Promise<void> {
  const { stdout } = await measure([
    "kubectl",
    "get",
    "pods,persistentvolumeclaims",
    ...here,
    "-l",
    selector,
    "-o",
    "name",
  ]);
  const names = stdout.trim().split("\n");
  if (names.length !== 6) throw new Error(`3 pods and 3 claims should be left, and there are: ${names.join(", ")}`);
}

function roundFigures(rounds: readonly Round[]): readonly Figure[] {
  const seconds = (of: (round: Round) => number): readonly number[] => rounds.map((round) => of(round) / 1000);
  const applied = "kubectl apply -f -; kubectl rollout status";
  return [
    {
      title: "install of 3 members until Ready ÷ `kubectl apply` of the same objects and `kubectl rollout status`",
      bound: 1.3,
      unit: "×",
      values: rounds.map((round) => round.install.ms / round.byKubectl.ms),
      command: `kubectl-dbop install; ${applied}`,
    },
    {
      title: "install of 3 members itself",
      bound: undefined,
      unit: "s",
      values: seconds((round) => round.install.ms),
      command: "kubectl-dbop install",
    },
    {
      title: "one pod with a new claim until Ready",
      bound: undefined,
      unit: "s",
      values: seconds((round) => round.onePodMs),
      command: applied,
    },
    {
      title: "scale 3 → 5 itself; the bound holds where one pod takes 2–3 s",
      bound: median(rounds.map((round) => round.onePodMs)) <= 3_000 ? 12 : undefined,
      unit: "s",
      values: seconds((round) => round.out.ms),
      command: "kubectl-dbop scale --replicas 5",
    },
    {
      title: "scale 3 → 5 ÷ one pod (12 s where one pod takes 3 s)",
      bound: 4,
      unit: "×",
      values: rounds.map((round) => round.out.ms / round.onePodMs),
      command: "kubectl-dbop scale --replicas 5",
    },
    {
      title: "scale 5 → 3 until pods and claims are gone",
      bound: 8,
      unit: "s",
      values: seconds((round) => round.in.ms),
      command: "kubectl-dbop scale --replicas 3",
    },
    {
      title: "peak memory of scale 3 → 5",
      bound: 80,
      unit: "MiB",
      values: rounds.map((round) => round.out.peakMiB),
      command: "VmHWM",
    },
  ];
}

/** A database that is as wished. */
async function convergedFigures(plugin: string): Promise<readonly Figure[]> {
  const reconcile = [plugin, "reconcile", name, ...here];
  const directory = "/etc/etcd/tls/client";
  const tls = [`--cacert=${directory}/ca.crt`, `--cert=${directory}/tls.crt`, `--key=${directory}/tls.key`];
  const status = ["etcdctl", "--endpoints=https://localhost:2379", ...tls, "endpoint", "status", "--cluster"];
  const { first, second } = await inTurn(reconcilePairs, reconcile, [
    "kubectl",
    "exec",
    `${name}-0`,
    ...here,
    "--",
    ...status,
  ]);
  const { stderr } = await measure([...reconcile, "-v=6"]);
  const requests = stderr.split("\n").filter((line) => /^(GET|POST|PUT|PATCH|DELETE) \//u.test(line)).length;
  const command = "kubectl-dbop reconcile";
  return [
    {
      title: "a converged `reconcile` ÷ `kubectl exec POD -- etcdctl endpoint status --cluster`",
      bound: 2.5,
      unit: "×",
      values: ratios(first, second),
      command: `${command}; kubectl exec`,
    },
    {
      title: "a converged `reconcile` itself",
      bound: undefined,
      unit: "ms",
      values: first.map(({ ms }) => ms),
      command,
    },
    {
      title: "API requests of a converged `reconcile`",
      bound: 12,
      unit: "requests",
      values: [requests],
      command: `${command} -v=6`,
    },
    {
      title: "peak memory of a converged `reconcile`",
      bound: 80,
      unit: "MiB",
      values: first.map((run) => run.peakMiB),
      command: "VmHWM",
    },
  ];
}

async function clear(): Promise<void> {
  await measure(["kubectl", "delete", "namespace", namespace, "--ignore-not-found", "--wait=true"]);
}
