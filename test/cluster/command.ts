import { spawn } from "node:child_process";

export interface CommandResult {
  /** The exit code; 127 when the program does not exist, 128 when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Written to the command's stdin, which is empty otherwise. */
  readonly input?: string;
  /** After this many milliseconds the command is killed. */
  readonly timeoutMs?: number;
}

/** Runs a program to its end and returns what it said; never throws for what the program did. */
export async function run(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      env: options.env ?? process.env,
      stdio: "pipe",
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs, killSignal: "SIGKILL" }),
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    // A program that ends without reading its input is not an error here.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    child.on("error", (error) => {
      resolve({ code: 127, stdout, stderr: stderr + error.message });
    });
    child.on("close", (code) => {
      resolve({ code: code ?? 128, stdout, stderr });
    });
  });
}

/** Runs a program and returns its stdout. Throws with the command and the end of what it said when it fails. */
export async function must(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await run(program, args, options);
  if (result.code === 0) return result.stdout;
  const said = lastLines(result.stderr.trim() === "" ? result.stdout : result.stderr, 15);
  throw new Error(`${[program, ...args].join(" ")} failed (exit code ${String(result.code)}):\n${said}`);
}

/** Whether a program of this name is on the PATH. */
export async function exists(program: string): Promise<boolean> {
  return (await run("sh", ["-c", 'command -v "$1"', "sh", program])).code === 0;
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
