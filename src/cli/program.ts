/** The whole command tree: for help, for completion, and for the build, which renders both. Commands load it only for those. */
import { Command } from "commander";
import type { CommandSpec } from "./command-spec.ts";
import { backupSpec } from "./commands/backup.ts";
import { checkSpec } from "./commands/check.ts";
import { completionSpec } from "./commands/completion.ts";
import { deleteSpec } from "./commands/delete.ts";
import { historySpec } from "./commands/history.ts";
import { installSpec } from "./commands/install.ts";
import { listSpec } from "./commands/list.ts";
import { reconcileSpec } from "./commands/reconcile.ts";
import { reshardSpec } from "./commands/reshard.ts";
import { restoreSpec } from "./commands/restore.ts";
import { rotateSpec } from "./commands/rotate.ts";
import { scaleSpec } from "./commands/scale.ts";
import { scheduleSpec } from "./commands/schedule.ts";
import { statusSpec } from "./commands/status.ts";
import { unlockSpec } from "./commands/unlock.ts";
import { upgradeSpec } from "./commands/upgrade.ts";
import { versionSpec } from "./commands/version.ts";
import { declareClusterFlags } from "./flags/cluster-flags.ts";
import { pluginName, useHelpFormat } from "./help-format.ts";
import { buildCommand } from "./parse.ts";

const description = `Operate databases on Kubernetes: an operator in a command.

Every verb looks at the cluster, plans, does one safe step at a time until the
database is as asked, and says what it did. Killed at any point, the same
command goes on where it stopped.`;

const examples = `# A cluster of three, then five, members
kubectl dbop install demo --engine etcd --replicas 3 --storage 8Gi
kubectl dbop scale demo --replicas 5

# A newer version, the leader last
kubectl dbop upgrade demo --version 3.7.3

# What it would do, without doing it
kubectl dbop scale demo --replicas 3 --dry-run=client

# How it is
kubectl dbop status demo`;

const exitCodes = `Exit codes:
  0 done or nothing to do      5 locked by another run
  1 failure                    6 conflict with another writer
  2 usage, or no cluster       7 rights missing
  3 unchanged, when asked      8 refused by a guard
  4 timed out, resumable       9 operation failed
  10 a check failed            11 a check is in doubt
  130 and 143 interrupted`;

/** In the order of help. */
export const specs: readonly CommandSpec[] = [
  installSpec,
  scaleSpec,
  upgradeSpec,
  reshardSpec,
  backupSpec,
  restoreSpec,
  rotateSpec,
  scheduleSpec,
  reconcileSpec,
  statusSpec,
  checkSpec,
  listSpec,
  historySpec,
  deleteSpec,
  unlockSpec,
  versionSpec,
  completionSpec,
];

/** `kubectl dbop` with every verb below it. */
export function buildProgram(): Command {
  const program = new Command(pluginName)
    .description(`${description}\n\n${exitCodes}`)
    .usage("VERB [NAME] [flags]")
    .helpOption(false)
    .helpCommand(false)
    .configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  useHelpFormat(program, examples);
  for (const spec of specs) program.addCommand(buildCommand(spec));
  return program;
}

/** kubectl's global flags, which every verb that asks the cluster takes. */
function optionsHelp(): string {
  const command = new Command("options")
    .description("kubectl's own flags, which every verb takes that asks a cluster.")
    .usage("")
    .helpOption(false);
  declareClusterFlags(command);
  useHelpFormat(command, "# As somebody else, elsewhere\nkubectl dbop list -A --context prod --as auditor");
  return command.helpInformation();
}

/** Every help text by topic: "" is the plugin's own. */
export function helpTexts(): ReadonlyMap<string, string> {
  const program = buildProgram();
  return new Map([
    ["", program.helpInformation()],
    ...program.commands.map((verb): [string, string] => [verb.name(), verb.helpInformation()]),
    ["options", optionsHelp()],
  ]);
}
