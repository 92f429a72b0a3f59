/** Programs that `npm test`, the demo and the bench start: each in a process group of its own, so that all of it can be ended. */
import { spawn, type ChildProcess } from "node:child_process";
import { setPriority } from "node:os";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

export interface Ended {
  /** The exit code; 127 when the program could not be started, 128 when a signal ended it. */
  readonly code: number;
  /** stdout and stderr, in the order in which they came. */
  readonly output: string;
  readonly seconds: number;
}

export interface StartOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Gets each line as it comes. */
  readonly onLine?: (line: string) => void;
  /** Goes first where the processors are short; silently not where that is forbidden. */
  readonly urgent?: boolean;
}

const running = new Set<ChildProcess>();

/** Runs a program without stdin to its end; never throws for what the program did. */
export async function runProcess(program: string, args: readonly string[], options: StartOptions): Promise<Ended> {
  const started = Date.now();
  const child = spawn(program, args, { env: options.env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  running.add(child);
  if (options.urgent === true) hurry(child);
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      options.onLine?.(line);
    });
  const code = await new Promise<number>((resolve) => {
    child.on("error", (error) => {
      lines.push(error.message);
      resolve(127);
    });
    child.on("close", (status) => {
      resolve(status ?? 128);
    });
  });
  running.delete(child);
  return { code, output: lines.join("\n"), seconds: (Date.now() - started) / 1000 };
}

/** Ends everything `runProcess` started that still runs, with all it started itself; kindly first. */
export async function endAll(): Promise<void> {
  const groups = [...running].flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  const alive = (): number[] => groups.filter((group) => signalGroup(group, 0));
  groups.forEach((group) => signalGroup(group, "SIGTERM"));
  for (let tries = 0; tries < 50 && alive().length > 0; tries++) await sleep(100);
  alive().forEach((group) => signalGroup(group, "SIGKILL"));
}

function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false; // it has gone by itself
  }
}

function hurry({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, -5);
  } catch {
    // Only root may, and nothing depends on it.
  }
}
