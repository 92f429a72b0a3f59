/** Child processes: one that is run to its end, or watched line by line and killed. */
import { spawn, type ChildProcess } from "node:child_process";

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
  readonly cwd?: string;
  /** It is killed when it takes longer: default five minutes. */
  readonly mostMs?: number;
  /** Called with each whole line of stderr as it comes. */
  readonly onLine?: (line: string, running: Running) => void;
}

export interface Running {
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the first line of stderr, past or future, that `matches`; rejects when the process ends without one. */
  saw(matches: RegExp): Promise<string>;
}

/** A process that takes longer hangs: it is killed, and what it said shows where. */
const usualMostMs = 300_000;

/** Starts `file` with an empty stdin unless one is given. Its process group is killed with it. */
export function start(file: string, args: readonly string[], options: CommandOptions = {}): Running {
  const { env = {}, stdin, cwd, onLine, mostMs = usualMostMs } = options;
  const child = spawn(file, args, {
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  const lines: string[] = [];
  const waiting: ((line: string | undefined) => void)[] = [];
  const running: Running = {
    ended: untilEnd(child, (line) => {
      lines.push(line);
      onLine?.(line, running);
      for (const wake of waiting) wake(line);
    }),
    kill: (signal) => {
      killGroup(child, signal);
    },
    saw: (matches) =>
      new Promise((resolve, reject) => {
        const wake = (line: string | undefined): void => {
          if (line === undefined) reject(new Error(`ended without saying ${matches}:\n${lines.join("\n")}`));
          else if (matches.test(line)) resolve(line);
        };
        waiting.push(wake);
        for (const line of lines) wake(line);
        void running.ended.then(() => {
          wake(undefined);
        });
      }),
  };
  const watchdog = setTimeout(() => {
    killGroup(child, "SIGKILL");
  }, mostMs);
  child.on("close", () => {
    clearTimeout(watchdog);
  });
  child.stdin.on("error", () => undefined); // It may end without reading.
  child.stdin.end(stdin ?? "");
  return running;
}

export function run(file: string, args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  return start(file, args, options).ended;
}

function untilEnd(child: ChildProcess, onLine: (line: string) => void): Promise<Ended> {
  let stdout = "";
  let stderr = "";
  let told = 0;
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    for (let end = stderr.indexOf("\n", told); end >= 0; end = stderr.indexOf("\n", told)) {
      const line = stderr.slice(told, end);
      told = end + 1;
      onLine(line);
    }
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has just ended.
  }
}
