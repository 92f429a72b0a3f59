/** `restore`: a new database from a backup. */
import { requiredName } from "../arguments.ts";
import type { CommandSpec } from "../command-spec.ts";
import type { Deps, RestoreRequest } from "../deps.ts";
import type { ExitCode } from "../exit-code.ts";
import { declareClusterFlags, toClusterOptions, type ClusterFlags } from "../flags/cluster-flags.ts";
import { declareOutputFlags, toOutputOptions, type OutputFlags } from "../flags/output-flags.ts";
import { declareRunFlags, toRunOptions, type RunFlags } from "../flags/run-flags.ts";
import { declareRestoreSpecFlags, toSpecChange, type SpecFlags } from "../flags/spec-flags.ts";
import { collectProblems, forms, type Problems } from "../problems.ts";
import { runVerb, withSession, type RunVerbOptions } from "../run-verb.ts";

export interface RestoreFlags extends ClusterFlags, RunFlags, OutputFlags, SpecFlags {
  readonly from?: string;
  readonly fromLocation?: string;
  readonly path?: string;
  readonly bumpRevision?: boolean;
}

export interface RestoreOptions extends RunVerbOptions {
  readonly request: Omit<RestoreRequest, "namespace">;
}

const formats = ["json", "yaml", "name"] as const;

export const restoreSpec: CommandSpec = {
  name: "restore",
  summary: "Make a new database from a backup",
  usage: "NEW --from BACKUP",
  description: `Make a new database from a backup. It is as the old one was when the backup was
taken, except for what the flags say. What is at the location is compared with
its manifest before anything uses it, and never restored over a database.

When all else is lost, the location is enough: make the namespace, the Secret
and the BackupLocation again, and name the folder that holds manifest.json.`,
  examples: `# Beside the old one
kubectl dbop restore demo2 --from demo-20261121-093825

# After the loss of everything but the bucket
kubectl dbop restore demo --from-location nightly \\
  --path demo/etcd/20261121T093825Z-701bec31

# Smaller, without TLS
kubectl dbop restore test --from noon --replicas 1 --tls disabled`,
  declare: (command) => {
    command
      .option("--from <backup>", "The DatabaseBackup, in the same namespace")
      .option("--from-location <location>", "The BackupLocation, when there is no DatabaseBackup any more")
      .option("--path <path>", "The folder of the backup there, with --from-location")
      .option("--bump-revision", "Let clients that watch see a jump, and read everything anew");
    declareRestoreSpecFlags(command);
    declareRunFlags(command, { adopt: false });
    declareOutputFlags(command, formats);
    declareClusterFlags(command);
  },
  act: (command, deps) => runRestore(toRestoreOptions(command.opts<RestoreFlags>(), command.args), deps),
};

export function toRestoreOptions(flags: RestoreFlags, args: readonly string[]): RestoreOptions {
  const problems = collectProblems();
  const printing = flags.printRbac === true;
  const request = {
    name: printing ? "" : requiredName(args, problems),
    from: printing ? ({ by: "name", backup: "" } as const) : choiceOf(flags, problems),
    change: toSpecChange(flags, problems),
    bumpRevision: flags.bumpRevision === true,
  };
  const options = {
    cluster: toClusterOptions(flags, problems),
    run: toRunOptions(flags, problems),
    output: toOutputOptions(flags, formats, problems),
  };
  problems.throwIfAny("restore");
  return { ...options, request };
}

function choiceOf({ from, fromLocation, path }: RestoreFlags, problems: Problems): RestoreRequest["from"] {
  if (from !== undefined) {
    for (const [flag, value] of [["--from-location", fromLocation] as const, ["--path", path] as const])
      if (value !== undefined) problems.add(`${flag} can't be given together with --from`);
    return { by: "name", backup: problems.matching("--from", from, forms.objectName) ?? "" };
  }
  if (fromLocation === undefined || path === undefined) {
    problems.add("what to restore is required: --from BACKUP, or --from-location LOCATION with --path PATH");
  }
  return {
    by: "place",
    locationName: problems.matching("--from-location", fromLocation, forms.objectName) ?? "",
    path: problems.matching("--path", path, forms.backupPath) ?? "",
  };
}

export async function runRestore(options: RestoreOptions, deps: Deps): Promise<ExitCode> {
  return withSession("restore", options, {
    deps,
    act: (session) => {
      const request = { ...options.request, namespace: session.namespace };
      const verb = { verb: "restore", past: "restored", session, name: request.name, namespace: request.namespace };
      return runVerb({ ...verb, work: (run) => deps.verbs.restore(request, run) }, options, deps);
    },
  });
}
