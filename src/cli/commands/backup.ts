/** `backup`: takes one, and proves it. Its `list` is in `backup-list.ts`. */
import { requiredName } from "../arguments.ts";
import type { CommandSpec } from "../command-spec.ts";
import type { BackupRequest, Deps } from "../deps.ts";
import type { ExitCode } from "../exit-code.ts";
import { declareClusterFlags, toClusterOptions, type ClusterFlags } from "../flags/cluster-flags.ts";
import { declareOutputFlags, toOutputOptions, type OutputFlags } from "../flags/output-flags.ts";
import { declareRunFlags, toRunOptions, type RunFlags } from "../flags/run-flags.ts";
import { collectProblems, forms, type Problems } from "../problems.ts";
import { runVerb, withSession, type RunVerbOptions } from "../run-verb.ts";
import { listFormats, runBackupList, toBackupListOptions } from "./backup-list.ts";

export interface BackupFlags extends ClusterFlags, RunFlags, OutputFlags {
  readonly to?: string;
  readonly name?: string;
  readonly verify?: string;
  readonly keep?: string;
  readonly location?: string;
}

export interface BackupOptions extends RunVerbOptions {
  readonly request: Omit<BackupRequest, "namespace">;
}

const formats = ["json", "yaml", "name"] as const;

export const backupSpec: CommandSpec = {
  name: "backup",
  summary: "Take a backup and prove it, or list those there are",
  usage: "NAME --to LOCATION | list [NAME]",
  description: `Take a backup of a database to a BackupLocation, read it back and try it. It
counts as a backup only when its manifest is there, which is written last.

How far it is tried: integrity reads the copy back and compares it; structural
also restores it into a scratch directory or has the engine's own checker read
it; functional also starts a member on that and asks it. Of a database with
shards each is copied at its own moment: every write acknowledged before the
backup began is in it, but shards are not consistent with each other to the
moment. A BackupLocation is a bucket (S3, GCS, Azure) or a claim:
'kubectl explain backuplocation.spec' shows its fields.

--keep counts the backups of the cluster as it is now: those taken before a
'restore --in-place' stay until somebody removes them.`,
  examples: `# To a bucket
kubectl dbop backup demo --to nightly

# Under a name of its own, tried by starting a member on it
kubectl dbop backup demo --to nightly --name noon --verify functional

# From a script: the last seven stay
kubectl dbop backup demo --to nightly --keep 7 --yes --no-input

# Which are there, and how good they are
kubectl dbop backup list demo

# Which are at a location, whatever became of the objects that told of them
kubectl dbop backup list --location nightly`,
  declare: (command) => {
    command
      .option("--to <location>", "The BackupLocation, in the same namespace")
      .option("--name <backup>", "Name of the DatabaseBackup; default the database's and the time")
      .option("--verify <grade>", "none, integrity, structural or functional; default structural")
      .option("--keep <n>", "Remove older backups of the database there, all but the last n and the last verified one");
    command.optionsGroup("List:").option("--location <location>", "What is at this BackupLocation: a Job looks");
    declareRunFlags(command, { adopt: false });
    declareOutputFlags(command, listFormats);
    declareClusterFlags(command);
  },
  act: (command, deps) => {
    const flags = command.opts<BackupFlags>();
    return isList(flags, command.args)
      ? runBackupList(toBackupListOptions(flags, command.args.slice(1)), deps)
      : runBackup(toBackupOptions(flags, command.args), deps);
  },
};

/** A database may be called list: it is backed up with `--to`. */
function isList(flags: BackupFlags, args: readonly string[]): boolean {
  return args[0] === "list" && flags.to === undefined && flags.printRbac !== true;
}

export function toBackupOptions(flags: BackupFlags, args: readonly string[]): BackupOptions {
  const problems = collectProblems();
  const printing = flags.printRbac === true;
  const request = {
    name: printing ? "" : requiredName(args, problems),
    ...toRequest(flags, problems, printing),
  };
  const options = {
    cluster: toClusterOptions(flags, problems),
    run: toRunOptions(flags, problems),
    output: toOutputOptions(flags, formats, problems),
  };
  problems.throwIfAny("backup");
  return { ...options, request };
}

function toRequest(
  flags: BackupFlags,
  problems: Problems,
  printing: boolean,
): Omit<BackupRequest, "name" | "namespace"> {
  if (flags.location !== undefined)
    problems.add("--location goes with backup list only: --to names where a backup goes");
  const location = printing ? undefined : problems.required("--to", flags.to);
  const backupName = problems.matching("--name", flags.name, forms.backupName);
  const keep = problems.wholeNumber({ flag: "--keep", text: flags.keep, min: 1, max: 10_000 });
  return {
    location: problems.matching("--to", location, forms.objectName) ?? "",
    verify: problems.oneOf("--verify", flags.verify, ["none", "integrity", "structural", "functional"]) ?? "structural",
    ...(backupName !== undefined && { backupName }),
    ...(keep !== undefined && { keep }),
  };
}

export async function runBackup(options: BackupOptions, deps: Deps): Promise<ExitCode> {
  return withSession("backup", options, {
    deps,
    act: (session) => {
      const request = { ...options.request, namespace: session.namespace };
      const verb = { verb: "backup", past: "backed up", session, name: request.name, namespace: request.namespace };
      return runVerb({ ...verb, work: (run) => deps.verbs.backup(request, run) }, options, deps);
    },
  });
}
