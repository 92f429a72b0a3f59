// npm run bench: what docs/measured.md promises, measured in one run. `-- --write` writes that file, `-- --rounds=N` sets how often install and
// scale are measured (default 3), `-- --local` leaves out what needs a cluster, `-- --only=valkey` (etcd, packaged) measures one part alone. Exit code 1 when
// a bound is not reached.
import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { endAll, runProcess } from "../run/processes.ts";
import { startCluster, type Starting } from "../run/test-cluster.ts";
import { clusterFigures } from "./cluster-figures.ts";
import { isReached, type Figure } from "./figure.ts";
import { helpFigures, planFigures } from "./local-figures.ts";
import { packagedFigures } from "./packaged-figures.ts";
import { markdownReport, textReport } from "./report.ts";
import { valkeyFigures } from "./valkey-figures.ts";

const project = join(import.meta.dirname, "..", "..");
const plugin = join(project, "bin", "kubectl-dbop");
const { values: flags } = parseArgs({
  options: {
    write: { type: "boolean", default: false },
    local: { type: "boolean", default: false },
    rounds: { type: "string", default: "3" },
    only: { type: "string" },
  },
});
/** `only` chooses one. */
const parts: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  etcd: () => clusterFigures(plugin, Number(flags.rounds), say),
  valkey: () => valkeyFigures(plugin, say),
  packaged: () => packagedFigures(say),
};
let starting: Starting | undefined;

process.chdir(project);
// It makes Node 20 read all certificates at every start, which would flatter every ratio.
delete process.env["NODE_EXTRA_CA_CERTS"];
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)
  process.on(
    signal,
    () =>
      void endAll()
        .then(async () => starting?.putBack())
        .finally(() => process.exit(code)),
  );

process.exitCode = await main();

async function main(): Promise<number> {
  const names = flags.only === undefined ? Object.keys(parts) : [flags.only];
  if (!names.every((name) => name in parts)) throw new Error(`--only is one of ${Object.keys(parts).join(", ")}`);
  const file = reportOf(flags.only);
  if (file === undefined && flags.write) throw new Error("--write writes all figures: leave out --only");
  const loadBefore = loadavg()[0] ?? 0;
  const built = await runProcess("npm", ["run", "--silent", "build"], { env: process.env });
  if (built.code !== 0) throw new Error(`npm run build failed:\n${built.output}`);
  const local = flags.only === undefined ? [...(await helpFigures(plugin)), ...planFigures()] : [];
  const figures = [...local, ...(flags.local ? [] : await onCluster(names))];
  say(`\n${textReport(figures)}`);
  if (flags.write && file !== undefined) {
    writeFileSync(file, markdownReport(figures, loadBefore, new Date()));
    say(`\nwritten to ${file}`);
  }
  return figures.every(isReached) ? 0 : 1;
}

/** What users install is measured often, and is quickly done: it has a page of its own. */
function reportOf(only: string | undefined): string | undefined {
  if (only === undefined) return join(project, "docs", "measured.md");
  return only === "packaged" ? join(project, "docs", "measured-packaged.md") : undefined;
}

async function onCluster(names: readonly string[]): Promise<readonly Figure[]> {
  const begun = await startCluster(process.env, say);
  if ("unavailable" in begun) throw new Error(`${begun.unavailable}; or leave out what needs a cluster: -- --local`);
  starting = begun;
  const started = await begun.ready;
  if ("failure" in started) throw new Error(started.failure);
  process.env["KUBECONFIG"] = started.cluster.kubeconfig;
  process.env["PATH"] = `${join(started.cluster.kubectl, "..")}:${process.env["PATH"] ?? ""}`;
  try {
    const figures: Figure[] = [];
    for (const name of names) figures.push(...((await parts[name]?.()) ?? []));
    return figures;
  } finally {
    await begun.putBack();
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
