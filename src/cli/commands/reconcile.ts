/** `reconcile`: passes until the database is as its spec asks, without editing the spec. */
import { requiredName } from "../arguments.ts";
import type { CommandSpec } from "../command-spec.ts";
import type { Deps } from "../deps.ts";
import type { ExitCode } from "../exit-code.ts";
import { declareClusterFlags, toClusterOptions, type ClusterFlags } from "../flags/cluster-flags.ts";
import { declareOutputFlags, toOutputOptions, type OutputFlags } from "../flags/output-flags.ts";
import { declareRunFlags, toRunOptions, type RunFlags } from "../flags/run-flags.ts";
import { collectProblems } from "../problems.ts";
import { runVerb, withSession, type RunVerbOptions } from "../run-verb.ts";

export type ReconcileFlags = ClusterFlags & RunFlags & OutputFlags;

export interface ReconcileOptions extends RunVerbOptions {
  readonly name: string;
}

const formats = ["json", "yaml", "name"] as const;

export const reconcileSpec: CommandSpec = {
  name: "reconcile",
  summary: "Bring a database to what its spec asks for",
  usage: "NAME",
  description: `Bring a database to what its spec asks for: look, plan, act, until it is.

For specs that something else edits (GitOps, kubectl edit), for going on after a
run that timed out or was interrupted, and for a CronJob that keeps watch.`,
  examples: `# Go on after a timeout
kubectl dbop reconcile demo

# One look that changes nothing
kubectl dbop reconcile demo --dry-run=client

# In a CronJob
kubectl dbop reconcile demo --no-input --timeout 20m`,
  declare: (command) => {
    declareRunFlags(command, { adopt: true });
    declareOutputFlags(command, formats);
    declareClusterFlags(command);
  },
  act: (command, deps) => runReconcile(toReconcileOptions(command.opts<ReconcileFlags>(), command.args), deps),
};

export function toReconcileOptions(flags: ReconcileFlags, args: readonly string[]): ReconcileOptions {
  const problems = collectProblems();
  const options = {
    name: flags.printRbac === true ? "" : requiredName(args, problems),
    cluster: toClusterOptions(flags, problems),
    run: toRunOptions(flags, problems),
    output: toOutputOptions(flags, formats, problems),
  };
  problems.throwIfAny("reconcile");
  return options;
}

export async function runReconcile(options: ReconcileOptions, deps: Deps): Promise<ExitCode> {
  return withSession("reconcile", options, {
    deps,
    act: (session) => {
      const target = { name: options.name, namespace: session.namespace };
      const verb = { verb: "reconcile", past: "reconciled", session, ...target };
      return runVerb({ ...verb, work: (run) => deps.verbs.reconcile(target, run) }, options, deps);
    },
  });
}
