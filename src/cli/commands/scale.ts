/** `scale`: more or fewer members, larger volumes, other resources. */
import { requiredName } from "../arguments.ts";
import type { CommandSpec } from "../command-spec.ts";
import type { Deps, ScaleRequest } from "../deps.ts";
import type { ExitCode } from "../exit-code.ts";
import { declareClusterFlags, toClusterOptions, type ClusterFlags } from "../flags/cluster-flags.ts";
import { declareOutputFlags, toOutputOptions, type OutputFlags } from "../flags/output-flags.ts";
import { declareRunFlags, toRunOptions, type RunFlags } from "../flags/run-flags.ts";
import { collectProblems, forms } from "../problems.ts";
import { runVerb, withSession, type RunVerbOptions } from "../run-verb.ts";

export interface ScaleFlags extends ClusterFlags, RunFlags, OutputFlags {
  readonly replicas?: string;
  readonly storage?: string;
  readonly cpu?: string;
  readonly memory?: string;
}

export interface ScaleOptions extends RunVerbOptions {
  readonly request: Omit<ScaleRequest, "namespace">;
}

const formats = ["json", "yaml", "name"] as const;

export const scaleSpec: CommandSpec = {
  name: "scale",
  summary: "Change the number of members, their storage or their resources",
  usage: "NAME",
  description: `Change the number of members, their storage or their resources.

Members join and leave one at a time, and never below quorum by our hand. Fewer
members can lose data and asks for the name: the claims of those that leave are
deleted. (An install or reconcile of a smaller spec keeps them, with a warning.)

Volumes grow, never shrink. Other resources restart the members, one at a time,
and so does a larger volume where it raises etcd's default quota, which is half
of it up to 8Gi: that asks for --yes.`,
  examples: `# Five members
kubectl dbop scale demo --replicas 5

# Back to three, from a script
kubectl dbop scale demo --replicas 3 --confirm=demo

# Larger volumes and more memory; what it would do first
kubectl dbop scale demo --storage 20Gi --memory 4Gi --dry-run=client`,
  declare: (command) => {
    command
      .option("--replicas <n>", "How many members, or pods of each shard; etcd takes 1 to 7, best odd")
      .option("--storage <size>", "Size of each member's volume, such as 20Gi")
      .option("--cpu <quantity>", "CPU of each member, such as 500m")
      .option("--memory <quantity>", "Memory of each member, such as 2Gi");
    declareRunFlags(command, { adopt: false });
    declareOutputFlags(command, formats);
    declareClusterFlags(command);
  },
  act: (command, deps) => runScale(toScaleOptions(command.opts<ScaleFlags>(), command.args), deps),
};

export function toScaleOptions(flags: ScaleFlags, args: readonly string[]): ScaleOptions {
  const problems = collectProblems();
  const name = flags.printRbac === true ? "" : requiredName(args, problems);
  const replicas = problems.wholeNumber({ flag: "--replicas", text: flags.replicas, min: 1, max: 99 });
  const storage = problems.matching("--storage", flags.storage, forms.storage);
  const cpu = problems.matching("--cpu", flags.cpu, forms.cpu);
  const memory = problems.matching("--memory", flags.memory, forms.memory);
  const given = [flags.replicas, flags.storage, flags.cpu, flags.memory];
  if (flags.printRbac !== true && given.every((flag) => flag === undefined)) {
    problems.add("nothing to change: set --replicas, --storage, --cpu or --memory");
  }
  const options = {
    cluster: toClusterOptions(flags, problems),
    run: toRunOptions(flags, problems),
    output: toOutputOptions(flags, formats, problems),
  };
  problems.throwIfAny("scale");
  const request = {
    name,
    ...(replicas !== undefined && { replicas }),
    ...(storage !== undefined && { storage }),
    ...(cpu !== undefined && { cpu }),
    ...(memory !== undefined && { memory }),
  };
  return { ...options, request };
}

export async function runScale(options: ScaleOptions, deps: Deps): Promise<ExitCode> {
  return withSession("scale", options, {
    deps,
    act: (session) => {
      const request = { ...options.request, namespace: session.namespace };
      const verb = { verb: "scale", past: "scaled", session, name: request.name, namespace: request.namespace };
      return runVerb({ ...verb, work: (run) => deps.verbs.scale(request, run) }, options, deps);
    },
  });
}
