/** `reshard`: more or fewer shards, for engines that have any. */
import { requiredName } from "../arguments.ts";
import type { CommandSpec } from "../command-spec.ts";
import type { Deps, ReshardRequest } from "../deps.ts";
import type { ExitCode } from "../exit-code.ts";
import { declareClusterFlags, toClusterOptions, type ClusterFlags } from "../flags/cluster-flags.ts";
import { declareOutputFlags, toOutputOptions, type OutputFlags } from "../flags/output-flags.ts";
import { declareRunFlags, toRunOptions, type RunFlags } from "../flags/run-flags.ts";
import { collectProblems, type Problems } from "../problems.ts";
import { runVerb, withSession, type RunVerbOptions } from "../run-verb.ts";

export interface ReshardFlags extends ClusterFlags, RunFlags, OutputFlags {
  readonly shards?: string;
  readonly rebalance?: boolean;
}

export interface ReshardOptions extends RunVerbOptions {
  readonly request: Omit<ReshardRequest, "namespace">;
}

const formats = ["json", "yaml", "name"] as const;

export const reshardSpec: CommandSpec = {
  name: "reshard",
  summary: "Spread a database over more or fewer shards",
  usage: "NAME",
  description: `Spread a database over more or fewer shards.

With --shards the spec asks for so many. Data moves while the database serves,
no more of it than it takes for all shards to hold alike; a shard goes only
when it holds nothing, and fewer shards ask for the name: the claims of those
that leave are deleted. With --rebalance there stay as many as there are, and
data moves until they hold alike. Stopped anywhere, the same command goes on,
as reconcile would.

An engine that has none says so, exits with 8 and changes nothing: etcd holds
one keyspace.`,
  examples: `# Five shards, for an engine that has shards; what it would do first
kubectl dbop reshard demo --shards 5 --dry-run=client
kubectl dbop reshard demo --shards 5

# As many as there are, holding alike
kubectl dbop reshard demo --rebalance`,
  declare: (command) => {
    command
      .option("--shards <n>", "How many shards, 1 to 99")
      .option("--rebalance", "Move data between the shards there are until they hold alike");
    declareRunFlags(command, { adopt: false });
    declareOutputFlags(command, formats);
    declareClusterFlags(command);
  },
  act: (command, deps) => runReshard(toReshardOptions(command.opts<ReshardFlags>(), command.args), deps),
};

export function toReshardOptions(flags: ReshardFlags, args: readonly string[]): ReshardOptions {
  const problems = collectProblems();
  const name = flags.printRbac === true ? "" : requiredName(args, problems);
  const shards = problems.wholeNumber({ flag: "--shards", text: flags.shards, min: 1, max: 99 });
  if (flags.printRbac !== true) requireOne(flags, problems);
  const options = {
    cluster: toClusterOptions(flags, problems),
    run: toRunOptions(flags, problems),
    output: toOutputOptions(flags, formats, problems),
  };
  problems.throwIfAny("reshard");
  return { ...options, request: { name, ...(shards !== undefined && { shards }) } };
}

function requireOne({ shards, rebalance = false }: ReshardFlags, problems: Problems): void {
  if (shards !== undefined && rebalance)
    problems.add("--shards and --rebalance exclude each other: other shards hold alike afterwards anyway");
  if (shards === undefined && !rebalance) problems.add("nothing to reshard: set --shards or --rebalance");
}

export async function runReshard(options: ReshardOptions, deps: Deps): Promise<ExitCode> {
  return withSession("reshard", options, {
    deps,
    act: (session) => {
      const request = { ...options.request, namespace: session.namespace };
      const verb = { verb: "reshard", past: "resharded", session, name: request.name, namespace: request.namespace };
      return runVerb({ ...verb, work: (run) => deps.verbs.reshard(request, run) }, options, deps);
    },
  });
}
