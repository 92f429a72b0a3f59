/** `unlock`: removes the lock of a run that died without giving it back. */
import { sanitize } from "../../output/sanitize.ts";
import { requiredName } from "../arguments.ts";
import type { CommandSpec } from "../command-spec.ts";
import type { Deps, Session } from "../deps.ts";
import { ExitCode } from "../exit-code.ts";
import { declareClusterFlags, toClusterOptions, type ClusterFlags } from "../flags/cluster-flags.ts";
import { declareConsentFlags, declareDryRunFlag, toRunOptions, type RunFlags } from "../flags/run-flags.ts";
import { collectProblems } from "../problems.ts";
import { withProgress, withSession, type RunVerbOptions } from "../run-verb.ts";

export type UnlockFlags = ClusterFlags & RunFlags;

export interface UnlockOptions extends RunVerbOptions {
  readonly name: string;
}

export const unlockSpec: CommandSpec = {
  name: "unlock",
  summary: "Remove the lock of a run that died",
  usage: "NAME",
  description: `Remove the lock of a run that died.

A lock that is not renewed runs out by itself within a minute; this is for when
that is too long, or for a clock that is wrong. A run that is alive notices and
stops at its next step.`,
  examples: `# Says who holds the lock, and asks
kubectl dbop unlock demo

# From a script
kubectl dbop unlock demo --yes`,
  declare: (command) => {
    declareDryRunFlag(command);
    declareConsentFlags(command);
    declareClusterFlags(command);
  },
  act: (command, deps) => runUnlock(toUnlockOptions(command.opts<UnlockFlags>(), command.args), deps),
};

export function toUnlockOptions(flags: UnlockFlags, args: readonly string[]): UnlockOptions {
  const problems = collectProblems();
  const options = {
    name: requiredName(args, problems),
    cluster: toClusterOptions(flags, problems),
    run: toRunOptions(flags, problems),
    output: { format: "table", colour: "auto" } as const,
  };
  problems.throwIfAny("unlock");
  return options;
}

export async function runUnlock(options: UnlockOptions, deps: Deps): Promise<ExitCode> {
  return withSession("unlock", options, { deps, act: (session) => unlockIn(session, options, deps) });
}

const suffixes = { none: "", client: " (dry run)", server: " (server dry run)" } as const;

async function unlockIn(session: Session, options: UnlockOptions, deps: Deps): Promise<ExitCode> {
  const target = { name: options.name, namespace: session.namespace };
  const { holder } = await withProgress({ session, ...target }, options, {
    deps,
    work: (run) => deps.verbs.unlock(target, run),
  });
  const what = holder === undefined ? "not locked" : `unlocked, was held by ${sanitize(holder)}`;
  deps.streams.stdout.write(`databasecluster.dbop.dev/${options.name} ${what}${suffixes[options.run.dryRun]}\n`);
  return ExitCode.Done;
}
