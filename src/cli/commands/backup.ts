/** `backup`: takes one, and proves it; `backup list`: those there are. */
import { backupTable } from "../../output/backup-table.ts";
import { isStructured, listOf, names, structured } from "../../output/structured.ts";
import { optionalName, requiredName } from "../arguments.ts";
import type { CommandSpec } from "../command-spec.ts";
import type { BackupRequest, Deps } from "../deps.ts";
import { ExitCode } from "../exit-code.ts";
import { declareClusterFlags, toClusterOptions, type ClusterFlags } from "../flags/cluster-flags.ts";
import { declareOutputFlags, toOutputOptions, type OutputFlags, type OutputOptions } from "../flags/output-flags.ts";
import { declareRunFlags, toRunOptions, type RunFlags } from "../flags/run-flags.ts";
import { collectProblems, forms, type Problems } from "../problems.ts";
import { withReading } from "../read-verb.ts";
import { runVerb, withSession, type RunVerbOptions } from "../run-verb.ts";

export interface BackupFlags extends ClusterFlags, RunFlags, OutputFlags {
  readonly to?: string;
  readonly name?: string;
  readonly verify?: string;
  readonly keep?: string;
}

export interface BackupOptions extends RunVerbOptions {
  readonly request: Omit<BackupRequest, "namespace">;
}

export interface BackupListOptions {
  readonly name: string | undefined;
  readonly cluster: RunVerbOptions["cluster"];
  readonly output: OutputOptions;
}

const formats = ["json", "yaml", "name"] as const;
const listFormats = ["wide", ...formats] as const;

export const backupSpec: CommandSpec = {
  name: "backup",
  summary: "Take a backup and prove it, or list those there are",
  usage: "NAME --to LOCATION | list [NAME]",
  description: `Take a backup of a database to a BackupLocation, read it back and try it. It
counts as a backup only when its manifest is there, which is written last.

How far it is tried: integrity reads the copy back and compares it; structural
also restores it into a scratch directory; functional also starts a member on
that and asks it. A BackupLocation is a bucket (S3, GCS, Azure) or a claim:
'kubectl explain backuplocation.spec' shows its fields.`,
  examples: `# To a bucket
kubectl dbop backup demo --to nightly

# Under a name of its own, tried by starting a member on it
kubectl dbop backup demo --to nightly --name noon --verify functional

# From a script: the last seven stay
kubectl dbop backup demo --to nightly --keep 7 --yes --no-input

# Which are there, and how good they are
kubectl dbop backup list demo`,
  declare: (command) => {
    command
      .option("--to <location>", "The BackupLocation, in the same namespace")
      .option("--name <backup>", "Name of the DatabaseBackup; default the database's and the time")
      .option("--verify <grade>", "none, integrity, structural or functional; default structural")
      .option("--keep <n>", "Remove older backups of the database there, all but the last n and the last verified one");
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

export function toBackupListOptions(flags: BackupFlags, args: readonly string[]): BackupListOptions {
  const problems = collectProblems();
  const options = {
    name: optionalName(args, problems),
    cluster: toClusterOptions(flags, problems),
    output: toOutputOptions(flags, listFormats, problems),
  };
  problems.throwIfAny("backup");
  return options;
}

export async function runBackupList({ name, cluster, output }: BackupListOptions, deps: Deps): Promise<ExitCode> {
  return withReading(cluster, deps, async (reading) => {
    const { namespace } = reading.session;
    const backups = await deps.verbs.backups({ namespace, ...(name !== undefined && { name }) }, reading);
    const { format } = output;
    const objects = backups.map(({ object }) => object);
    if (isStructured(format)) deps.streams.stdout.write(await structured(format, listOf(objects)));
    else if (backups.length === 0) deps.streams.stderr.write(`No backups found in ${namespace} namespace.\n`);
    else if (format === "name") deps.streams.stdout.write(names(objects));
    else deps.streams.stdout.write(backupTable(backups, { now: deps.clock.now(), wide: format === "wide" }));
    return ExitCode.Done;
  });
}
