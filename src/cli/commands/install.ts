/** `install`: a new database from flags, manifests or a few questions, then passes until it is ready. */
import { DbopError } from "../../errors.ts";
import { field, numberField } from "../../kube/fields.ts";
import type { KubeObject } from "../../kube/objects.ts";
import { isStructured, listOf, structured } from "../../output/structured.ts";
import { canAsk } from "../approve.ts";
import { requiredName } from "../arguments.ts";
import type { CommandSpec } from "../command-spec.ts";
import type { Deps, Session } from "../deps.ts";
import { ExitCode } from "../exit-code.ts";
import { declareClusterFlags, repeated, toClusterOptions, type ClusterFlags } from "../flags/cluster-flags.ts";
import { declareOutputFlags, toOutputOptions, type OutputFlags } from "../flags/output-flags.ts";
import { declareRunFlags, toRunOptions, type RunFlags } from "../flags/run-flags.ts";
import { declareSpecFlags, givenSpecFlags, toCluster, type SpecFlags } from "../flags/spec-flags.ts";
import { inNamespace, readManifests } from "../manifests.ts";
import { collectProblems, type Problems, usageError } from "../problems.ts";
import { printObjects, runVerb, withSession, type RunVerbOptions } from "../run-verb.ts";
import { askInstall, equivalentCommand } from "../wizard.ts";

export interface InstallFlags extends SpecFlags, ClusterFlags, RunFlags, OutputFlags {
  readonly filename?: string[];
  readonly recursive?: boolean;
  readonly printCrds?: boolean;
}

/** Where the wished-for databases come from. */
export type InstallSource =
  | { readonly from: "flags"; readonly cluster: KubeObject }
  | { readonly from: "files"; readonly paths: readonly string[]; readonly recursive: boolean }
  /** Nothing was given: ask, when somebody is there. */
  | { readonly from: "questions" };

export interface InstallOptions extends RunVerbOptions {
  readonly source: InstallSource;
  readonly printCrds: boolean;
}

const formats = ["json", "yaml", "name"] as const;

export const installSpec: CommandSpec = {
  name: "install",
  summary: "Make a database and wait until it is ready",
  usage: "(NAME | -f FILE)",
  description: `Make a database and wait until it is ready.

Without arguments, on a terminal, a few questions are asked. The same command
again goes on where it stopped, and changes nothing once all is as asked.`,
  examples: `# Three members of the version the engine recommends
kubectl dbop install demo --engine etcd --storage 8Gi

# Three shards, each of a primary and a replica
kubectl dbop install cache --engine valkey --shards 3 --replicas 2 \\
  --storage 8Gi

# Redis instead of Valkey: version 7, or an image that has redis in its name
kubectl dbop install cache --engine valkey --version 7.0.15 --storage 8Gi

# From a file, and what it would do first
kubectl dbop install -f demo.yaml --dry-run=client
kubectl dbop install -f demo.yaml

# What a cluster administrator has to apply once
kubectl dbop install --print-crds |
  kubectl apply --server-side --force-conflicts -f -`,
  declare: (command) => {
    command
      .option(
        "-f, --filename <file>",
        "File or directory of DatabaseClusters, or - for stdin; may be repeated",
        repeated,
      )
      .option("-R, --recursive", "Directories below that of -f too")
      .option("--print-crds", "Print the CustomResourceDefinitions and stop");
    declareSpecFlags(command);
    declareRunFlags(command, { adopt: true });
    declareOutputFlags(command, formats);
    declareClusterFlags(command);
  },
  act: (command, deps) => runInstall(toInstallOptions(command.opts<InstallFlags>(), command.args), deps),
};

export function toInstallOptions(flags: InstallFlags, args: readonly string[]): InstallOptions {
  const problems = collectProblems();
  const stopsEarly = flags.printCrds === true || flags.printRbac === true;
  const options = {
    source: stopsEarly ? ({ from: "questions" } as const) : sourceOf(flags, args, problems),
    printCrds: flags.printCrds ?? false,
    cluster: toClusterOptions(flags, problems),
    run: toRunOptions(flags, problems),
    output: toOutputOptions(flags, formats, problems),
  };
  problems.throwIfAny("install");
  return options;
}

function sourceOf(flags: InstallFlags, args: readonly string[], problems: Problems): InstallSource {
  const given = givenSpecFlags(flags);
  if (flags.filename !== undefined) {
    for (const extra of [...given, ...args.map((name) => `NAME "${name}"`)]) {
      problems.add(`${extra} can't be given together with --filename`);
    }
    return { from: "files", paths: flags.filename, recursive: flags.recursive ?? false };
  }
  if (flags.recursive === true) problems.add("--recursive goes with --filename only");
  if (given.length === 0 && args.length === 0) return { from: "questions" };
  return { from: "flags", cluster: toCluster(requiredName(args, problems), flags, problems) };
}

export async function runInstall(options: InstallOptions, deps: Deps): Promise<ExitCode> {
  if (options.printCrds) return printObjects(await deps.verbs.crds(), deps);
  if (options.source.from === "questions" && !options.run.printRbac && !canAsk(deps, options.run)) {
    throw usageError("install", [
      "nothing to install: give NAME, --engine and --storage, or --filename (questions need a terminal)",
    ]);
  }
  return withSession("install", options, { deps, act: (session) => installAll(session, options, deps) });
}

async function installAll(session: Session, options: InstallOptions, deps: Deps): Promise<ExitCode> {
  const wished = await clustersOf(session, options, deps);
  const asked = options.cluster.access.namespace;
  const clusters = wished.map((cluster) => inNamespace(cluster, asked, session.namespace));
  const stdinTaken = options.source.from === "files" && options.source.paths.includes("-");
  const codes: ExitCode[] = [];
  const documents: unknown[] = [];
  const collect = clusters.length > 1 && { collect: (document: unknown) => void documents.push(document) };
  for (const cluster of clusters) {
    const { name, namespace = session.namespace } = cluster.metadata;
    if (options.source.from === "flags") await refuseShards(cluster, deps);
    const complete = await withVersion(cluster, deps);
    const work = {
      work: (run: Parameters<typeof deps.verbs.install>[1]) => deps.verbs.install({ cluster: complete }, run),
    };
    const verb = { verb: "install", past: "installed", name, namespace, session, stdinTaken, ...work, ...collect };
    codes.push(await runVerb(verb, options, deps));
  }
  const { format } = options.output;
  if (collect !== false && isStructured(format)) deps.streams.stdout.write(await structured(format, listOf(documents)));
  // Several databases end with the first code that is not success.
  return codes.find((code) => code !== ExitCode.Done && code !== ExitCode.Unchanged) ?? codes[0] ?? ExitCode.Done;
}

async function clustersOf(session: Session, options: InstallOptions, deps: Deps): Promise<readonly KubeObject[]> {
  const { source } = options;
  switch (source.from) {
    case "flags":
      return [source.cluster];
    case "files":
      return readManifests({ ...source, files: deps.files });
    case "questions":
      return [await askForCluster(session, deps)];
  }
}

async function askForCluster(session: Session, deps: Deps): Promise<KubeObject> {
  const { stderr } = deps.streams;
  const context = session.contextName === "" ? "" : `context ${session.contextName}, `;
  stderr.write(`A new database in ${context}namespace ${session.namespace} (${session.kube.server})\n`);
  const answers = await askInstall({ prompt: deps.prompt, engines: await deps.verbs.engines() });
  stderr.write(`\nThe same without questions:\n  ${equivalentCommand(answers, session.namespace)}\n\n`);
  const problems = collectProblems();
  const cluster = toCluster(answers.name, answers.flags, problems);
  problems.throwIfAny("install");
  return cluster;
}

/** Before anything is asked of the cluster, and by the flag's name; in a file it is a problem of the spec. */
async function refuseShards(cluster: KubeObject, deps: Deps): Promise<void> {
  const shards = numberField(cluster["spec"], "shards");
  if (shards < 2) return;
  const name = field(cluster["spec"], "engine");
  const sharding = (await deps.verbs.engines()).find((engine) => engine.name === name)?.sharding;
  if (sharding?.kind === "none") throw usageError("install", [`--shards can't be ${String(shards)}: ${sharding.why}`]);
}

/** With the engine's default version where none was asked for. */
async function withVersion(cluster: KubeObject, deps: Deps): Promise<KubeObject> {
  const spec = cluster["spec"];
  if (field(spec, "version") !== undefined || typeof spec !== "object") return cluster;
  const engines = await deps.verbs.engines();
  const engine = engines.find(({ name }) => name === field(spec, "engine"));
  if (engine === undefined) {
    const known = engines.map(({ name }) => name).join(", ");
    throw new DbopError("Usage", `unknown engine "${String(field(spec, "engine"))}": must be one of ${known}`);
  }
  return { ...cluster, spec: { ...spec, version: engine.versions.default } };
}
