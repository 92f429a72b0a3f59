/** The figures that need no cluster: help and planning. */
import { anEtcd } from "../support/etcd-model/an-etcd.ts";
import type { Figure } from "./figure.ts";
import { inTurn, ratios } from "./measure.ts";

const pairs = 31;

export async function helpFigures(plugin: string): Promise<readonly Figure[]> {
  // The plugin's own start script takes the Node of the project: so does the other one.
  const { first, second } = await inTurn(pairs, [plugin, "--help"], [process.execPath, "-e", "0"]);
  const command = "bin/kubectl-dbop --help; node -e 0";
  return [
    { title: "`--help` ÷ `node -e 0`", bound: 1.3, unit: "×", values: ratios(first, second), command },
    { title: "`--help` itself", bound: undefined, unit: "ms", values: first.map(({ ms }) => ms), command },
    {
      title: "peak memory of `--help`",
      bound: undefined,
      unit: "MiB",
      values: first.map((run) => run.peakMiB),
      command,
    },
  ];
}

export function planFigures(): readonly Figure[] {
  const converged = anEtcd().withMembers(7).verb("reconcile");
  const growing = anEtcd().withMembers(3).replicas(7).verb("scale");
  const figure = (title: string, plan: () => unknown): Figure => ({
    title,
    bound: 1,
    unit: "ms",
    values: timesOf(plan),
    command: "planEtcd, in process, after 200 rounds of warming up",
  });
  return [
    figure("planning 7 members that are as wished", () => converged.plan()),
    figure("planning the whole way from 3 members to 7", () => growing.plan()),
  ];
}

function timesOf(work: () => unknown): readonly number[] {
  for (let round = 0; round < 200; round++) work();
  return Array.from({ length: 31 }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  });
}
