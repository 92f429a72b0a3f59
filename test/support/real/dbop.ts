/** The built plugin, run as its users run it: a process, without a terminal. */
import { expect } from "vitest";
import { run, start, type CommandOptions, type Ended, type Running } from "./command.ts";
import { kubeconfig, pluginPath } from "./place.ts";

/** One database in its namespace; all the suite's databases are called the same, so that they can be compared. */
export interface Target {
  readonly namespace: string;
  readonly name: string;
}

const environment = { KUBECONFIG: kubeconfig, NO_COLOR: "1" };

/** To its end, whatever that is. */
export function dbop(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  return run(pluginPath(), args, { ...options, env: { ...environment, ...options.env } });
}

export function startDbop(args: readonly string[], options: CommandOptions = {}): Running {
  return start(pluginPath(), args, { ...options, env: { ...environment, ...options.env } });
}

/** To its end, which must be `code`: the failure shows what was said. */
export async function dbopEnds(code: number, args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  const ended = await dbop(args, options);
  expect(ended.code, `kubectl dbop ${args.join(" ")}\n${ended.stderr}${ended.stdout}`).toBe(code);
  return ended;
}

/** `VERB NAME -n NAMESPACE …`. */
export function verb(name: string, target: Target, ...flags: readonly string[]): readonly string[] {
  return [name, target.name, "-n", target.namespace, ...flags];
}

export interface InstallWish {
  readonly version?: string;
  readonly replicas?: number;
  readonly flags?: readonly string[];
}

/** The command line that installs a small etcd. */
export function installCommand(
  target: Target,
  { version = "3.6.16", replicas = 3, flags = [] }: InstallWish = {},
): readonly string[] {
  const size = ["--replicas", String(replicas), "--storage", "256Mi"];
  return verb("install", target, "--engine", "etcd", "--version", version, ...size, ...flags);
}

export function install(target: Target, wish: InstallWish = {}): Promise<Ended> {
  return dbopEnds(0, installCommand(target, wish));
}
