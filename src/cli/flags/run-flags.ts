/** The flags of verbs that change something: how far to go, how long, what is agreed to. */
import type { Command } from "commander";
import type { Problems } from "../problems.ts";
import { forms } from "../problems.ts";

export interface RunFlags {
  readonly dryRun?: string;
  readonly timeout?: string;
  readonly yes?: boolean;
  readonly confirm?: string;
  /** False after `--no-input`. */
  readonly input?: boolean;
  readonly fieldManager?: string;
  readonly forceConflicts?: boolean;
  readonly planHash?: string;
  readonly lockTimeout?: string;
  readonly warningsAsErrors?: boolean;
  readonly errorUnchanged?: boolean;
  readonly printRbac?: boolean;
  readonly adopt?: boolean;
}

export type DryRun = "none" | "client" | "server";

/** What the user agreed to beforehand, and whether anything may be asked. */
export interface ConsentOptions {
  readonly yes: boolean;
  /** The name given to `--confirm`. */
  readonly confirm?: string;
  /** False: never ask. */
  readonly input: boolean;
}

export interface RunOptions extends ConsentOptions {
  readonly dryRun: DryRun;
  /** For the whole verb. 0: one look, no waiting. */
  readonly timeoutMs: number;
  readonly fieldManager: string;
  readonly forceConflicts: boolean;
  readonly planHash?: string;
  /** How long to wait for another run's lock. 0: not at all. */
  readonly lockTimeoutMs: number;
  readonly warningsAsErrors: boolean;
  readonly errorUnchanged: boolean;
  /** Print the smallest Role for the verb and stop. */
  readonly printRbac: boolean;
  /** Take over objects that have the right name but are not ours. */
  readonly adopt: boolean;
}

/** For verbs that have no use for the other run flags. */
export function declareDryRunFlag(command: Command): void {
  command.optionsGroup("Run:").option(...dryRunFlag);
}

const dryRunFlag = [
  "--dry-run <mode>",
  "One of none, client (print the plan), server (also ask the API server); default none",
] as const;

const tenMinutes = 600_000;

/** Which of the flags a verb has no use for. */
export interface RunFlagChoice {
  readonly adopt: boolean;
}

export function declareRunFlags(command: Command, choice: RunFlagChoice): void {
  command
    .optionsGroup("Run:")
    .option(...dryRunFlag)
    .option("--timeout <duration>", "How long to wait in all, such as 90s or 1h; 0 looks once; default 10m")
    .option("--lock-timeout <duration>", "How long to wait for another run to end; default 0")
    .option("--plan-hash <hash>", "Run only if the plan is the one that --dry-run printed with this hash")
    .option("--field-manager <name>", "Name that owns the applied fields; default kubectl-dbop")
    .option("--force-conflicts", "Take over fields that another manager owns");
  if (choice.adopt) command.option("--adopt", "Take over objects of the right name that another tool made");
  command
    .option("--error-unchanged", "Exit with 3 when there was nothing to do")
    .option("--warnings-as-errors", "Fail when the API server warned")
    .option("--print-rbac", "Print the smallest Role for this verb and stop");
  declareConsentFlags(command);
}

export function declareConsentFlags(command: Command): void {
  command
    .optionsGroup("Consent:")
    .option("-y, --yes", "Answer yes where service may be interrupted; never enough where data can be lost")
    .option("--confirm <name>", "Agree to what can lose data, by the name of the database")
    .option("--no-input", "Never ask; refuse instead, naming the flag that would answer");
}

export function toRunOptions(flags: RunFlags, problems: Problems): RunOptions {
  const dryRun = problems.oneOf("--dry-run", flags.dryRun, ["none", "client", "server"]) ?? "none";
  const planHash = problems.matching("--plan-hash", flags.planHash, forms.planHash);
  if (flags.fieldManager === "") problems.add("--field-manager must not be empty");
  return {
    ...toConsentOptions(flags),
    dryRun,
    timeoutMs: problems.duration("--timeout", flags.timeout) ?? tenMinutes,
    lockTimeoutMs: problems.duration("--lock-timeout", flags.lockTimeout) ?? 0,
    fieldManager: flags.fieldManager ?? "kubectl-dbop",
    ...(planHash !== undefined && { planHash }),
    ...switches(flags),
  };
}

function toConsentOptions(flags: Pick<RunFlags, "yes" | "confirm" | "input">): ConsentOptions {
  return {
    yes: flags.yes ?? false,
    ...(flags.confirm !== undefined && { confirm: flags.confirm }),
    input: flags.input ?? true,
  };
}

type Switch = "forceConflicts" | "warningsAsErrors" | "errorUnchanged" | "printRbac" | "adopt";

function switches(flags: RunFlags): Pick<RunOptions, Switch> {
  return {
    forceConflicts: flags.forceConflicts === true,
    warningsAsErrors: flags.warningsAsErrors === true,
    errorUnchanged: flags.errorUnchanged === true,
    printRbac: flags.printRbac === true,
    adopt: flags.adopt === true,
  };
}
