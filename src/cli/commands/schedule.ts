/** `schedule`: passes without a person, by a CronJob that runs this program. */
import { cronProblem } from "../../api/cron.ts";
import { isImageReference } from "../../api/names.ts";
import { requiredName } from "../arguments.ts";
import type { CommandSpec } from "../command-spec.ts";
import type { Deps, ScheduleRequest } from "../deps.ts";
import type { ExitCode } from "../exit-code.ts";
import { declareClusterFlags, toClusterOptions, type ClusterFlags } from "../flags/cluster-flags.ts";
import { declareOutputFlags, toOutputOptions, type OutputFlags } from "../flags/output-flags.ts";
import { declareRunFlags, toRunOptions, type RunFlags } from "../flags/run-flags.ts";
import { collectProblems, type Problems } from "../problems.ts";
import { runVerb, withSession, type RunVerbOptions } from "../run-verb.ts";

export interface ScheduleFlags extends ClusterFlags, RunFlags, OutputFlags {
  readonly every?: string;
  readonly at?: string;
  readonly image?: string;
  readonly off?: boolean;
}

export interface ScheduleOptions extends RunVerbOptions {
  readonly request: Omit<ScheduleRequest, "namespace">;
}

const formats = ["json", "yaml", "name"] as const;

export const scheduleSpec: CommandSpec = {
  name: "schedule",
  summary: "Let passes run without a person, or stop that",
  usage: "NAME",
  description: `Let passes run without a person, or stop that.

A CronJob, NAME-reconcile, runs "kubectl dbop reconcile NAME --yes" inside the
cluster, as an account that may do that and no more. What is lost it heals, what
was interrupted it goes on with, and what differs from the spec it mends. What
would lose data it does not do: that asks for the name, and nobody is there to
give it. spec.reconcile holds the same, for those who keep their specs in Git;
spec.paused stops it for a while.

The image is one of kubectl-dbop itself, which "npm run image" makes; that of
scheduled backups is taken where none is named.`,
  examples: `# Heal within five minutes
kubectl dbop schedule demo --every 5m --image registry.example/dbop:0.1.0

# When it last ran, and what it did
kubectl dbop status demo
kubectl dbop history demo

# By hand again
kubectl dbop schedule demo --off`,
  declare: (command) => {
    command
      .option("--every <interval>", "How often: minutes that divide an hour, or hours that divide a day, as 5m or 6h")
      .option("--at <schedule>", "When, as a CronJob has it, such as '*/5 8-18 * * *'")
      .option("--image <image>", "Of kubectl-dbop; the one scheduled already when absent")
      .option("--off", "Schedule no passes any more");
    declareRunFlags(command, { adopt: true });
    declareOutputFlags(command, formats);
    declareClusterFlags(command);
  },
  act: (command, deps) => runSchedule(toScheduleOptions(command.opts<ScheduleFlags>(), command.args), deps),
};

export function toScheduleOptions(flags: ScheduleFlags, args: readonly string[]): ScheduleOptions {
  const problems = collectProblems();
  const asked = flags.printRbac !== true;
  const name = asked ? requiredName(args, problems) : "";
  const wish = asked ? readWish(flags, problems) : undefined;
  const options = {
    cluster: toClusterOptions(flags, problems),
    run: toRunOptions(flags, problems),
    output: toOutputOptions(flags, formats, problems),
  };
  problems.throwIfAny("schedule");
  return { ...options, request: { name, wish } };
}

function readWish({ every, at, image, off = false }: ScheduleFlags, problems: Problems): ScheduleRequest["wish"] {
  const given = [every !== undefined, at !== undefined, off].filter(Boolean).length;
  if (given !== 1) problems.add("exactly one of --every, --at and --off is needed");
  if (off && image !== undefined) problems.add("--image says nothing with --off");
  if (image !== undefined && !isImageReference(image))
    problems.add(`--image ${image} must be an image such as registry.example.com/kubectl-dbop:0.1.0`);
  if (off) return undefined;
  const schedule = every === undefined ? readAt(at, problems) : readEvery(every, problems);
  return { schedule, ...(image === undefined ? {} : { image }) };
}

function readAt(at: string | undefined, problems: Problems): string {
  const problem = at === undefined ? undefined : cronProblem(at);
  if (problem !== undefined) problems.add(`--at ${at ?? ""} must be ${problem}`);
  return at ?? "";
}

const units = {
  m: { most: 60, cron: (n: string) => `${n} * * * *` },
  h: { most: 24, cron: (n: string) => `0 ${n} * * *` },
};

/** A CronJob counts from the full hour, and from midnight: other intervals would not be as long as they say. */
function readEvery(every: string, problems: Problems): string {
  const [, count = "0", unit] = /^([1-9]\d*)([mh])$/u.exec(every) ?? [];
  const { most, cron } = units[unit === "h" ? "h" : "m"];
  const number = Number(count);
  if (number > 0 && number <= most / 2 && most % number === 0) return cron(number === 1 ? "*" : `*/${count}`);
  problems.add(
    `--every ${every} must be minutes that divide an hour (1m, 2m, 5m … 30m) or hours that divide a day (1h … 12h)`,
  );
  return "";
}

export async function runSchedule(options: ScheduleOptions, deps: Deps): Promise<ExitCode> {
  return withSession("schedule", options, {
    deps,
    act: (session) => {
      const request = { ...options.request, namespace: session.namespace };
      const verb = { verb: "schedule", past: "scheduled", session, name: request.name, namespace: request.namespace };
      return runVerb({ ...verb, work: (run) => deps.verbs.schedule(request, run) }, options, deps);
    },
  });
}
