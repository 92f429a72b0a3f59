/** `backup list`: the backups there are, by their objects or by what is at a location. */
import { backupTable } from "../../output/backup-table.ts";
import { storedDocument, storedTable } from "../../output/stored-table.ts";
import { isStructured, listOf, names, structured } from "../../output/structured.ts";
import { optionalName } from "../arguments.ts";
import type { Deps, Reading } from "../deps.ts";
import { ExitCode } from "../exit-code.ts";
import { toClusterOptions, type ClusterOptions } from "../flags/cluster-flags.ts";
import { toOutputOptions, type OutputOptions } from "../flags/output-flags.ts";
import { collectProblems, forms } from "../problems.ts";
import { withReading } from "../read-verb.ts";
import type { BackupFlags } from "./backup.ts";

export interface BackupListOptions {
  /** Of the database. */
  readonly name: string | undefined;
  /** What is there counts, and not which DatabaseBackups are. */
  readonly location: string | undefined;
  readonly cluster: ClusterOptions;
  readonly output: OutputOptions;
}

export const listFormats = ["wide", "json", "yaml", "name"] as const;

export function toBackupListOptions(flags: BackupFlags, args: readonly string[]): BackupListOptions {
  const problems = collectProblems();
  for (const [flag, value] of [
    ["--name", flags.name] as const,
    ["--verify", flags.verify] as const,
    ["--keep", flags.keep] as const,
  ])
    if (value !== undefined) problems.add(`${flag} goes with a backup that is taken: backup NAME --to LOCATION`);
  const options = {
    name: optionalName(args, problems),
    location: problems.matching("--location", flags.location, forms.objectName),
    cluster: toClusterOptions(flags, problems),
    output: toOutputOptions(flags, listFormats, problems),
  };
  problems.throwIfAny("backup");
  return options;
}

export async function runBackupList(options: BackupListOptions, deps: Deps): Promise<ExitCode> {
  const { location } = options;
  return withReading(options.cluster, deps, async (reading) => {
    const printed =
      location === undefined
        ? await printedObjects(options, reading, deps)
        : await printedStored({ ...options, location }, reading, deps);
    deps.streams[printed.to].write(printed.text);
    return ExitCode.Done;
  });
}

interface Printed {
  readonly to: "stdout" | "stderr";
  readonly text: string;
}

async function printedObjects(
  { name, output: { format } }: BackupListOptions,
  reading: Reading,
  deps: Deps,
): Promise<Printed> {
  const { namespace } = reading.session;
  const backups = await deps.verbs.backups({ namespace, ...(name !== undefined && { name }) }, reading);
  const objects = backups.map(({ object }) => object);
  if (isStructured(format)) return { to: "stdout", text: await structured(format, listOf(objects)) };
  if (backups.length === 0)
    return { to: "stderr", text: `No backups${ofDatabase(name)} found in ${namespace} namespace.\n` };
  if (format === "name") return { to: "stdout", text: names(objects) };
  return { to: "stdout", text: backupTable(backups, { now: deps.clock.now(), wide: format === "wide" }) };
}

async function printedStored(
  { name, location, output: { format } }: BackupListOptions & { readonly location: string },
  reading: Reading,
  deps: Deps,
): Promise<Printed> {
  const { namespace } = reading.session;
  const stored = await deps.verbs.storedBackups({ namespace, location, ...(name !== undefined && { name }) }, reading);
  if (isStructured(format)) return { to: "stdout", text: await structured(format, listOf(stored.map(storedDocument))) };
  if (stored.length === 0) return { to: "stderr", text: `No backups${ofDatabase(name)} found at ${location}.\n` };
  if (format === "name") return { to: "stdout", text: stored.map(({ path }) => `${path}\n`).join("") };
  return { to: "stdout", text: storedTable(stored, { now: deps.clock.now(), wide: format === "wide" }) };
}

function ofDatabase(name: string | undefined): string {
  return name === undefined ? "" : ` of ${name}`;
}
