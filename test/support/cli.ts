/** Runs a command line in-process with everything around it given: streams, files, answers, cluster, and the work of verbs. */
import type { CommandSpec } from "../../src/cli/command-spec.ts";
import type { ConnectOptions, Deps, EngineChoice, Run, Session, Verbs } from "../../src/cli/deps.ts";
import { specs } from "../../src/cli/program.ts";
import { runCommandLine } from "../../src/cli/run-command-line.ts";
import type { KubeClient } from "../../src/kube/kube-client.ts";
import { types, type KubeObject } from "../../src/kube/objects.ts";
import type { RunOutcome, RunResult } from "../../src/output/run-view.ts";
import { aReport } from "./checks/a-report.ts";
import { FakeClock } from "./fake-kube/fake-clock.ts";

export interface CliSetting {
  /** All of stdin, stdout, stderr. Default false. */
  readonly tty?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Path to text; a directory is its files' common prefix ending with "/". */
  readonly files?: Readonly<Record<string, string>>;
  /** To the questions, in order: true/false for y/N, text otherwise. */
  readonly answers?: readonly (string | boolean)[];
  readonly verbs?: Partial<Verbs>;
  /** What GETs of raw paths answer. */
  readonly raw?: Readonly<Record<string, unknown>>;
  readonly warnings?: number;
  readonly connect?: (options: ConnectOptions) => Promise<Session>;
  /** Default one that stands still. */
  readonly clock?: Deps["clock"];
}

export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Every call of a verb: its name and request. */
  readonly calls: readonly (readonly [verb: string, request: unknown])[];
  readonly asked: readonly string[];
  readonly runs: readonly Run[];
}

/** `kubectl dbop ARGV…`, split at spaces where a string is given. */
export async function runCli(argv: string | readonly string[], setting: CliSetting = {}): Promise<CliRun> {
  const words = typeof argv === "string" ? argv.split(" ").filter((word) => word !== "") : argv;
  const stdout: string[] = [];
  const stderr: string[] = [];
  const calls: (readonly [string, unknown])[] = [];
  const asked: string[] = [];
  const runs: Run[] = [];
  const tty = setting.tty ?? false;
  const stream = (into: string[]): Deps["streams"]["stdout"] => ({
    isTTY: tty,
    columns: 80,
    write: (text) => into.push(text),
  });
  const deps: Deps = {
    streams: { stdinIsTty: tty, stdout: stream(stdout), stderr: stream(stderr) },
    clock: setting.clock ?? new FakeClock({ autoAdvance: false }),
    env: setting.env ?? {},
    files: fakeFiles(setting.files ?? {}),
    prompt: scriptedPrompt([...(setting.answers ?? [])], asked),
    signal: new AbortController().signal,
    connect: setting.connect ?? ((options) => Promise.resolve(fakeSession(options, setting))),
    verbs: recordedVerbs(setting.verbs ?? {}, { calls, runs }),
    client: { version: "0.1.0", node: "24.0.0", platform: "linux/x64" },
  };
  const code = await runCommandLine(words, { load, deps, endedBy: () => undefined });
  return { code, stdout: stdout.join(""), stderr: stderr.join(""), calls, asked, runs };
}

function load(verb: string): Promise<CommandSpec> {
  const spec = specs.find(({ name }) => name === verb);
  return spec === undefined ? Promise.reject(new Error(`no such verb: ${verb}`)) : Promise.resolve(spec);
}

/** A DatabaseCluster as the API server would give it. */
export function aDatabase(name = "demo", more: Readonly<Record<string, unknown>> = {}): KubeObject {
  const { apiVersion, kind } = types.databaseCluster;
  return {
    apiVersion,
    kind,
    metadata: { name, namespace: "default", creationTimestamp: "2025-12-31T00:00:00Z", generation: 1 },
    spec: { engine: "etcd", version: "3.6.4", replicas: 3, storage: { size: "8Gi" } },
    ...more,
  };
}

/** A result of a run on {@link aDatabase}. */
export function ended(outcome: RunOutcome): RunResult {
  return { ...outcome, object: aDatabase() };
}

/** An engine whose data is spread over shards. */
export const spread: EngineChoice = {
  name: "spread",
  title: "Spread",
  versions: { supported: "1.0", default: "1.0.0", newest: ["1.0.0"] },
  sharding: { kind: "shards", default: 3 },
};

const etcd: EngineChoice = {
  name: "etcd",
  title: "etcd",
  versions: { supported: "3.5 to 3.7", default: "3.6.4", newest: ["3.5.9", "3.6.4"] },
  sharding: { kind: "none", why: "etcd holds one keyspace" },
};

function recordedVerbs(
  given: Partial<Verbs>,
  { calls, runs }: { readonly calls: (readonly [string, unknown])[]; readonly runs: Run[] },
): Verbs {
  const changed = ended({ outcome: "Converged", changed: true });
  const run =
    <Request, Result>(
      verb: string,
      own: ((request: Request, run: Run) => Promise<Result>) | undefined,
      result: Result,
    ) =>
    (request: Request, given: Run): Promise<Result> => {
      calls.push([verb, request]);
      runs.push(given);
      return own === undefined ? Promise.resolve(result) : own(request, given);
    };
  const read =
    <Request, Given, Result>(
      verb: string,
      own: ((request: Request, given: Given) => Promise<Result>) | undefined,
      result: Result,
    ) =>
    (request: Request, given: Given): Promise<Result> => {
      calls.push([verb, request]);
      return own === undefined ? Promise.resolve(result) : own(request, given);
    };
  return {
    install: run("install", given.install, changed),
    scale: run("scale", given.scale, changed),
    upgrade: run("upgrade", given.upgrade, changed),
    reshard: run("reshard", given.reshard, changed),
    rotate: run("rotate", given.rotate, changed),
    schedule: run("schedule", given.schedule, changed),
    reconcile: run("reconcile", given.reconcile, changed),
    restore: run("restore", given.restore, changed),
    restoreInPlace: run("restoreInPlace", given.restoreInPlace, changed),
    backup: run("backup", given.backup, changed),
    backups: read("backups", given.backups, []),
    storedBackups: read("storedBackups", given.storedBackups, []),
    delete: run("delete", given.delete, changed),
    unlock: run("unlock", given.unlock, { holder: "alice@laptop" }),
    status: read("status", given.status, []),
    list: read("list", given.list, []),
    check: read("check", given.check, []),
    checkForeign: read("checkForeign", given.checkForeign, aReport()),
    history: read("history", given.history, aDatabase()),
    rbac: read("rbac", given.rbac, [
      { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "x" } },
    ]),
    crds: given.crds ?? (() => Promise.resolve([])),
    engines: given.engines ?? (() => Promise.resolve([etcd])),
  };
}

function fakeSession({ cluster }: ConnectOptions, { raw = {}, warnings = 0 }: CliSetting): Session {
  const none = (): Promise<never> => Promise.reject(new Error("not for these tests"));
  const kube: KubeClient = {
    server: "https://cluster.example:6443",
    get: none,
    list: none,
    create: none,
    update: none,
    apply: none,
    delete: none,
    watch: none,
    exec: none,
    log: none,
    raw: (path) => Promise.resolve(raw[path]),
    close: () => undefined,
  };
  return { kube, contextName: "prod", namespace: cluster.access.namespace ?? "default", warnings: () => warnings };
}

function fakeFiles(files: Readonly<Record<string, string>>): Deps["files"] {
  return {
    read: (path) => {
      const text = files[path];
      return text === undefined
        ? Promise.reject(Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" }))
        : Promise.resolve(text);
    },
    list: (path) => {
      const inside = Object.keys(files).filter((name) => path.endsWith("/") && name.startsWith(path));
      return Promise.resolve(path.endsWith("/") ? inside : undefined);
    },
  };
}

function scriptedPrompt(answers: (string | boolean)[], asked: string[]): Deps["prompt"] {
  const next = (message: string): string | boolean => {
    asked.push(message);
    const answer = answers.shift();
    if (answer === undefined) throw new Error(`nobody answers: ${message}`);
    return answer;
  };
  return {
    confirm: (message) => Promise.resolve(next(message) === true),
    text: ({ message, check }) => {
      const answer = String(next(message));
      const problem = check?.(answer);
      return problem === undefined ? Promise.resolve(answer) : Promise.reject(new Error(problem));
    },
    select: (message) => Promise.resolve(String(next(message))),
  };
}
