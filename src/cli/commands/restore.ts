/** `restore`: a new database from a backup, or one that is there taken back to it. */
import type { Command } from "commander";
import { requiredName } from "../arguments.ts";
import type { CommandSpec } from "../command-spec.ts";
import type { Deps, RestoreInPlaceRequest, RestoreRequest } from "../deps.ts";
import type { ExitCode } from "../exit-code.ts";
import { declareClusterFlags, toClusterOptions, type ClusterFlags } from "../flags/cluster-flags.ts";
import { declareOutputFlags, toOutputOptions, type OutputFlags } from "../flags/output-flags.ts";
import { declareRunFlags, toRunOptions, type RunFlags } from "../flags/run-flags.ts";
import { declareRestoreSpecFlags, givenSpecFlags, toSpecChange, type SpecFlags } from "../flags/spec-flags.ts";
import { collectProblems, forms, type Problems } from "../problems.ts";
import { runVerb, withSession, type RunVerbOptions } from "../run-verb.ts";

export interface RestoreFlags extends ClusterFlags, RunFlags, OutputFlags, SpecFlags {
  readonly from?: string;
  readonly fromLocation?: string;
  readonly path?: string;
  readonly bumpRevision?: boolean;
  readonly inPlace?: boolean;
  readonly keepRevision?: boolean;
  readonly withoutLastBackup?: boolean;
  readonly again?: boolean;
}

type Asked =
  | ({ readonly inPlace: false } & Omit<RestoreRequest, "namespace">)
  | ({ readonly inPlace: true } & Omit<RestoreInPlaceRequest, "namespace">);

export interface RestoreOptions extends RunVerbOptions {
  readonly request: Asked;
}

const formats = ["json", "yaml", "name"] as const;

export const restoreSpec: CommandSpec = {
  name: "restore",
  summary: "Make a new database from a backup, or take one back to it",
  usage: "NAME [--in-place] --from BACKUP",
  description: `Make a new database from a backup. It is as the old one was when the backup was
taken, except for what the flags say. What is at the location is compared with
its manifest before anything uses it, and never restored over a database.

When all else is lost, the location is enough: make the namespace, the Secret
and the BackupLocation again, and name the folder that holds manifest.json.
'kubectl dbop backup list --location LOCATION' shows which there are.

A database with shards is restored into as many as it had; reshard it then.

With --in-place a database that is there gives up what it holds. The backup is
fetched, compared and restored beside the data while members still serve, and a
last backup is taken of that; only then do they stop. What is written in between
is in no backup: stop the writers first. The data from before is kept until all
of them serve again. Clients see a jump of the revision. Not every engine can.`,
  examples: `# Beside the old one
kubectl dbop restore demo2 --from demo-20261121-093825

# After the loss of everything but the bucket
kubectl dbop restore demo --from-location nightly \\
  --path demo/etcd/20261121T093825Z-701bec31

# Smaller, without TLS
kubectl dbop restore test --from noon --replicas 1 --tls disabled

# Back to what it was at noon, and nothing written since
kubectl dbop restore demo --in-place --from noon --confirm demo`,
  declare: (command) => {
    declareSource(command);
    declareInPlace(command);
    declareRestoreSpecFlags(command);
    declareRunFlags(command, { adopt: false });
    declareOutputFlags(command, formats);
    declareClusterFlags(command);
  },
  act: (command, deps) => runRestore(toRestoreOptions(command.opts<RestoreFlags>(), command.args), deps),
};

function declareSource(command: Command): void {
  command
    .option("--from <backup>", "The DatabaseBackup, in the same namespace")
    .option("--from-location <location>", "The BackupLocation, when there is no DatabaseBackup any more")
    .option("--path <path>", "The folder of the backup there, with --from-location")
    .option("--bump-revision", "Let clients that watch see a jump, and read everything anew");
}

function declareInPlace(command: Command): void {
  command
    .optionsGroup("In place:")
    .option("--in-place", "Replace what the database holds; needs --confirm=NAME")
    .option("--without-last-backup", "Do not back up what is replaced")
    .option("--keep-revision", "Let revisions begin where the backup ends: clients that watch may miss the change")
    .option("--again", "Restore once more from the backup that was restored last");
}

export function toRestoreOptions(flags: RestoreFlags, args: readonly string[]): RestoreOptions {
  const problems = collectProblems();
  const request = toRequest(flags, args, problems);
  const options = {
    cluster: toClusterOptions(flags, problems),
    run: toRunOptions(flags, problems),
    output: toOutputOptions(flags, formats, problems),
  };
  problems.throwIfAny("restore");
  return { ...options, request };
}

function toRequest(flags: RestoreFlags, args: readonly string[], problems: Problems): Asked {
  const printing = flags.printRbac === true;
  const what = {
    name: printing ? "" : requiredName(args, problems),
    from: printing ? ({ by: "name", backup: "" } as const) : choiceOf(flags, problems),
  };
  if (flags.inPlace !== true) {
    for (const flag of inPlaceOnly(flags)) problems.add(`${flag} goes with --in-place only`);
    const change = toSpecChange(flags, problems);
    return { inPlace: false, ...what, change, bumpRevision: flags.bumpRevision === true };
  }
  for (const flag of givenSpecFlags(flags))
    problems.add(`${flag} goes with a new database: --in-place changes its data alone`);
  if (flags.bumpRevision === true && flags.keepRevision === true)
    problems.add("--keep-revision can't be given together with --bump-revision");
  return {
    inPlace: true,
    ...what,
    bumpRevision: flags.keepRevision !== true,
    lastBackup: flags.withoutLastBackup !== true,
    again: flags.again === true,
  };
}

function inPlaceOnly(flags: RestoreFlags): readonly string[] {
  const given = {
    "--without-last-backup": flags.withoutLastBackup,
    "--keep-revision": flags.keepRevision,
    "--again": flags.again,
  };
  return Object.entries(given).flatMap(([flag, value]) => (value === true ? [flag] : []));
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

export async function runRestore({ request, ...options }: RestoreOptions, deps: Deps): Promise<ExitCode> {
  return withSession(request.inPlace ? "restore-in-place" : "restore", options, {
    deps,
    act: (session) => {
      const { namespace } = session;
      const verb = { verb: "restore", past: "restored", session, name: request.name, namespace };
      return runVerb(
        {
          ...verb,
          work: (run) =>
            request.inPlace
              ? deps.verbs.restoreInPlace({ ...request, namespace }, run)
              : deps.verbs.restore({ ...request, namespace }, run),
        },
        options,
        deps,
      );
    },
  });
}
