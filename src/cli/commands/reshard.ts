/** `reshard`: more or fewer shards, for engines that have any. */
import { requiredName } from "../arguments.ts";
import type { CommandSpec } from "../command-spec.ts";
import type { Deps } from "../deps.ts";
import type { ExitCode } from "../exit-code.ts";
import { declareClusterFlags, toClusterOptions, type ClusterFlags } from "../flags/cluster-flags.ts";
import { declareOutputFlags, toOutputOptions, type OutputFlags } from "../flags/output-flags.ts";
import { declareRunFlags, toRunOptions, type RunFlags } from "../flags/run-flags.ts";
import { collectProblems } from "../problems.ts";
import { runVerb, withSession, type RunVerbOptions } from "../run-verb.ts";

export interface ReshardFlags extends ClusterFlags, RunFlags, OutputFlags {
  readonly shards?: string;
}

export interface ReshardOptions extends RunVerbOptions {
  readonly name: string;
}

const formats = ["json", "yaml", "name"] as const;

export const reshardSpec: CommandSpec = {
  name: "reshard",
  summary: "Spread a database over more or fewer shards",
  usage: "NAME",
  description: `Spread a database over more or fewer shards.

An engine that has none says so, exits with 8 and changes nothing: etcd holds
one keyspace.`,
  examples: `# Four shards, for an engine that has shards
kubectl dbop reshard demo --shards 4`,
  declare: (command) => {
    command.option("--shards <n>", "How many shards, 1 to 99");
    declareRunFlags(command, { adopt: false });
    declareOutputFlags(command, formats);
    declareClusterFlags(command);
  },
  act: (command, deps) => runReshard(toReshardOptions(command.opts<ReshardFlags>(), command.args), deps),
};

export function toReshardOptions(flags: ReshardFlags, args: readonly string[]): ReshardOptions {
  const problems = collectProblems();
  const name = flags.printRbac === true ? "" : requiredName(args, problems);
  problems.wholeNumber({ flag: "--shards", text: flags.shards, min: 1, max: 99 });
  const options = {
    name,
    cluster: toClusterOptions(flags, problems),
    run: toRunOptions(flags, problems),
    output: toOutputOptions(flags, formats, problems),
  };
  problems.throwIfAny("reshard");
  return options;
}

export async function runReshard(options: ReshardOptions, deps: Deps): Promise<ExitCode> {
  return withSession("reshard", options, {
    deps,
    act: (session) => {
      const database = { name: options.name, namespace: session.namespace };
      const verb = { verb: "reshard", past: "resharded", session, ...database };
      return runVerb({ ...verb, work: (run) => deps.verbs.reshard(database, run) }, options, deps);
    },
  });
}
