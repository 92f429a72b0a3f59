/** `delete`: takes a database down and keeps its data, unless told otherwise by name. */
import { requiredName } from "../arguments.ts";
import type { CommandSpec } from "../command-spec.ts";
import type { Deps } from "../deps.ts";
import type { ExitCode } from "../exit-code.ts";
import { declareClusterFlags, toClusterOptions, type ClusterFlags } from "../flags/cluster-flags.ts";
import { declareOutputFlags, toOutputOptions, type OutputFlags } from "../flags/output-flags.ts";
import { declareRunFlags, toRunOptions, type RunFlags } from "../flags/run-flags.ts";
import { collectProblems } from "../problems.ts";
import { runVerb, withSession, type RunVerbOptions } from "../run-verb.ts";

export interface DeleteFlags extends ClusterFlags, RunFlags, OutputFlags {
  readonly deleteData?: boolean;
}

export interface DeleteOptions extends RunVerbOptions {
  readonly name: string;
  readonly deleteData: boolean;
}

const formats = ["json", "yaml", "name"] as const;

export const deleteSpec: CommandSpec = {
  name: "delete",
  summary: "Take a database down; its data stays unless asked otherwise",
  usage: "NAME",
  description: `Take a database down. Its data stays unless asked otherwise.

Volumes and credentials are kept: an install of the same name with --adopt goes
on from them. With --delete-data they go too, which asks for the name.`,
  examples: `# Keep the volumes
kubectl dbop delete demo

# Everything, from a script
kubectl dbop delete demo --delete-data --confirm=demo`,
  declare: (command) => {
    command.option("--delete-data", "Delete volumes and credentials too; this can't be undone");
    declareRunFlags(command, { adopt: false });
    declareOutputFlags(command, formats);
    declareClusterFlags(command);
  },
  act: (command, deps) => runDelete(toDeleteOptions(command.opts<DeleteFlags>(), command.args), deps),
};

export function toDeleteOptions(flags: DeleteFlags, args: readonly string[]): DeleteOptions {
  const problems = collectProblems();
  const options = {
    name: flags.printRbac === true ? "" : requiredName(args, problems),
    deleteData: flags.deleteData ?? false,
    cluster: toClusterOptions(flags, problems),
    run: toRunOptions(flags, problems),
    output: toOutputOptions(flags, formats, problems),
  };
  problems.throwIfAny("delete");
  return options;
}

export async function runDelete(options: DeleteOptions, deps: Deps): Promise<ExitCode> {
  const { name, deleteData } = options;
  return withSession("delete", options, {
    deps,
    act: (session) => {
      const target = { name, namespace: session.namespace };
      const verb = { verb: "delete", past: "deleted", session, ...target };
      return runVerb({ ...verb, work: (run) => deps.verbs.delete({ ...target, deleteData }, run) }, options, deps);
    },
  });
}
