// npm test: build, format, lint, typecheck, knip, unit tests at their full depth (support/depth.ts), the archives of a release, and the suite
// on a real Kubernetes cluster, which is started meanwhile and stopped afterwards if it was not up before. Nothing has to be prepared. The
// last line says how many passed, failed and were skipped; the exit code is 0 when nothing failed. Where no cluster is possible the rest
// runs, and what was skipped is said.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endAll, runProcess, type Ended } from "./run/processes.ts";
import { startCluster, suiteEnvironment, type Started, type Starting } from "./run/test-cluster.ts";
import { readTally, type Tally } from "./run/vitest-report.ts";

const project = join(import.meta.dirname, "..");
const reports = mkdtempSync(join(tmpdir(), "dbop-test-"));
const began = Date.now();
const totals = { passed: 0, failed: 0, skipped: 0 };
const skippedNames: string[] = [];
const environment = ownEnvironment(process.env);

const scripts = { unit: "unit", package: "package-tests", suite: "suite" } as const;

/** The one file of the suite that needs etcd and no Kubernetes. */
const withoutCluster = "etcd-config.cluster.ts";

let starting: Starting | undefined;
let ending = false;

process.chdir(project);
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)
  process.on(signal, () => void interrupted(signal, code));

await main();

async function main(): Promise<void> {
  say("npm test: checks and unit tests, then the suite on a real Kubernetes cluster, which starts meanwhile");
  const begun = await startCluster(process.env, (line) => {
    if (!line.includes(" so far") && !line.startsWith("export ")) say(`           cluster: ${line}`);
  });
  if ("unavailable" in begun) say(`cluster    NONE: ${begun.unavailable}`);
  else starting = begun;
  if (await check("build", "npm", ["run", "--silent", "build"])) {
    for (const name of ["format", "lint", "typecheck", "knip"]) await check(name, "npm", ["run", "--silent", name]);
    await tests("unit", { env: { DBOP_TEST_DEPTH: "full" } });
    await tests("package");
    await clusterSuite("unavailable" in begun ? begun.unavailable : undefined);
  }
  await putBack();
  report();
}

/** One command that passes or fails as a whole. Its output is of interest only when it fails. */
async function check(name: string, program: string, args: readonly string[]): Promise<boolean> {
  const { code, output, seconds } = await unlessEnding(runProcess(program, args, { env: environment, urgent: true }));
  const passed = code === 0;
  count({ passed: Number(passed), failed: Number(!passed), skipped: 0 });
  phase(name, passed ? "passed" : `FAILED (exit code ${String(code)})`, seconds);
  if (!passed) quote(output);
  return passed;
}

/** Runs tests of one vitest project. `live` prints a line a file as it comes, for what takes minutes. */
async function tests(name: "unit" | "package" | "suite", run: VitestRun = {}): Promise<void> {
  const { code, output, seconds, file } = await vitest(name, run);
  const tally = readTally(file, code);
  count(tally);
  skippedNames.push(...tally.skippedNames);
  if (tally.failed > 0 && run.live !== true)
    quote(
      output
        .split("\n")
        .filter((line) => !/^\s*✓/u.test(line))
        .join("\n"),
    );
  tally.trouble.forEach(quote);
  phase(name, summary(tally), seconds);
}

interface VitestRun {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly live?: boolean;
}

async function vitest(name: "unit" | "package" | "suite", run: VitestRun): Promise<Ended & { readonly file: string }> {
  const file = join(reports, `${name}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  rmSync(file, { force: true });
  const ended = await unlessEnding(
    runProcess("npm", ["run", "--silent", scripts[name], "--", ...reporters, ...(run.args ?? [])], {
      env: { ...environment, ...run.env },
      urgent: true,
      ...(run.live === true ? { onLine: quoteFile } : {}),
    }),
  );
  return { ...ended, file };
}

async function clusterSuite(unavailable: string | undefined): Promise<void> {
  const started = await unlessEnding(Promise.resolve(starting?.ready));
  if (starting !== undefined && started !== undefined) announce(starting, started);
  const cluster = started !== undefined && "cluster" in started ? started.cluster : undefined;
  const env = await suiteEnvironment(process.env, cluster);
  if (cluster !== undefined) {
    await tests("suite", { env, live: true });
    return;
  }
  await tests("suite", { env, args: [withoutCluster] });
  await skipTheRest();
  say("");
  say("SKIPPED: everything that needs a real Kubernetes cluster.");
  say(`         ${unavailable ?? "It did not start: see above."}`);
}

/** Has vitest collect what needs a cluster and run none of it, so that each case is counted. How it ends says nothing then. */
async function skipTheRest(): Promise<void> {
  const args = [`--exclude=**/${withoutCluster}`, "--testNamePattern=no test is called so"];
  const { file, seconds } = await vitest("suite", { env: { DBOP_TEST_KUBECONFIG_PATH: "/nowhere" }, args });
  const tally = readTally(file, 0);
  count(tally);
  tally.trouble.forEach(quote);
  phase("suite", summary(tally), seconds);
}

function announce({ wasUp }: Starting, started: Started): void {
  if ("failure" in started) {
    count({ passed: 0, failed: 1, skipped: 0 });
    phase("cluster", "FAILED to start", undefined);
    quote(started.failure);
  } else phase("cluster", wasUp ? "was up already and stays up" : "is up", started.seconds);
}

async function putBack(): Promise<void> {
  await endAll(); // a cluster that is still being started, when the build has failed
  const ended = await unlessEnding(Promise.resolve(starting?.putBack()));
  if (ended === undefined) return;
  if (ended.code !== 0) {
    count({ passed: 0, failed: 1, skipped: 0 });
    quote(ended.output);
  }
  phase("cluster", ended.code === 0 ? "is down again" : "FAILED to go down", ended.seconds);
}

async function interrupted(signal: string, code: number): Promise<void> {
  if (ending) return;
  ending = true;
  say(`${signal}: stopping what runs${starting?.wasUp === false ? ", then the cluster" : ""}`);
  await endAll();
  await starting?.putBack();
  rmSync(reports, { recursive: true, force: true });
  process.exit(code);
}

/** What comes after an interruption is up to `interrupted` alone. */
async function unlessEnding<T>(work: Promise<T>): Promise<T> {
  const result = await work;
  return ending ? new Promise(() => undefined) : result;
}

function report(): void {
  rmSync(reports, { recursive: true, force: true });
  say("");
  skippedNames.slice(0, 20).forEach((name) => {
    say(`skipped: ${name}`);
  });
  if (skippedNames.length > 20) say(`skipped: and ${String(skippedNames.length - 20)} more`);
  phase("all", "", (Date.now() - began) / 1000);
  say(summary(totals));
  process.exitCode = totals.failed === 0 ? 0 : 1;
}

function count({ passed, failed, skipped }: Pick<Tally, "passed" | "failed" | "skipped">): void {
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
}

function summary({ passed, failed, skipped }: Pick<Tally, "passed" | "failed" | "skipped">): string {
  const first = `${String(passed)} passed, ${String(failed)} failed`;
  return skipped === 0 ? first : `${first}, ${String(skipped)} skipped`;
}

function phase(name: string, how: string, seconds: number | undefined): void {
  say(`${name.padEnd(10)} ${how}${seconds === undefined ? "" : `  ${seconds.toFixed(1)} s`}`);
}

/** Of vitest's tree a line a file, and whatever is not simply a test that passed. */
function quoteFile(line: string): void {
  if (!/^\s{2,}✓|^JSON report|^$/u.test(line)) quote(line);
}

function quote(text: string): void {
  if (!ending) say(text.replaceAll(/^/gmu, "    "));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** No test may come near the user's own cluster, and captured output is not for a terminal. */
function ownEnvironment({ KUBECONFIG: _, FORCE_COLOR: __, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, NO_COLOR: "1" };
}
