/** `upgrade`: another version of the server, one safe step after the other; also the way back. */
import { requiredName } from "../arguments.ts";
import type { CommandSpec } from "../command-spec.ts";
import type { Deps, UpgradeRequest } from "../deps.ts";
import type { ExitCode } from "../exit-code.ts";
import { declareClusterFlags, toClusterOptions, type ClusterFlags } from "../flags/cluster-flags.ts";
import { declareOutputFlags, toOutputOptions, type OutputFlags } from "../flags/output-flags.ts";
import { declareRunFlags, toRunOptions, type RunFlags } from "../flags/run-flags.ts";
import { collectProblems, forms } from "../problems.ts";
import { runVerb, withSession, type RunVerbOptions } from "../run-verb.ts";

export interface UpgradeFlags extends ClusterFlags, RunFlags, OutputFlags {
  /** Of the database server. */
  readonly version?: string;
  readonly image?: string;
  readonly through?: boolean;
  readonly withoutRecentBackup?: boolean;
}

export interface UpgradeOptions extends RunVerbOptions {
  readonly request: Omit<UpgradeRequest, "namespace">;
}

const formats = ["json", "yaml", "name"] as const;

export const upgradeSpec: CommandSpec = {
  name: "upgrade",
  summary: "Change the version of a database, or go back",
  usage: "NAME",
  description: `Change the version of a database, or go back.

A patch or one minor at a time; --through goes over several. Members restart one
after the other, the leader last, and each catches up before the next. Nothing
begins unless all are healthy and a backup of the last 24 hours was verified.

Half-way back is the version before: it needs no more than a quorum. All the way
back loses what only the newer version knows, and asks for the name.`,
  examples: `# The next minor; what it would do first
kubectl dbop upgrade demo --version 3.7.3 --dry-run=client
kubectl dbop upgrade demo --version 3.7.3

# From 3.5 to 3.7 by way of 3.6, from a script
kubectl dbop upgrade demo --version 3.7.3 --through --yes

# From Redis 7 to Valkey, whose engine it has been from the start
kubectl dbop upgrade cache --version 8.1.1 --without-recent-backup

# Back, after a member did not come up
kubectl dbop upgrade demo --version 3.6.16`,
  declare: (command) => {
    command
      .option("--version <version>", "Version of the server, in full, such as 3.7.3")
      .option("--image <image>", "Server image of that version, where it is not the engine's official one")
      .option("--through", "Go over several minors, each wholly before the next")
      .option("--without-recent-backup", "Begin without a verified backup of the last 24 hours");
    declareRunFlags(command, { adopt: false });
    declareOutputFlags(command, formats);
    declareClusterFlags(command);
  },
  act: (command, deps) => runUpgrade(toUpgradeOptions(command.opts<UpgradeFlags>(), command.args), deps),
};

export function toUpgradeOptions(flags: UpgradeFlags, args: readonly string[]): UpgradeOptions {
  const problems = collectProblems();
  const name = flags.printRbac === true ? "" : requiredName(args, problems);
  const given = flags.printRbac === true ? flags.version : problems.required("--version", flags.version);
  const version = problems.matching("--version", given, forms.version);
  if (flags.image === "") problems.add("--image must not be empty");
  const options = {
    cluster: toClusterOptions(flags, problems),
    run: toRunOptions(flags, problems),
    output: toOutputOptions(flags, formats, problems),
  };
  problems.throwIfAny("upgrade");
  const request = {
    name,
    version: version ?? "",
    ...(flags.image !== undefined && { image: flags.image }),
    through: flags.through ?? false,
    withoutRecentBackup: flags.withoutRecentBackup ?? false,
  };
  return { ...options, request };
}

export async function runUpgrade(options: UpgradeOptions, deps: Deps): Promise<ExitCode> {
  return withSession("upgrade", options, {
    deps,
    act: (session) => {
      const request = { ...options.request, namespace: session.namespace };
      const verb = { verb: "upgrade", past: "upgraded", session, name: request.name, namespace: request.namespace };
      return runVerb({ ...verb, work: (run) => deps.verbs.upgrade(request, run) }, options, deps);
    },
  });
}
